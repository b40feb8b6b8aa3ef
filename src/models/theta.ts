import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';
import { seasonSteps } from './season-steps.ts';

/** What was fitted (assembly/smoothing/theta.ts). */
export interface ThetaDescription extends ModelDescription {
  readonly name: 'theta';
  readonly alpha: number;
  /** The slope of the line is worth 1 − 1/theta: 1 = none of it; Infinity = all of it. */
  readonly theta: number;
  readonly season: {
    readonly lengthSteps: number;
    readonly kind: 'additive' | 'multiplicative';
  } | null;
  /** Behind the last value, seasonally adjusted. */
  readonly level: number;
  readonly slopePerStep: number;
}

const PARAMS_LENGTH = 7;

/**
 * The dynamic optimised Theta model (assembly/smoothing/theta-state.ts) on the last 2,016 steps or
 * three days, whichever is more, seasonally adjusted by the day where a test sees it and it is at
 * most 2,160 steps long. Needs five observed points.
 */
export function thetaModel(kernel: Kernel): Model {
  return {
    name: 'theta',
    async fit(series, context) {
      const seasonLength = seasonSteps(series.stepSeconds);
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.theta(n, seasonLength, horizon, 0),
      );
      return { description: describe(kernel.read('paramsPtr', PARAMS_LENGTH)), prediction };
    },
  };
}

function describe(packed: Float64Array): ThetaDescription {
  const at = (index: number): number => packed[index] ?? Number.NaN;
  const kind = at(4) === 1 ? 'multiplicative' : 'additive';
  return {
    name: 'theta',
    alpha: at(0),
    theta: 1 / (1 - at(1)),
    season: at(3) > 1 ? { lengthSteps: at(3), kind } : null,
    level: at(5),
    slopePerStep: at(6),
  };
}
