/** More than any manifest has, and a tenth of what the stack bears. */
const LEVELS_MAX = 500;
const ENTRY = /[-?](?=\s)/g;

/**
 * Whether YAML may be nested more deeply than anybody writes it. The parser is recursive, and where
 * the stack ends V8 may abort the whole process. Rather counts too much, such as brackets in texts.
 */
export function isTooDeep(source: string): boolean {
  let open = 0;
  for (const line of source.split('\n')) {
    const indent = line.search(/[^ ]|$/);
    const entries = line.match(ENTRY)?.length ?? 0;
    if (indent > LEVELS_MAX || entries > LEVELS_MAX) return true;
    for (const character of line) {
      if (character === '[' || character === '{') open++;
      else if (character === ']' || character === '}') open = Math.max(0, open - 1);
      if (open > LEVELS_MAX) return true;
    }
  }
  return false;
}
