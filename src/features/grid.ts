import type { GridRange } from '../adapters/adapter.ts';

/**
 * Sources give times to the millisecond at best, and a double of the present holds about 0.2 µs; a
 * sample this close after the end of a step still belongs to it.
 */
export const TIME_FUZZ_SECONDS = 1e-4;

export interface CutoffOptions {
  /** Whole seconds ≥ 1. */
  readonly stepSeconds: number;
  /** How long after its end a step is taken as settled at the source, ≥ 0. */
  readonly settleSeconds: number;
}

/** The end of the last step that is closed and settled at `timeSeconds` (epoch seconds). */
export function cutoffAt(timeSeconds: number, options: CutoffOptions): number {
  const { stepSeconds, settleSeconds } = options;
  return Math.floor((timeSeconds - settleSeconds) / stepSeconds) * stepSeconds;
}

/** Number of the step that `timeSeconds` belongs to: step k covers ((k − 1)·step, k·step]. */
export function stepIndexOf(timeSeconds: number, stepSeconds: number): number {
  return Math.ceil((timeSeconds - TIME_FUZZ_SECONDS) / stepSeconds);
}

/** How many steps end in `range`, both ends included; 0 when it is empty. */
export function stepsIn(range: GridRange): number {
  return Math.max(0, Math.round((range.endSeconds - range.startSeconds) / range.stepSeconds) + 1);
}
