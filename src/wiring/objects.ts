import { type Document, isMap, isPair, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type ManifestDocument, readDocuments } from '../injector/documents.ts';
import { isObject } from '../injector/pod.ts';
import { groupOf } from '../injector/workloads.ts';

export type Fields = Readonly<Record<string, unknown>>;
/** Keys and indexes from the root of an object to a field. */
export type FieldPath = readonly (string | number)[];

/** An object of a manifest, and where it stands. */
export interface ManifestObject {
  readonly file: string;
  /** From 1, within the file. */
  readonly document: number;
  /** '' of the core group. */
  readonly group: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: Fields;
  /** Line of a field from 1, or of what is nearest above it. */
  readonly lineOf: (path: FieldPath) => number;
}

/**
 * All objects of a file, those in Lists too; what is no Kubernetes object is left out.
 *
 * @throws Error naming the line of what is no YAML
 */
export function objectsIn(file: string, source: string): ManifestObject[] {
  let linesBefore = 0;
  return documentsIn(source).flatMap(({ text, value }, i) => {
    const lineOf = lineFinder(text, linesBefore);
    linesBefore += text.split('\n').length - 1;
    return flattened(value, { kind: '', apiVersion: '' }, []).map(({ object, prefix }) => ({
      ...identified(object),
      ...{ file, document: i + 1 },
      lineOf: (path: FieldPath) => lineOf([...prefix, ...path]),
    }));
  });
}

/** All pods of a cluster are much for a reader of YAML, and come as JSON. */
function documentsIn(source: string): readonly ManifestDocument[] {
  if (source.trimStart().startsWith('{')) {
    try {
      return [{ text: source, value: JSON.parse(source) }];
    } catch {
      // A mapping of YAML may begin like this, too.
    }
  }
  return readDocuments(source);
}

interface Item {
  readonly object: Fields;
  readonly prefix: FieldPath;
}

/** Items of a typed List, such as a DeploymentList, need not say what they are. */
function flattened(value: unknown, inherited: Fields, prefix: FieldPath): Item[] {
  if (!isObject(value)) return [];
  const { kind, apiVersion, items } = { ...inherited, ...value };
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return [];
  if (kind.endsWith('List') && Array.isArray(items)) {
    const ofItems = { kind: kind.slice(0, -'List'.length), apiVersion };
    return items.flatMap((item, i) => flattened(item, ofItems, [...prefix, 'items', i]));
  }
  return kind === '' ? [] : [{ object: { ...inherited, ...value }, prefix }];
}

function identified(value: Fields) {
  const { kind, apiVersion } = value as { kind: string; apiVersion: string };
  const metadata = fieldsOf(value.metadata);
  return {
    group: groupOf(apiVersion),
    ...{ apiVersion, kind, value },
    name: textOf(metadata.name) ?? '',
    namespace: textOf(metadata.namespace) ?? null,
    labels: textsOf(metadata.labels),
    annotations: textsOf(metadata.annotations),
  };
}

/** The value when it is an object, else one without fields. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** The value at a path, undefined when there is none. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Fields)[key] : undefined),
    value,
  );
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a map of labels or annotations; what is no text there is left out. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(fieldsOf(value));
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Reads the text anew only when a line is asked for. */
function lineFinder(text: string, linesBefore: number): (path: FieldPath) => number {
  const lineCounter = new LineCounter();
  let document: Document.Parsed | undefined;
  return (path) => {
    document ??= parseDocument(text, { schema: 'failsafe', lineCounter });
    let node: Node | null = document.contents;
    let offset = node?.range?.[0] ?? 0;
    for (const key of path) {
      const item: unknown = isMap(node)
        ? node.items.find((each) => String(each.key) === String(key))
        : isSeq(node)
          ? node.items[Number(key)]
          : undefined;
      const place = (isPair(item) ? item.key : item) as Node | undefined;
      if (place?.range === undefined || place.range === null) break;
      offset = place.range[0];
      node = (isPair(item) ? item.value : item) as Node | null;
    }
    return linesBefore + lineCounter.linePos(offset).line;
  };
}
