import { type JsonPath, parsePath, type Segment } from '../config/json-path.ts';
import { adapterFault } from './faults.ts';

/**
 * Compiles a path (config/json-path.ts).
 *
 * @param option the option's name, for messages
 * @throws KedastralError option_invalid
 */
export function compilePath(option: string, path: string): JsonPath {
  const compiled = parsePath(path);
  if (typeof compiled !== 'string') return compiled;
  throw adapterFault('option_invalid', `${option}: "${path}" ${compiled}`);
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

function stepInto(value: unknown, segment: Segment): unknown[] {
  if (segment.kind === 'member') {
    const isObject = typeof value === 'object' && value !== null;
    const has = isObject && Object.hasOwn(value, segment.name);
    return [has ? (value as Record<string, unknown>)[segment.name] : undefined];
  }
  const elements: unknown[] = Array.isArray(value) ? value : [];
  return segment.kind === 'every' ? elements : [elements.at(segment.index)];
}
