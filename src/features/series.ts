/** One metric on the grid. */
export interface Series {
  /** Oldest first, NaN = missing; the last one is the step that ends at the cutoff. */
  readonly values: Float64Array;
  readonly stepSeconds: number;
  /** Epoch seconds, a multiple of `stepSeconds`. */
  readonly cutoffSeconds: number;
}

/** The values of `other` on the steps of `series`, NaN where it has none; cutoffs are the same. */
export function alignedTo(series: Series, other: Series): Float64Array {
  const count = series.values.length;
  const values = new Float64Array(count).fill(Number.NaN);
  const kept = other.values.subarray(Math.max(0, other.values.length - count));
  values.set(kept, count - kept.length);
  return values;
}
