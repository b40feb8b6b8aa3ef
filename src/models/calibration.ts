import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { CalibratedQuantiles, Drift, FitContext, Prediction } from './model.ts';

const MEDIAN = 0.5;

/**
 * The forecast that the guest just made, calibrated on the walk-forward record that it left
 * (assembly/risk/calibrate.ts). The point becomes the median. Runs inside `kernel.exclusive`, right
 * after the fit, and overwrites the params buffer.
 *
 * @throws KedastralError series_not_finite
 */
export async function calibratedPrediction(
  kernel: Kernel,
  series: Series,
  context: FitContext,
): Promise<Prediction> {
  const { values, stepSeconds, cutoffSeconds } = series;
  const { horizonSteps, levels = [], peakSteps = 0 } = context;
  kernel.call((guest) =>
    guest.calibrateBegin(values.length, stepSeconds, cutoffSeconds, horizonSteps),
  );
  await kernel.drain((guest) => guest.calibrateAdvance());
  const facts = readFacts(kernel);
  const standardErrors = kernel.read('sigmaPtr', horizonSteps);
  const bands: Record<string, Float64Array> = {};
  const peak: Record<string, number> = {};
  for (const level of new Set([MEDIAN, ...levels])) {
    kernel.call((guest) => guest.calibratedQuantile(level));
    bands[String(level)] = kernel.read('quantilePtr', horizonSteps);
    peak[String(level)] = kernel.readAt('paramsPtr', 0);
  }
  const point = bands[String(MEDIAN)] as Float64Array;
  const calibrated = { bands, peak: peakSteps > 0 ? peak : null, ...facts };
  return { point, standardErrors, calibrated };
}

/** The layout of the params buffer: `describe` of assembly/risk/calibrate.ts. */
function readFacts(kernel: Kernel): Omit<CalibratedQuantiles, 'bands' | 'peak'> {
  const at = (index: number): number => kernel.readAt('paramsPtr', index);
  const drift: Drift = { excess: at(3), limit: at(4), isOn: at(3) > at(4), ageSteps: at(5) };
  return { errors: at(0), effectiveErrors: at(1), tailFrom: at(2), drift };
}
