import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

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

/**
 * Reads a flat YAML map. The failsafe schema leaves every scalar a text, so that the table of
 * options alone says what a value means. Mistakes never quote the file: it may hold secrets.
 */
export function readYamlPairs(source: string): { pairs: YamlPair[]; mistakes: YamlMistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(source, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineAt = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const mistakes: YamlMistake[] = [];
  for (const { code, pos } of document.errors) {
    const line = lineAt(pos[0]);
    // One slip often breaks several rules of the grammar.
    if (mistakes.some((mistake) => mistake.line === line)) continue;
    const rule = code === 'DUPLICATE_KEY' ? 'a name given twice' : `no valid YAML (${code})`;
    mistakes.push({ line, name: null, rule });
  }
  const pairs: YamlPair[] = [];
  const { contents } = document;
  if (mistakes.length > 0 || contents === null) return { pairs, mistakes };
  if (!isMap(contents)) {
    const isEmpty = isScalar(contents) && contents.value === '';
    const mistake = { line: 1, name: null, rule: 'must be a map of name: value' };
    return { pairs, mistakes: isEmpty ? [] : [mistake] };
  }
  for (const { key, value } of contents.items) {
    const line = lineAt((isScalar(key) ? key.range : value && (value as Ranged).range)?.[0]);
    const items = isSeq(value) ? value.items : [value];
    if (isScalar(key) && items.every((item) => item === null || isScalar(item))) {
      const text = items.map((item) => (isScalar(item) ? String(item.value ?? '') : '')).join('\n');
      pairs.push({ name: String(key.value), text, isList: isSeq(value), line });
    } else {
      const name = isScalar(key) ? String(key.value) : null;
      mistakes.push({ line, name, rule: 'must be a name with one value, or a list of values' });
    }
  }
  return { pairs, mistakes };
}

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
}
