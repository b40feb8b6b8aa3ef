/** Why a step is kept out of the model's memory. */
export const DOUBTS = ['negative', 'spike', 'zero', 'unit', 'frozen', 'exporter_down'] as const;
export type DoubtReason = (typeof DOUBTS)[number];

/** The newest steps, while they are doubted. */
export interface Doubt {
  readonly reason: DoubtReason;
  /** A high value counts at once; a low one is no reason to lower. */
  readonly isLow: boolean;
}

/** A series with a verdict on each step. */
export interface Guarded {
  /** What a model may learn: the series, every doubted step missing. */
  readonly memory: Float64Array;
  /** What replicas were needed for: the memory, and the newest value if it is doubted as high. */
  readonly observed: Float64Array;
  /** Of each step: 0, or 1 + index of its reason in `DOUBTS`. */
  readonly marks: Uint8Array;
  /** Of the newest step; null while it is accepted. */
  readonly doubt: Doubt | null;
}
