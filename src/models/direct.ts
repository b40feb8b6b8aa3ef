import type { Kernel } from '../wasm/kernel.ts';
import { fitInKernel, readPrediction } from './kernel-model.ts';
import type { Model } from './model.ts';

/**
 * One robust ridge regression per block of the horizon on recent values and those of the days and
 * the week before (assembly/direct/direct.ts). Needs 24 observed points.
 */
export function directModel(kernel: Kernel): Model {
  return {
    name: 'direct',
    async fit(series, { horizonSteps, signal }) {
      const { stepSeconds, cutoffSeconds } = series;
      await fitInKernel(kernel, series, signal, {
        begin: (guest, points) => guest.directFit(points, stepSeconds, cutoffSeconds, horizonSteps),
        advance: (guest, units) => guest.directAdvance(units),
      });
      const prediction = readPrediction(kernel, horizonSteps);
      return { description: { name: 'direct' }, prediction };
    },
  };
}
