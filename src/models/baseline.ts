import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

/**
 * The default model: levels, a damped trend and calendar means, blended by their walk-forward
 * errors in the history (assembly/smoothing/baseline.ts). Needs two observed points.
 */
export function baselineModel(kernel: Kernel): Model {
  return {
    name: 'baseline',
    async fit(series, context) {
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.baseline(n, series.stepSeconds, series.cutoffSeconds, horizon),
      );
      return { description: { name: 'baseline' }, prediction };
    },
  };
}
