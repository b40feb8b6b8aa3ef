import type { SeriesResult } from '../backtest/result.ts';
import type { Points } from './thin.ts';

/** The times of a series' grid. */
export interface Grid {
  readonly startSeconds: number;
  readonly stepSeconds: number;
}

/** Epoch seconds at which step `index` ends. */
export function secondsOf({ startSeconds, stepSeconds }: Grid, index: number): number {
  return startSeconds + index * stepSeconds;
}

/** The step in which the time just after `seconds` lies. */
export function indexAfter({ startSeconds, stepSeconds }: Grid, seconds: number): number {
  return Math.floor((seconds - startSeconds) / stepSeconds) + 1;
}

/** `length` values whose first one belongs to step `index`, at their times. */
export function gridPoints(
  grid: Grid,
  valueAt: (i: number) => number,
  index: number,
  length: number,
): Points {
  return { length, x: (i) => secondsOf(grid, index + i), y: valueAt };
}

/** When the last step of a series ends. */
export function endSeconds(series: SeriesResult): number {
  return secondsOf(series, series.values.length - 1);
}
