import { RESULT } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { calendarSeasons } from './calendar.ts';
import type { Model, ModelDescription } from './model.ts';

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
      const points = series.values.length;
      kernel.write('historyPtr', series.values);
      kernel.call((guest) => guest.harmonicBegin(points, daySteps, weekSteps));
      await kernel.drain((guest, units) =>
        signal.aborted ? RESULT.OK : guest.harmonicAdvance(units),
      );
      signal.throwIfAborted();
      const [seasonSteps, terms, lags, logShift, outliers, filled] = kernel.read('paramsPtr', 6);
      kernel.call((guest) => guest.harmonicForecast(horizonSteps));
      return {
        description: { name: 'harmonic', seasonSteps, terms, lags, logShift, outliers, filled },
        prediction: {
          point: kernel.read('meanPtr', horizonSteps),
          standardErrors: kernel.read('sigmaPtr', horizonSteps),
        },
      };
    },
  };
}
