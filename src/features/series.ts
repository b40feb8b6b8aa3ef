/** One metric on the grid. */
export interface Series {
  /** Oldest first, NaN = missing; the last one is the step that ends at the cutoff. */
  readonly values: Float64Array;
  readonly stepSeconds: number;
  /** Epoch seconds, a multiple of `stepSeconds`. */
  readonly cutoffSeconds: number;
}
