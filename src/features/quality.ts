/**
 * What can be wrong with a sample or a step as it came; with what the guard doubts (`DOUBTS`), the
 * label `reason` of `kedastral_samples_rejected_total`.
 *
 * - missing: a step closed without any accepted sample
 * - duplicate: two samples with the same time; the larger one counts
 * - late: a step that had closed empty was filled by a later answer; accepted
 * - not_finite: NaN or ±Infinity, taken as missing
 * - out_of_range: |value| over 1e15, taken as missing
 * - outside: not in the range that was asked for, so in the future too, or older than the history
 */
export const REASONS = [
  'missing',
  'duplicate',
  'late',
  'not_finite',
  'out_of_range',
  'outside',
] as const;

export type Reason = (typeof REASONS)[number];

export type ReasonCounts = Record<Reason, number>;

export function noReasons(): ReasonCounts {
  return { missing: 0, duplicate: 0, late: 0, not_finite: 0, out_of_range: 0, outside: 0 };
}

/** Largest magnitude taken for a measurement: above it, doubles lose the fractions of a rate. */
export const MAX_MAGNITUDE = 1e15;

/** Reasons that stay with a step, as bits, so that the kept history can be counted anew. */
export const STEP_FLAGS = { duplicate: 1, not_finite: 2, out_of_range: 4 } as const;
