import type { Prediction } from '../models/model.ts';
import type { Kernel } from '../wasm/kernel.ts';

/** The levels a forecast is given at when none are asked for (option quantiles). */
export const DEFAULT_LEVELS: readonly number[] = [0.5, 0.75, 0.8, 0.9, 0.95, 0.99];
/** The levels that are there whatever is asked for: the median, and what confidence is told by. */
export const ALWAYS_LEVELS: readonly number[] = [0.5, 0.9];

/**
 * Quantiles of the forecast: those that its model calibrated, where it did, else those of a normal
 * distribution around the median, point + z · standard error.
 *
 * They never cross, and level 0.5 is the point itself. Runs inside `kernel.exclusive`.
 *
 * @param levels each in (0, 1)
 * @param nonNegative the metric cannot fall below 0: no quantile does, unless the point itself does
 * @returns one array of horizonSteps per level, under `String(level)`
 * @throws KedastralError model_option for a level outside (0, 1)
 */
export function quantiles(
  kernel: Kernel,
  prediction: Prediction,
  levels: readonly number[],
  { nonNegative }: { readonly nonNegative: boolean },
): Record<string, Float64Array> {
  const { point, standardErrors, calibrated } = prediction;
  kernel.write('paramsPtr', levels);
  kernel.call((guest) => guest.normalQuantiles(levels.length));
  const scores = kernel.read('paramsPtr', levels.length);
  const entries = levels.map((level, k) => {
    const score = scores[k] as number;
    const band = calibrated?.bands[String(level)];
    const values = point.map((median, i) => {
      const value = band ? (band[i] as number) : median + score * (standardErrors[i] as number);
      return nonNegative ? Math.max(value, Math.min(median, 0)) : value;
    });
    return [String(level), values] as const;
  });
  return Object.fromEntries(entries);
}
