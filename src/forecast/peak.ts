import type { Prediction } from '../models/model.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { quantiles } from './quantiles.ts';
import type { Peak } from './snapshot.ts';

/** The quantiles of each step, by level, as `quantiles` makes them. */
type Bands = Readonly<Record<string, Float64Array>>;

/** Steps that a lead time touches which starts in the first step (capacity/window.ts). */
export function peakStepsOf(
  leadTimeSeconds: number,
  stepSeconds: number,
  horizonSteps: number,
): number {
  return Math.min(Math.ceil(leadTimeSeconds / stepSeconds) + 1, horizonSteps);
}

/**
 * Quantiles of the maximum over the first `steps` steps: never below those of a single step.
 *
 * A model that calibrated them has them. Of another one only the single steps are known, not how
 * they hang together: then Bonferroni's inequality gives a bound, for at a level of 1 − (1 − p) / K
 * each, all K steps hold together with a probability of p at least.
 *
 * Runs inside `kernel.exclusive`.
 */
export function peakQuantiles(
  kernel: Kernel,
  prediction: Prediction,
  bands: Bands,
  steps: number,
  wish: { readonly nonNegative: boolean },
): Pick<Peak, 'method' | 'quantiles'> {
  const calibrated = prediction.calibrated?.peak;
  const levels = Object.keys(bands);
  const { point, standardErrors } = prediction;
  const bounds = calibrated
    ? bands
    : quantiles(kernel, { point, standardErrors }, levels.map(shared(steps)), wish);
  const entries = levels.map((level) => {
    const bound = bounds[calibrated ? level : String(shared(steps)(level))];
    const single = highest(bands[level], steps);
    return [level, Math.max(single, calibrated?.[level] ?? highest(bound, steps))] as const;
  });
  return {
    method: calibrated ? 'conformal' : 'bound',
    quantiles: Object.fromEntries(entries),
  };
}

/** The level that each of `steps` steps needs for all of them to hold at `level`. */
function shared(steps: number): (level: string) => number {
  return (level) => 1 - (1 - Number(level)) / steps;
}

function highest(values: Float64Array | undefined, steps: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < steps; i++) most = Math.max(most, values?.[i] ?? most);
  return most;
}

/**
 * How far each step's quantile has to be stretched from the median for the highest of the window's
 * steps to reach `peak`; at least 1, and 1 where a step of the window has no spread.
 *
 * @param median and quantile of each step, the latter never below the former
 */
export function peakFactor(
  median: Float64Array,
  quantile: Float64Array,
  steps: number,
  peak: number,
): number {
  let factor = Number.POSITIVE_INFINITY;
  for (let i = 0; i < steps; i++) {
    const spread = (quantile[i] as number) - (median[i] as number);
    if (spread > 0) factor = Math.min(factor, (peak - (median[i] as number)) / spread);
  }
  return Number.isFinite(factor) ? Math.max(factor, 1) : 1;
}

/** median + factor · (quantile − median), step by step. */
export function stretched(
  median: Float64Array,
  quantile: Float64Array,
  factor: number,
): Float64Array {
  return median.map((value, i) => value + factor * ((quantile[i] as number) - value));
}

/** The demand that is planned for: the median, or the quantile stretched to that of the peak. */
export function demandOf(
  quantileLevel: number,
  median: Float64Array,
  bands: Bands,
  peakSteps: number,
  { quantiles: peaks }: Pick<Peak, 'quantiles'>,
): { demand: Float64Array; factor: number } {
  const level = String(quantileLevel);
  const [quantile, peak] = [bands[level], peaks[level]];
  if (!quantile || peak === undefined) return { demand: median, factor: 1 };
  const factor = peakFactor(median, quantile, peakSteps, peak);
  return { demand: stretched(median, quantile, factor), factor };
}
