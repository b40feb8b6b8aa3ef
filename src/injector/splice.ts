import { type Operation, Pointer } from 'rfc6902';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** A value as lines of block style, as an item of a list or as a pair of a map. */
export type RenderBlock = (key: string | null, value: unknown) => string[];

/** Some text in place of what is from `start` to `end`. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Collection = YAMLMap | YAMLSeq;

/** The dash of a list's item, which may have lines of its own between itself and the item. */
const DASH = /(?:^|\n)( *)-(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*$/;
/** A block whose line ends are all of its text. */
const KEPT = /^[|>]\d?\+/;

/** What an operation of a JSON Patch changes: a key of a collection, or of what is none. */
export function placeOf({ path }: Operation, document: Document) {
  const [, ...keys] = Pointer.fromJSON(path).tokens;
  const parent = document.getIn(keys.slice(0, -1), true);
  return { parent, key: keys.at(-1) as string, depth: keys.length };
}

/**
 * Applies a JSON Patch to the text of a YAML or JSON document by putting lines in and taking lines
 * out; no other byte changes. Null where that cannot be done. What comes out is to be read again:
 * an operation after another one of the same list may have missed its place.
 */
export function spliced(
  text: string,
  document: Document,
  patch: readonly Operation[],
  render: RenderBlock,
): string | null {
  const splicer = new Splicer(text, render);
  const splices: (Splice & { readonly depth: number })[] = [];
  for (const operation of patch) {
    const { parent, key, depth } = placeOf(operation, document);
    const splice = isCollection(parent) ? splicer.splice(parent, key, operation) : null;
    if (splice === null) return null;
    splices.push({ ...splice, depth });
  }
  // Of what is put at one place, the deeper one comes first.
  splices.sort((a, b) => a.start - b.start || b.depth - a.depth);
  let result = '';
  let at = 0;
  for (const { start, end, text: more } of splices) {
    if (start < at) return null;
    result += text.slice(at, start) + more;
    at = end;
  }
  return result + text.slice(at);
}

class Splicer {
  readonly #lineEnd: string;
  /** How much was put into collections that had nothing. */
  readonly #filled = new Map<Collection, number>();

  constructor(
    private readonly text: string,
    private readonly render: RenderBlock,
  ) {
    this.#lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  }

  splice(parent: Collection, key: string, operation: Operation): Splice | null {
    if (operation.op === 'remove') return this.#removal(parent, indexOf(parent, key));
    if (operation.op === 'replace') {
      const item = parent.items[indexOf(parent, key)];
      if (isPair(item) && !parent.flow) {
        if (isNull(item.value)) return this.#filling(item, operation.value);
        if (operation.value === null) return this.#emptying(item);
      }
      const node = nodeIn(item);
      if (!isScalar(node) || typeof operation.value === 'object') return null;
      const [start, end] = rangeOf(node);
      const isPlainText = start < end && !/^[|>]/.test(this.text.slice(start, end));
      return isPlainText ? { start, end, text: JSON.stringify(operation.value) } : null;
    }
    if (operation.op !== 'add' || (isSeq(parent) && key !== '-')) return null;
    const name = isMap(parent) ? key : null;
    return parent.flow
      ? this.#flowAddition(parent, name, operation.value)
      : this.#blockAddition(parent, name, operation.value);
  }

  #blockAddition(parent: Collection, key: string | null, value: unknown): Splice | null {
    const start = startOf(parent.items.at(-1));
    const before = this.text.slice(0, start);
    const column = start - this.#lineStart(start);
    const indent = key === null ? DASH.exec(before)?.[1] : ' '.repeat(column);
    if (indent === undefined) return null;
    const lines = this.render(key, value).map((line) => indent + line);
    const end = this.#contentEnd(parent);
    // Behind a text that keeps its line ends, the next line has begun.
    const isBegun = this.text[end - 1] === '\n';
    const at = isBegun ? end : this.#endOfLine(end);
    const text = lines.map((line) => (isBegun ? line + this.#lineEnd : this.#lineEnd + line));
    return { start: at, end: at, text: text.join('') };
  }

  /** Lines below a key that has no value, or one that says so. */
  #filling({ key, value: before }: Pair, value: unknown): Splice | null {
    const start = startOf(key);
    const indent = ' '.repeat(start - this.#lineStart(start));
    const [from, to] = rangeOf(before);
    const end = this.#endOfLine(from);
    // What stands there would stand before the value: it goes, and a comment stays.
    if (from < to && this.text.slice(to, end).trim() !== '') return null;
    const [, ...lines] = this.render(String(key), value);
    const text = lines.map((line) => this.#lineEnd + indent + line).join('');
    return { start: from < to ? this.text.slice(0, from).trimEnd().length : end, end, text };
  }

  /** Takes the lines below a key. */
  #emptying(item: Pair): Splice | null {
    const start = this.#endOfLine(startOf(item));
    const end = this.#endOfLine(this.#contentEnd(item));
    return start < end ? { start, end, text: '' } : null;
  }

  #flowAddition(parent: Collection, key: string | null, value: unknown): Splice {
    const count = this.#filled.get(parent) ?? 0;
    this.#filled.set(parent, count + 1);
    const last = parent.items.at(-1);
    if (last === undefined) {
      const at = rangeOf(parent)[0] + 1;
      return { start: at, end: at, text: (count > 0 ? ', ' : '') + pairOf(key, value, 0) };
    }
    const at = endOf(last);
    const start = startOf(last);
    const before = this.text.slice(this.#lineStart(start), start);
    const isOnOwnLine = /^ +$/.test(before);
    const gap = isOnOwnLine ? this.#lineEnd + before : ' ';
    const indented = pairOf(key, value, isOnOwnLine ? 2 : 0);
    return { start: at, end: at, text: `,${gap}${indented.replaceAll('\n', gap)}` };
  }

  #removal(parent: Collection, index: number): Splice | null {
    const item = parent.items[index];
    if (item === undefined) return null;
    if (parent.flow) {
      const before = index > 0 ? endOf(parent.items[index - 1]) : rangeOf(parent)[0] + 1;
      return { start: before, end: endOf(item), text: '' };
    }
    const lineStart = this.#lineStart(startOf(item));
    const lead = this.text.slice(lineStart, startOf(item));
    if (!(isSeq(parent) ? /^ *- +$/ : /^ *$/).test(lead) || lineStart === 0) return null;
    const start = this.#endOfLine(lineStart - 1);
    return { start, end: this.#endOfLine(this.#contentEnd(item)), text: '' };
  }

  #contentEnd(item: unknown): number {
    const node = nodeIn(item);
    const isBlock = isCollection(node) && !node.flow && node.items.length > 0;
    if (isBlock) return this.#contentEnd(node.items.at(-1));
    let end = endOf(item);
    if (isScalar(node) && KEPT.test(this.text.slice(...rangeOf(node)))) return end;
    while (/\s/.test(this.text[end - 1] ?? '')) end--;
    return end;
  }

  #lineStart(offset: number): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1;
  }

  /** Before the line's end, or the end of the text. */
  #endOfLine(offset: number): number {
    const found = this.text.indexOf('\n', offset);
    if (found < 0) return this.text.length;
    return found - Number(this.text[found - 1] === '\r');
  }
}

function indexOf(parent: Collection, key: string): number {
  if (isSeq(parent)) return Number(key);
  return parent.items.findIndex((pair: Pair) => isScalar(pair.key) && pair.key.value === key);
}

function pairOf(key: string | null, value: unknown, indent: number): string {
  const json = JSON.stringify(value, null, indent);
  return key === null ? json : `${JSON.stringify(key)}: ${json}`;
}

function isNull(node: unknown): boolean {
  return isScalar(node) && ['', '~', 'null', 'Null', 'NULL'].includes(node.source ?? '');
}

function nodeIn(item: unknown): unknown {
  return isPair(item) ? (item.value ?? item.key) : item;
}

function startOf(item: unknown): number {
  return rangeOf((isPair(item) ? item.key : item) as Node | undefined)[0];
}

function endOf(item: unknown): number {
  return rangeOf(nodeIn(item) as Node | undefined)[1];
}

/** Of a node that was read; NaN makes that nothing is found there. */
function rangeOf(node: unknown): [number, number] {
  const range = isNode(node) ? node.range : undefined;
  return range ? [range[0], range[1]] : [Number.NaN, Number.NaN];
}
