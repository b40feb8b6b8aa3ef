import type { Series } from '../features/series.ts';
import { type KernelExports, RESULT } from '../wasm/abi.ts';
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
  return readPrediction(kernel, context.horizonSteps);
}

/** A fit of the guest in slices. */
interface SlicedFit {
  /** Reads the history buffer. */
  readonly begin: (guest: KernelExports, points: number) => number;
  /** Called until it says that it is done. */
  readonly advance: (guest: KernelExports, units: number) => number;
}

/**
 * Fits in slices, between which the event loop is served. Runs inside `kernel.exclusive`.
 *
 * @throws KedastralError what the guest refuses; the signal's reason when it is aborted
 */
export async function fitInKernel(
  kernel: Kernel,
  { values }: Series,
  signal: AbortSignal,
  { begin, advance }: SlicedFit,
): Promise<void> {
  kernel.write('historyPtr', values);
  kernel.call((guest) => begin(guest, values.length));
  await kernel.drain((guest, units) => (signal.aborted ? RESULT.OK : advance(guest, units)));
  signal.throwIfAborted();
}

/** What the guest left in mean and sigma. */
export function readPrediction(kernel: Kernel, horizonSteps: number): Prediction {
  return {
    point: kernel.read('meanPtr', horizonSteps),
    standardErrors: kernel.read('sigmaPtr', horizonSteps),
  };
}
