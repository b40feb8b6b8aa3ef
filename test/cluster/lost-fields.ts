import type { KubeObject } from '../manifests/objects.ts';

const SUFFIXES: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 },
};

/**
 * Paths of all that was meant and is not there, or is otherwise. What the API server and others
 * added beside it is no fault; a list must have the same length.
 */
export function lostFields(meant: KubeObject, found: KubeObject, path = ''): string[] {
  if (meant === null || meant === undefined) return [];
  if (typeof meant !== 'object') {
    return isSame(meant, found) ? [] : [`${path}: ${show(meant)} became ${show(found)}`];
  }
  const entries = Object.entries(meant);
  if (Array.isArray(meant) && Array.isArray(found) && meant.length !== found.length) {
    return [`${path}: ${meant.length} items became ${found.length}`];
  }
  // An empty object or list says nothing, and is left out of what is stored.
  if (entries.length > 0 && (typeof found !== 'object' || found === null)) {
    return [`${path}: ${show(meant)} became ${show(found)}`];
  }
  return entries.flatMap(([key, value]) => lostFields(value, found[key], `${path}/${key}`));
}

/** Amounts count as the numbers that they are: 0.5 and 500m are the same. */
function isSame(meant: string | number | boolean, found: unknown): boolean {
  if (meant === found || meant === '') return meant === (found ?? '');
  const [one, other] = [amountOf(meant), amountOf(found)];
  return one !== null && one === other;
}

function amountOf(value: unknown): number | null {
  const [, digits, suffix = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  const factor = SUFFIXES[suffix];
  return digits === undefined || factor === undefined ? null : Number(digits) * factor;
}

const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 200) ?? 'nothing';
