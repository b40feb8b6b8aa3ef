import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { isTooDeep } from './yaml-depth.ts';

/** One line of the config file. */
export interface YamlPair {
  readonly name: string;
  /** The scalar as written; items of a list are joined by line breaks. */
  readonly text: string;
  readonly isList: boolean;
  readonly line: number;
}

export interface YamlMistake {
  readonly line: number;
  /** The name that it is about; null when it is the line's. */
  readonly name: string | null;
  readonly rule: string;
}

/** A map of names and values. */
export interface YamlPairs {
  readonly pairs: readonly YamlPair[];
  readonly mistakes: readonly YamlMistake[];
}

export interface YamlFile extends YamlPairs {
  /** The maps of the list `workloads`, null when there is no such list. */
  readonly entries: readonly YamlPairs[] | null;
}

type LineAt = (offset: number | undefined) => number;

const ENTRIES = 'workloads';
const MAP_RULE = 'must be a map of name: value';
const LIST_RULE = 'must be a list of maps of name: value';
const PAIR_RULE = 'must be a name with one value, or a list of values';

/**
 * Reads a flat YAML map, with a list of such maps as `workloads`. The failsafe schema leaves every
 * scalar a text, so that the table of options alone says what a value means. Mistakes never quote
 * the file: it may hold secrets.
 */
export function readYaml(source: string): YamlFile {
  return read(source, [ENTRIES]);
}

/** Reads a flat YAML map alone. */
export function readYamlPairs(source: string): YamlPairs {
  return read(source, []);
}

function read(source: string, except: readonly string[]): YamlFile {
  const lines = new LineCounter();
  if (isTooDeep(source)) {
    const mistake = { line: 1, name: null, rule: 'is nested too deeply' };
    return { pairs: [], mistakes: [mistake], entries: null };
  }
  const document = parseDocument(source, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineAt: LineAt = (offset) => lines.linePos(offset ?? 0).line;
  const mistakes: YamlMistake[] = [];
  for (const { code, pos } of document.errors) {
    const line = lineAt(pos[0]);
    // One slip often breaks several rules of the grammar.
    if (mistakes.some((mistake) => mistake.line === line)) continue;
    const rule = code === 'DUPLICATE_KEY' ? 'a name given twice' : `no valid YAML (${code})`;
    mistakes.push({ line, name: null, rule });
  }
  const { contents } = document;
  if (mistakes.length > 0 || contents === null) return { pairs: [], mistakes, entries: null };
  if (!isMap(contents)) {
    const isEmpty = isScalar(contents) && contents.value === '';
    const mistake = { line: 1, name: null, rule: MAP_RULE };
    return { pairs: [], mistakes: isEmpty ? [] : [mistake], entries: null };
  }
  return { ...pairsOf(contents, lineAt, except), entries: entriesOf(contents, lineAt) };
}

/** @param except names that are read elsewhere */
function pairsOf(map: YAMLMap, lineAt: LineAt, except: readonly string[] = []): YamlPairs {
  const pairs: YamlPair[] = [];
  const mistakes: YamlMistake[] = [];
  for (const { key, value } of map.items) {
    const line = lineAt(offsetOf(isScalar(key) ? key : value));
    if (isScalar(key) && except.includes(String(key.value))) {
      if (!isSeq(value)) mistakes.push({ line, name: String(key.value), rule: LIST_RULE });
      continue;
    }
    const items = isSeq(value) ? value.items : [value];
    if (isScalar(key) && items.every((item) => item === null || isScalar(item))) {
      const text = items.map((item) => (isScalar(item) ? String(item.value ?? '') : '')).join('\n');
      pairs.push({ name: String(key.value), text, isList: isSeq(value), line });
    } else {
      const name = isScalar(key) ? String(key.value) : null;
      mistakes.push({ line, name, rule: PAIR_RULE });
    }
  }
  return { pairs, mistakes };
}

function entriesOf(map: YAMLMap, lineAt: LineAt): YamlFile['entries'] {
  const list = map.get(ENTRIES);
  if (!isSeq(list)) return null;
  return list.items.map((item) => {
    if (isMap(item)) return pairsOf(item, lineAt);
    const mistake = { line: lineAt(offsetOf(item)), name: null, rule: MAP_RULE };
    return { pairs: [], mistakes: [mistake] };
  });
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0];
}
