import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'rfc6902';
import {
  Document,
  isMap,
  isSeq,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  stringify,
  type Tags,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { isTooDeep } from '../config/yaml-depth.ts';
import { patchOf } from './patch.ts';
import { isObject } from './pod.ts';
import { placeOf, spliced } from './splice.ts';

/** A document of a stream, as text and as what Kubernetes reads there. */
export interface ManifestDocument {
  readonly text: string;
  readonly value: unknown;
}

/** At the start of a line these bytes are a marker in any place, even within a scalar (YAML §9). */
const MARKER = /^(?=---(?:\s|$))|(?<=^\.\.\.[ \t]*\r?\n)/m;
/** Directives and comments before a document, which is in the next text. */
const NO_CONTENT = /^(?:[%#].*|\s*)$/;
const INDENTED_SEQUENCE = /^( *)[^\s#-][^\n]*:[ \t]*\n(?: *#[^\n]*\n)*\1 +- /m;
const FLUSH_SEQUENCE = /^( *)[^\s#-][^\n]*:[ \t]*\n(?: *#[^\n]*\n)*\1- /m;
const ALIASES_MAX = 1_000;

/**
 * The documents of a stream; their texts joined are the whole text.
 *
 * @throws Error naming the line of what is no YAML
 */
export function readDocuments(source: string): ManifestDocument[] {
  let line = 0;
  return source.split(MARKER).map((text) => {
    const document = { text, value: readValue(text, line) };
    line += text.split('\n').length - 1;
    return document;
  });
}

function readValue(text: string, linesBefore: number): unknown {
  if (text.split('\n').every((line) => NO_CONTENT.test(line))) return null;
  if (isTooDeep(text)) throw new Error(`line ${linesBefore + 1}: nested too deeply`);
  const document = parseDocument(text, {
    version: '1.1',
    logLevel: 'error',
    customTags: (tags: Tags) => tags.filter(isKnownTag),
  });
  const [error] = document.errors;
  if (error) {
    const line = linesBefore + (error.linePos?.[0].line ?? 1);
    throw new Error(`line ${line}: no valid YAML (${error.code})`);
  }
  return document.toJS({ maxAliasCount: ALIASES_MAX });
}

/** Kubernetes reads YAML 1.1, but neither its dates nor its numbers of base 60. */
function isKnownTag(tag: Tags[number]): boolean {
  return typeof tag === 'string' || !(/timestamp$/.test(tag.tag) || tag.format === 'TIME');
}

/** A document's new text, and whether its layout is another. */
export interface Rewritten {
  readonly text: string;
  readonly isAnew: boolean;
}

/**
 * The document's text with its value changed: lines are put in and taken out, and no other byte
 * changes. Where that cannot be done, as under an anchor, JSON stays JSON, and of YAML the comments
 * stay where they can, and all means the same, but the layout becomes that of the YAML library.
 */
export function rewritten({ text, value }: ManifestDocument, changed: unknown): Rewritten {
  const patch = patchOf(value, changed);
  const means = (edited: string | null): edited is string =>
    edited !== null && isDeepStrictEqual(valueIn(edited), changed);
  // Every scalar stays a text here, so that it is printed as it was written.
  const document = parseDocument(text, { schema: 'failsafe' });
  const inPlace = spliced(text, document, patch, (key, item) => blockLines(text, key, item));
  if (means(inPlace)) return { text: inPlace, isAnew: false };
  const json = jsonIndent(text);
  if (json !== null) return { text: `${JSON.stringify(changed, null, json)}\n`, isAnew: true };
  const edited = edit(text, document, patch);
  if (means(edited)) return { text: edited, isAnew: true };
  const marker = text.startsWith('---') ? '---\n' : '';
  const layout = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  return { text: marker + stringify(changed, layout), isAnew: true };
}

/** Undefined of what is no YAML. */
function valueIn(text: string): unknown {
  try {
    return readValue(text, 0);
  } catch {
    return undefined;
  }
}

function blockLines(text: string, key: string | null, value: unknown): string[] {
  const document = new Document({}, { schema: 'failsafe' });
  document.contents = nodeOf(key === null ? [value] : { [key]: value });
  return document.toString(layoutOf(text)).trimEnd().split('\n');
}

function layoutOf(text: string) {
  const indentSeq = INDENTED_SEQUENCE.test(text) || !FLUSH_SEQUENCE.test(text);
  const flowCollectionPadding = !/[[{]\S/.test(text);
  return { lineWidth: 0, indentSeq, flowCollectionPadding };
}

function jsonIndent(text: string): number | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    JSON.parse(text);
    return /^\{\n( +)"/.exec(text.trimStart())?.[1]?.length ?? 0;
  } catch {
    return null;
  }
}

/** Null when the patch reaches into what is only an alias. */
function edit(text: string, document: Document, patch: readonly Operation[]): string | null {
  for (const operation of patch) {
    const { parent, key } = placeOf(operation, document);
    const value = 'value' in operation ? nodeOf(operation.value) : undefined;
    if (isMap(parent)) {
      if (value === undefined) parent.delete(key);
      else parent.set(parent.has(key) ? key : textNode(key), value);
    } else if (isSeq(parent)) {
      const index = key === '-' ? parent.items.length : Number(key);
      const added = value === undefined ? [] : [value];
      parent.items.splice(index, operation.op === 'add' ? 0 : 1, ...added);
    } else return null;
  }
  return document.toString(layoutOf(text));
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) {
    const seq = new YAMLSeq();
    seq.items = value.map(nodeOf);
    return seq;
  }
  if (isObject(value)) {
    const map = new YAMLMap();
    map.items = Object.entries(value).map(([key, item]) => new Pair(textNode(key), nodeOf(item)));
    return map;
  }
  return typeof value === 'string' ? textNode(value) : plain(String(value));
}

function plain(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.PLAIN;
  return scalar;
}

/** A text in quotes, unless every reader takes it for a text without. */
function textNode(text: string): Scalar {
  const isPlain = stringify(text, { version: '1.1', lineWidth: 0 }) === `${text}\n`;
  const scalar = plain(text);
  if (!isPlain || /^-?[\d.+]/.test(text)) scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
