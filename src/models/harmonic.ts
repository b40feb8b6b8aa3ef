import type { Kernel } from '../wasm/kernel.ts';
import { calendarSeasons } from './calendar.ts';
import { fitInKernel, readPrediction } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';

const OUTLIERS_KEPT = 16;

/** What was fitted (assembly/harmonic/harmonic.ts). */
export interface HarmonicDescription extends ModelDescription {
  readonly name: 'harmonic';
  /** Longest season in use, in steps; 0 = none. */
  readonly seasonSteps: number;
  /** Fourier terms (cosine and sine) that the data asked for. */
  readonly terms: number;
  /** Lags of the autoregression. */
  readonly lags: number;
  /** y is seen as log(1 + y / logShift), in the metric's unit; 0 = as it is. */
  readonly logShift: number;
  /** Innovations cut off as outliers before the last estimation. */
  readonly outliers: number;
  /** Where the newest 16 of them are: steps before the end, 1 = the last value; ascending. */
  readonly outlierSteps: readonly number[];
  /** Steps since a lasting change of the level; 0 = there was none. */
  readonly levelSteps: number;
  /** Missing values that were filled for the estimation. */
  readonly filled: number;
}

/**
 * Fourier terms of day and week and an autoregression of what they leave, on the values or on
 * their shifted log (assembly/harmonic/estimate.ts). Needs two observed points, and for each season
 * two of it.
 *
 * Fits in slices, between which the event loop is served; runs inside `kernel.exclusive`.
 */
export function harmonicModel(kernel: Kernel): Model {
  return {
    name: 'harmonic',
    async fit(series, { horizonSteps, signal }) {
      const { daySteps, weekSteps } = calendarSeasons(series.stepSeconds);
      await fitInKernel(kernel, series, signal, {
        begin: (guest, points) => guest.harmonicBegin(points, daySteps, weekSteps),
        advance: (guest, units) => guest.harmonicAdvance(units),
      });
      const description = describe(kernel.read('paramsPtr', 7 + OUTLIERS_KEPT));
      kernel.call((guest) => guest.harmonicForecast(horizonSteps));
      return { description, prediction: readPrediction(kernel, horizonSteps) };
    },
  };
}

function describe(params: Float64Array): HarmonicDescription {
  const at = (index: number): number => params[index] ?? Number.NaN;
  return {
    name: 'harmonic',
    seasonSteps: at(0),
    terms: at(1),
    lags: at(2),
    logShift: at(3),
    outliers: at(4),
    outlierSteps: [...params.subarray(7, 7 + Math.min(at(4), OUTLIERS_KEPT))].sort((a, b) => a - b),
    filled: at(5),
    levelSteps: at(6),
  };
}
