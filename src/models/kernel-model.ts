import type { Series } from '../features/series.ts';
import type { KernelExports } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { FitContext, Prediction } from './model.ts';

/**
 * Forecasts by one call of the guest that reads the history buffer and writes mean and sigma.
 *
 * @throws KedastralError series_too_long, series_too_short, series_not_finite, model_option
 */
export function predictInKernel(
  kernel: Kernel,
  series: Series,
  context: FitContext,
  call: (guest: KernelExports, points: number, horizonSteps: number) => number,
): Prediction {
  kernel.write('historyPtr', series.values);
  kernel.call((guest) => call(guest, series.values.length, context.horizonSteps));
  return {
    point: kernel.read('meanPtr', context.horizonSteps),
    standardErrors: kernel.read('sigmaPtr', context.horizonSteps),
  };
}
