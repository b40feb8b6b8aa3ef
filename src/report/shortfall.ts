import type { Timeline } from '../replay/outcome.ts';
import { type Grid, indexAfter, secondsOf } from './grid.ts';

/** The pods that demand needs, by step of the grid. */
export interface Need extends Grid {
  podsAt(index: number): number;
}

/** A stretch of time in which fewer pods were ready than demand needed; both constant in it. */
export interface Shortfall {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly need: number;
  readonly ready: number;
}

/** All stretches of shortfall from `fromSeconds` to `toSeconds`, in their order. */
export function shortfalls(
  need: Need,
  { timesSeconds, readyPods }: Timeline,
  fromSeconds: number,
  toSeconds: number,
): Shortfall[] {
  const found: Shortfall[] = [];
  let at = fromSeconds;
  let change = timesSeconds.findLastIndex((seconds) => seconds <= at);
  while (at < toSeconds) {
    const index = indexAfter(need, at);
    const stepEnd = secondsOf(need, index);
    const until = Math.min(toSeconds, stepEnd, timesSeconds[change + 1] ?? toSeconds);
    const ready = readyPods[change] ?? 0;
    const wanted = need.podsAt(index);
    if (wanted > ready) found.push({ fromSeconds: at, toSeconds: until, need: wanted, ready });
    at = until;
    while ((timesSeconds[change + 1] ?? Number.POSITIVE_INFINITY) <= at) change += 1;
  }
  return found;
}

/** One shortfall a column of the picture: the deepest. */
export function deepest(
  all: readonly Shortfall[],
  fromSeconds: number,
  toSeconds: number,
  columns: number,
): Shortfall[] {
  const perColumn = (toSeconds - fromSeconds) / columns;
  const byColumn = new Map<number, Shortfall>();
  const depth = ({ need, ready }: Shortfall) => need - ready;
  for (const stretch of all) {
    const first = Math.floor((stretch.fromSeconds - fromSeconds) / perColumn);
    const last = Math.ceil((stretch.toSeconds - fromSeconds) / perColumn) - 1;
    for (let column = first; column <= Math.max(first, last); column++) {
      const other = byColumn.get(column);
      if (!other || depth(stretch) > depth(other)) byColumn.set(column, stretch);
    }
  }
  return [...new Set(byColumn.values())];
}

/**
 * Where most is short within `windowSeconds`: the start of that window, on half windows from
 * `fromSeconds` on; null when nothing is short.
 */
export function worstWindow(
  all: readonly Shortfall[],
  windowSeconds: number,
  fromSeconds: number,
  toSeconds: number,
): number | null {
  let [worst, most]: [number | null, number] = [null, 0];
  for (let start = fromSeconds; start < toSeconds; start += windowSeconds / 2) {
    const low = Math.max(fromSeconds, Math.min(start, toSeconds - windowSeconds));
    const missing = all.reduce((sum, part) => sum + missingIn(part, low, low + windowSeconds), 0);
    if (missing > most) [worst, most] = [low, missing];
  }
  return worst;
}

/** Pod-seconds that lack between two times. */
function missingIn({ fromSeconds, toSeconds, need, ready }: Shortfall, low: number, high: number) {
  const seconds = Math.min(toSeconds, high) - Math.max(fromSeconds, low);
  return Math.max(0, seconds) * (need - ready);
}
