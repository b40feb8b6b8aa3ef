import type { Kernel } from '../wasm/kernel.ts';
import { fitInKernel, readPrediction } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';
import { seasonSteps } from './season-steps.ts';

/** What was fitted (assembly/smoothing/ets.ts). */
export interface EtsDescription extends ModelDescription {
  readonly name: 'ets';
  /** Error, trend, season, such as `A,Ad,N`: additive, multiplicative, damped, none. */
  readonly form: string;
  readonly seasonLength: number | null;
  readonly alpha: number;
  /** b' = φb + βe */
  readonly beta: number;
  readonly gamma: number;
  readonly phi: number;
  /** Of the one-step errors: relative ones where the form's error is `M`. */
  readonly sigma2: number;
  readonly logLikelihood: number;
  readonly aicc: number;
  /** Observations in the likelihood: of the last 2,016 steps. */
  readonly fittedPoints: number;
  /** Behind the last value. */
  readonly level: number;
  readonly slopePerStep: number;
}

const PARAMS_LENGTH = 12;
/** Every form. */
const ALL_FORMS = -1;
const ERRORS = ['A', 'M'];
const TRENDS = ['N', 'A', 'Ad'];
const SEASONS = ['N', 'A', 'M'];

/**
 * Exponential smoothing, the form by AICc among the fifteen that R's forecast::ets looks at
 * (assembly/smoothing/ets-fit.ts), on the last 2,016 steps. A seasonal form has the season of a day
 * where that is at most 288 steps long and observed twice. Needs six observed points.
 *
 * Fits in slices, between which the event loop is served; runs inside `kernel.exclusive`.
 */
export function etsModel(kernel: Kernel): Model {
  return {
    name: 'ets',
    async fit(series, { horizonSteps, signal }) {
      const seasonLength = seasonSteps(series.stepSeconds);
      await fitInKernel(kernel, series, signal, {
        begin: (guest, points) => guest.etsBegin(points, seasonLength, ALL_FORMS),
        advance: (guest, units) => guest.etsAdvance(units),
      });
      const description = describe(kernel.read('paramsPtr', PARAMS_LENGTH));
      kernel.call((guest) => guest.etsForecast(horizonSteps));
      return { description, prediction: readPrediction(kernel, horizonSteps) };
    },
  };
}

function describe(packed: Float64Array): EtsDescription {
  const at = (index: number): number => packed[index] ?? Number.NaN;
  const form = at(0);
  const parts = [ERRORS[Math.floor(form / 9)], TRENDS[Math.floor(form / 3) % 3], SEASONS[form % 3]];
  return {
    name: 'ets',
    form: parts.join(','),
    seasonLength: at(1) > 1 ? at(1) : null,
    alpha: at(2),
    beta: at(3),
    gamma: at(4),
    phi: at(5),
    sigma2: at(6),
    logLikelihood: at(7),
    aicc: at(8),
    fittedPoints: at(9),
    level: at(10),
    slopePerStep: at(11),
  };
}
