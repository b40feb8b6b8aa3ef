/** What a workload is asked to do over time. */
export interface Demand {
  /**
   * Value i is the demand of the time (start + i·step, start + (i+1)·step]. NaN = unknown: a metric
   * then reads as failing, and nothing is counted.
   */
  readonly values: Float64Array;
  readonly stepSeconds: number;
  /** Epoch seconds at which step 0 begins, a multiple of the step. */
  readonly startSeconds: number;
}

/** The steps `from`..`to` − 1 as a demand of their own. */
export function sliceDemand(demand: Demand, from: number, to: number): Demand {
  return {
    values: demand.values.subarray(from, to),
    stepSeconds: demand.stepSeconds,
    startSeconds: demand.startSeconds + from * demand.stepSeconds,
  };
}

/**
 * The demand on a finer grid, linear between the values at the ends of the steps: what lies between
 * two samples is taken for a slope, not for a jump.
 *
 * @param fineSeconds divides the step
 */
export function refineDemand(demand: Demand, fineSeconds: number): Demand {
  const { values, stepSeconds, startSeconds } = demand;
  const parts = stepSeconds / fineSeconds;
  const fine = new Float64Array(values.length * parts);
  for (let i = 0; i < values.length; i++) {
    const end = values[i] as number;
    const begin = values[i - 1] ?? end;
    const from = Number.isNaN(begin) ? end : begin;
    for (let k = 0; k < parts; k++) fine[i * parts + k] = from + ((end - from) * (k + 1)) / parts;
  }
  return { values: fine, stepSeconds: fineSeconds, startSeconds };
}
