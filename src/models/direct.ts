import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

/**
 * One robust ridge regression per block of the horizon on recent values and those of the days and
 * the week before (assembly/direct/direct.ts). Needs 24 observed points.
 */
export function directModel(kernel: Kernel): Model {
  return {
    name: 'direct',
    async fit(series, context) {
      const { stepSeconds, cutoffSeconds } = series;
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.direct(n, stepSeconds, cutoffSeconds, horizon),
      );
      return { description: { name: 'direct' }, prediction };
    },
  };
}
