import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

const HOUR_SECONDS = 3_600;
const WINDOW_STEPS_MIN = 12;

/**
 * The mean of the last hour, of the last twelve steps where they are longer
 * (assembly/smoothing/window-average.ts). Needs one observed point.
 */
export function windowAverageModel(kernel: Kernel): Model {
  return {
    name: 'window-average',
    async fit(series, context) {
      const hourSteps = Math.round(HOUR_SECONDS / series.stepSeconds);
      const windowSteps = Math.max(WINDOW_STEPS_MIN, hourSteps);
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.windowAverage(n, windowSteps, horizon),
      );
      return { description: { name: 'window-average', windowSteps }, prediction };
    },
  };
}
