/** Errors that the model's own standard error counts for (assembly/risk/spread.ts). */
const PRIOR_ERRORS = 8;

/**
 * How far a forecast can be leant on, in 0..1: the share of the demand planned at p90 that the
 * median explains, times the weight of what was measured against what was assumed,
 *
 *   Σ |p50| / (Σ |p50| + Σ (p90 − p50)) · effectiveErrors / (effectiveErrors + 8).
 *
 * 1 is a forecast without spread that many errors stand for; a forecast of nothing but zero, and
 * one that no error was measured of, have 0. It falls when errors grow, when the metric's shape is
 * not seen yet, and when drift takes weight from the errors of before.
 */
export function confidenceOf(
  p50: Float64Array,
  p90: Float64Array,
  effectiveErrors: number,
): number {
  let explained = 0;
  let spread = 0;
  for (let i = 0; i < p50.length; i++) {
    explained += Math.abs(p50[i] as number);
    spread += (p90[i] as number) - (p50[i] as number);
  }
  if (explained === 0) return 0;
  return (explained / (explained + spread)) * (effectiveErrors / (effectiveErrors + PRIOR_ERRORS));
}
