/**
 * A stretch of the grid: the ends of its first and last step, in epoch seconds, both multiples of
 * step.
 */
export interface GridRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/** Raw samples as they came: any order, any spacing, NaN and doubles included. */
export interface Samples {
  /** Epoch seconds, fractions allowed. */
  readonly timesSeconds: Float64Array;
  /** The metric's unit; as long as `timesSeconds`. */
  readonly values: Float64Array;
  /** The source's own clock when it answered, epoch seconds; null or left out when it says none. */
  readonly answeredAtSeconds?: number | null;
  /** What the source said beside its answer; logged. */
  readonly warnings: readonly string[];
}

/**
 * A source of one workload's metric.
 *
 * To add one, see "Adding an adapter" in README.md.
 */
export interface DataAdapter {
  readonly name: string;
  /**
   * Collects the samples of `(startSeconds − stepSeconds, endSeconds]`.
   *
   * @throws KedastralError adapter_* when there is no answer, or none that can be trusted; its
   * message holds neither the query nor a secret
   */
  collect(range: GridRange, signal: AbortSignal): Promise<Samples>;
}
