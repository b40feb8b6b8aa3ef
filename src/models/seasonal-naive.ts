import { KedastralError } from '../errors.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

const DAY_SECONDS = 86_400;

/**
 * The value at the same time of the day before (assembly/seasonal/naive.ts).
 *
 * Needs one day of history and a step that divides the day.
 */
export function seasonalNaiveModel(kernel: Kernel): Model {
  return {
    name: 'seasonal-naive',
    async fit(series, context) {
      const seasonLength = DAY_SECONDS / series.stepSeconds;
      if (!Number.isInteger(seasonLength)) {
        const message = `a step of ${series.stepSeconds} s does not divide the day`;
        throw new KedastralError('model_option', 'model', message);
      }
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.seasonalNaive(n, seasonLength, horizon),
      );
      return { description: { name: 'seasonal-naive', seasonLength }, prediction };
    },
  };
}
