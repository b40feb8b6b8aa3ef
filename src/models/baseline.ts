import type { Kernel } from '../wasm/kernel.ts';
import { calibratedPrediction } from './calibration.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

const LEVEL_MEMBERS = [
  'last value',
  'mean over 5m',
  'mean over 30m',
  'damped trend',
  'median over 3h',
];
const PROFILE_MEMBERS = ['', ' + last deviation', ' + deviation over 30m'];
const PROFILES_CAPACITY = 5;

const SEASON_NAMES: Readonly<Record<number, string>> = {
  3600: 'hour',
  86400: 'day',
  604800: 'week',
};

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
  const membersMax = LEVEL_MEMBERS.length + PROFILE_MEMBERS.length * PROFILES_CAPACITY;
  const params = kernel.read('paramsPtr', 1 + 2 * PROFILES_CAPACITY + 2 * membersMax);
  const profiles = params[0] as number;
  const names = [...LEVEL_MEMBERS];
  for (let j = 0; j < profiles; j++) {
    const season = SEASON_NAMES[params[1 + 2 * j] as number];
    const width = params[2 + 2 * j] === 3600 ? 'hours' : 'steps';
    names.push(...PROFILE_MEMBERS.map((shift) => `${width} of the ${season}${shift}`));
  }
  const first = params.subarray(1 + 2 * profiles);
  const last = first.subarray(names.length);
  const weights = names.map((name, k) => [name, [first[k] ?? 0, last[k] ?? 0]] as const);
  return Object.fromEntries(weights.filter(([, [a, b]]) => a > 0 || b > 0));
}
