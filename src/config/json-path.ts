/** One step into a document: a member, one element (negative from the end), or every element. */
export type Segment =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'every' };

/** A compiled path. */
export interface JsonPath {
  readonly segments: readonly Segment[];
  /** True when the path names a list of values (`[]`), false when it names a single one. */
  readonly isList: boolean;
}

const SEGMENT = /\.?(?:([^.[\]"]+)|\[\s*(?:(-?\d+)|("(?:[^"\\]|\\.)*"))?\s*\])/y;

/**
 * Compiles a dot path: `data.value`, `data.items[].value` (each element), `points[-1]` (the last),
 * `rows[][0]`, `["a.b"]` for a member whose name has dots or brackets. `$` alone, or in front, is
 * the document.
 *
 * @returns the compiled path, or what is wrong with it
 */
export function parsePath(path: string): JsonPath | string {
  const segments: Segment[] = [];
  SEGMENT.lastIndex = path.startsWith('$') ? 1 : 0;
  let at = SEGMENT.lastIndex;
  while (at < path.length) {
    const match = SEGMENT.exec(path);
    const isBareStart = at === 0 && path.startsWith('.');
    const segment = match && !isBareStart ? segmentOf(match) : null;
    if (!segment) return `is not a path such as data.items[].value, at character ${at + 1}`;
    segments.push(segment);
    at = SEGMENT.lastIndex;
  }
  return { segments, isList: segments.some(({ kind }) => kind === 'every') };
}

/** What is wrong with the path of the times beside that of the values, or null. */
export function pairFault(valuePath: JsonPath, timePath: JsonPath | null): string | null {
  if (timePath === null) return valuePath.isList ? 'is needed for a list of values' : null;
  return timePath.isList === valuePath.isList
    ? null
    : 'must name a list if http-value-path does, else not';
}

/** Null when the name in quotes is no JSON string. */
function segmentOf(match: RegExpExecArray): Segment | null {
  const [, bare, index, quoted] = match;
  if (bare !== undefined) return { kind: 'member', name: bare };
  if (quoted !== undefined) return memberOf(quoted);
  return index === undefined ? { kind: 'every' } : { kind: 'element', index: Number(index) };
}

function memberOf(quoted: string): Segment | null {
  try {
    return { kind: 'member', name: JSON.parse(quoted) };
  } catch {
    return null;
  }
}
