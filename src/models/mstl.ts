import type { Kernel } from '../wasm/kernel.ts';
import { calendarSeasons } from './calendar.ts';
import { fitInKernel, readPrediction } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';

/** What forecasts the series without its seasons. */
export type TrendKind = 'ets' | 'arima';

/** What was fitted (assembly/stl/mstl-model.ts). */
export interface MstlDescription extends ModelDescription {
  readonly name: `mstl-${TrendKind}`;
  /** Lengths of the seasons in use, in steps. */
  readonly seasons: readonly number[];
  /** Missing values that were filled for the decomposition. */
  readonly filled: number;
  /** Smoothing weights of level and slope, and the slope's damping: 1 = none. */
  readonly ets?: { readonly alpha: number; readonly beta: number; readonly phi: number };
  readonly order?: readonly [p: number, d: number, q: number];
}

const KINDS: readonly TrendKind[] = ['ets', 'arima'];

/**
 * Day and week by MSTL, and what they leave by exponential smoothing or an ARIMA, chosen by AICc.
 *
 * Fits in slices, between which the event loop is served; runs inside `kernel.exclusive`.
 */
export function mstlModel(kernel: Kernel, trend: TrendKind): Model {
  const name = `mstl-${trend}` as const;
  return {
    name,
    async fit(series, { horizonSteps, signal }) {
      const { daySteps, weekSteps } = calendarSeasons(series.stepSeconds);
      await fitInKernel(kernel, series, signal, {
        begin: (guest, points) =>
          guest.mstlBegin(points, daySteps, weekSteps, KINDS.indexOf(trend)),
        advance: (guest, units) => guest.mstlAdvance(units),
      });
      const description = describe(name, kernel.read('paramsPtr', 8));
      kernel.call((guest) => guest.mstlForecast(horizonSteps));
      return { description, prediction: readPrediction(kernel, horizonSteps) };
    },
  };
}

function describe(name: MstlDescription['name'], params: Float64Array): MstlDescription {
  const [count = 0, day = 0, week = 0, filled = 0, ...trend] = params;
  const seasons = [day, week].slice(0, count);
  if (name === 'mstl-arima') {
    const [p = 0, d = 0, q = 0] = trend;
    return { name, seasons, filled, order: [p, d, q] };
  }
  const [, alpha = 0, beta = 0, phi = 1] = trend;
  return { name, seasons, filled, ets: { alpha, beta, phi } };
}
