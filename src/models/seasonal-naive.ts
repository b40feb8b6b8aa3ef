import type { Kernel } from '../wasm/kernel.ts';
import { wholeDaySteps } from './calendar.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

/**
 * The value at the same time of the day before (assembly/seasonal/naive.ts).
 *
 * Needs one day of history and a step that divides the day.
 */
export function seasonalNaiveModel(kernel: Kernel): Model {
  return {
    name: 'seasonal-naive',
    async fit(series, context) {
      const seasonLength = wholeDaySteps(series.stepSeconds);
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.seasonalNaive(n, seasonLength, horizon),
      );
      return { description: { name: 'seasonal-naive', seasonLength }, prediction };
    },
  };
}
