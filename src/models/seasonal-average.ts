import type { Kernel } from '../wasm/kernel.ts';
import { wholeDaySteps } from './calendar.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

const WEEK_DAYS = 7;

/**
 * A robust average of the last seven seasons at the same point (assembly/seasonal/average.ts): of
 * the week where the history holds two, else of the day.
 *
 * Needs one day of history and a step that divides the day.
 */
export function seasonalAverageModel(kernel: Kernel): Model {
  return {
    name: 'seasonal-average',
    async fit(series, context) {
      const daySteps = wholeDaySteps(series.stepSeconds);
      const weekly = series.values.length >= 2 * WEEK_DAYS * daySteps;
      const seasonLength = weekly ? WEEK_DAYS * daySteps : daySteps;
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.seasonalAverage(n, seasonLength, horizon),
      );
      return { description: { name: 'seasonal-average', seasonLength }, prediction };
    },
  };
}
