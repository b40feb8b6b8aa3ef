/** What a workload is asked to do over time. */
export interface Demand {
  /**
   * Value i is the demand of the time (start + i·step, start + (i+1)·step]. NaN = unknown: a metric
   * then reads as failing, and nothing is counted.
   */
  readonly values: Float64Array;
  readonly stepSeconds: number;
  /** Epoch seconds at which step 0 begins. */
  readonly startSeconds: number;
}

/** Index of the step that `timeSeconds` lies in; the end of a step belongs to it. */
export function stepAt({ startSeconds, stepSeconds }: Demand, timeSeconds: number): number {
  return Math.ceil((timeSeconds - startSeconds) / stepSeconds) - 1;
}

/** The steps `from`..`to` − 1 as a demand of their own. */
export function sliceDemand(demand: Demand, from: number, to: number): Demand {
  return {
    values: demand.values.subarray(from, to),
    stepSeconds: demand.stepSeconds,
    startSeconds: demand.startSeconds + from * demand.stepSeconds,
  };
}

/** The value below which the share `level` of the known demand lies (nearest rank). */
export function demandQuantile({ values }: Demand, level: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)] ?? Number.NaN;
}
