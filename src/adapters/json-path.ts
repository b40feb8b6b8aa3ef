import { adapterFault } from './faults.ts';

/** One step into a document: a member, one element (negative from the end), or every element. */
type Segment =
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
 * @param option the option's name, for messages
 * @throws KedastralError option_invalid
 */
export function compilePath(option: string, path: string): JsonPath {
  const segments: Segment[] = [];
  SEGMENT.lastIndex = path.startsWith('$') ? 1 : 0;
  let at = SEGMENT.lastIndex;
  while (at < path.length) {
    const match = SEGMENT.exec(path);
    const isBareStart = at === 0 && path.startsWith('.');
    if (!match || isBareStart) {
      const rule = `is not a path such as data.items[].value, at character ${at + 1}`;
      throw adapterFault('option_invalid', `${option}: "${path}" ${rule}`);
    }
    segments.push(segmentOf(match));
    at = SEGMENT.lastIndex;
  }
  return { segments, isList: segments.some((segment) => segment.kind === 'every') };
}

/**
 * What the path names, in document order; undefined where a member or an element is not there.
 * One result for a path without `[]`.
 */
export function selectAll(document: unknown, path: JsonPath): unknown[] {
  let found = [document];
  for (const segment of path.segments) {
    found = found.flatMap((value) => stepInto(value, segment));
  }
  return found;
}

function segmentOf(match: RegExpExecArray): Segment {
  const [, bare, index, quoted] = match;
  if (bare !== undefined) return { kind: 'member', name: bare };
  if (quoted !== undefined) return { kind: 'member', name: JSON.parse(quoted) };
  return index === undefined ? { kind: 'every' } : { kind: 'element', index: Number(index) };
}

function stepInto(value: unknown, segment: Segment): unknown[] {
  if (segment.kind === 'member') {
    const isObject = typeof value === 'object' && value !== null;
    const has = isObject && Object.hasOwn(value, segment.name);
    return [has ? (value as Record<string, unknown>)[segment.name] : undefined];
  }
  const elements: unknown[] = Array.isArray(value) ? value : [];
  return segment.kind === 'every' ? elements : [elements.at(segment.index)];
}
