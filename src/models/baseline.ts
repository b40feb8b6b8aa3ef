import type { Kernel } from '../wasm/kernel.ts';
import { calibratedPrediction } from './calibration.ts';
import { predictInKernel } from './kernel-model.ts';
import { memberNames, readProfiles } from './member-names.ts';
import type { Model } from './model.ts';

const MEMBERS_MAX = 20;
const PROFILES_CAPACITY = 5;

/** Weight of each member that has any, at the first and at the last step of the horizon. */
type Weights = Record<string, readonly [first: number, last: number]>;

/**
 * The default model: levels, a damped trend and calendar means, blended by their walk-forward
 * errors in the history (assembly/smoothing/baseline.ts), which its quantiles are calibrated on.
 * Needs two observed points.
 */
export function baselineModel(kernel: Kernel): Model {
  return {
    name: 'baseline',
    async fit(series, context) {
      const { stepSeconds, cutoffSeconds } = series;
      predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.baseline(n, stepSeconds, cutoffSeconds, horizon, context.peakSteps ?? 0),
      );
      const weights = readWeights(kernel);
      const prediction = calibratedPrediction(kernel, series, context);
      return { description: { name: 'baseline', weights }, prediction };
    },
  };
}

/** Names the weights that the fit left in the params buffer (`describe` of the guest's file). */
function readWeights(kernel: Kernel): Weights {
  const params = kernel.read('paramsPtr', 1 + 2 * PROFILES_CAPACITY + 2 * MEMBERS_MAX);
  const names = memberNames(readProfiles(params));
  const first = params.subarray(1 + 2 * (params[0] as number));
  const last = first.subarray(names.length);
  const weights = names.map((name, k) => [name, [first[k] ?? 0, last[k] ?? 0]] as const);
  return Object.fromEntries(weights.filter(([, [a, b]]) => a > 0 || b > 0));
}
