/** One series on its grid, and what a forecaster may see of it. */
export interface GridSeries {
  readonly name: string;
  readonly stepSeconds: number;
  /** Epoch seconds at which the step of values[0] ends. */
  readonly startSeconds: number;
  /** NaN = missing; up to some 10⁷ values. */
  readonly values: Float64Array;
  readonly horizonSteps: number;
  /** Context: at most this many values up to the cutoff, which is its last one. */
  readonly windowSteps: number;
}

const DAY_SECONDS = 86_400;

/** Steps of a day; null when they are no whole number. */
export function daySteps(stepSeconds: number): number | null {
  const steps = DAY_SECONDS / stepSeconds;
  return Number.isInteger(steps) ? steps : null;
}

/** First index of the context window of a cutoff. */
export function windowStart({ windowSteps }: GridSeries, cutoff: number): number {
  return Math.max(0, cutoff - windowSteps + 1);
}
