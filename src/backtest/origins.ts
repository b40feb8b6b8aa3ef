import type { GridSeries } from './grid-series.ts';

/**
 * Where the forecasts of a walk-forward start: the last quarter, as protocol kv1 lays it out.
 * A cutoff is usable when it is observed and at least half of its horizon is.
 *
 * @returns ascending cutoffs, without doubles; empty when the series is too short for one
 */
export function evenOrigins(series: GridSeries, count: number): number[] {
  const { first, last } = quarter(series);
  if (last < first) return [];
  const taken = new Set<number>();
  for (let k = 0; k < count; k++) {
    const share = count > 1 ? Math.floor((k * (last - first)) / (count - 1)) : 0;
    const chosen = usableNear(series, first + share, last, taken);
    if (chosen !== null) taken.add(chosen);
  }
  return [...taken].sort((a, b) => a - b);
}

/** Every `stride`-th cutoff of the last quarter that is usable. */
export function strideOrigins(series: GridSeries, stride: number): number[] {
  const { first, last } = quarter(series);
  const cutoffs: number[] = [];
  for (let cutoff = first; cutoff <= last; cutoff += stride) {
    if (isUsable(series, cutoff)) cutoffs.push(cutoff);
  }
  return cutoffs;
}

function quarter({ values, horizonSteps }: GridSeries): { first: number; last: number } {
  const n = values.length;
  return { first: Math.max(0, Math.floor((3 * n) / 4) - 1), last: n - 1 - horizonSteps };
}

/** The next usable cutoff at or before `from`; where that is taken, the next free one after. */
function usableNear(
  series: GridSeries,
  from: number,
  last: number,
  taken: ReadonlySet<number>,
): number | null {
  let cutoff = from;
  while (cutoff >= 0 && !isUsable(series, cutoff)) cutoff--;
  if (cutoff >= 0 && !taken.has(cutoff)) return cutoff;
  cutoff = from;
  while (cutoff <= last && (taken.has(cutoff) || !isUsable(series, cutoff))) cutoff++;
  return cutoff <= last ? cutoff : null;
}

function isUsable({ values, horizonSteps }: GridSeries, cutoff: number): boolean {
  if (Number.isNaN(values[cutoff])) return false;
  let observed = 0;
  for (let i = 1; i <= horizonSteps; i++) {
    if (!Number.isNaN(values[cutoff + i] ?? Number.NaN)) observed++;
  }
  return 2 * observed >= horizonSteps;
}
