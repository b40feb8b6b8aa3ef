import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';

/** What was fitted (assembly/smoothing/intermittent.ts). */
export interface IntermittentDescription extends ModelDescription {
  readonly name: 'intermittent';
  readonly method: 'TSB';
  /** Weight of the newest demand in the size, and of the newest step in the probability. */
  readonly sizeWeight: number;
  readonly probabilityWeight: number;
  /** Mean of the demands that are not 0, their standard deviation, and how probable one is. */
  readonly size: number;
  readonly sizeDeviation: number;
  readonly probability: number;
}

const PARAMS_LENGTH = 5;
const TSB = 0;

/**
 * Intermittent demand by Teunter, Syntetos and Babai: probability and size of a demand, smoothed
 * apart (assembly/smoothing/intermittent-state.ts), for series with many zeros.
 *
 * The point is the mean demand of a step, the same for all steps, and not the median as with other
 * models: the median of what comes in less than half of the steps is 0, and capacity for 0 is none.
 * Needs two observed points.
 */
export function intermittentModel(kernel: Kernel): Model {
  return {
    name: 'intermittent',
    async fit(series, context) {
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.intermittent(n, horizon, TSB, 0),
      );
      return { description: describe(kernel.read('paramsPtr', PARAMS_LENGTH)), prediction };
    },
  };
}

function describe(packed: Float64Array): IntermittentDescription {
  const at = (index: number): number => packed[index] ?? Number.NaN;
  return {
    name: 'intermittent',
    method: 'TSB',
    sizeWeight: at(0),
    probabilityWeight: at(1),
    size: at(2),
    sizeDeviation: at(4),
    probability: at(3),
  };
}
