import { KedastralError } from '../errors.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { fitInKernel, readPrediction } from './kernel-model.ts';
import type { Model, ModelDescription } from './model.ts';
import { seasonSteps } from './season-steps.ts';

/** An order, or the choice of one. */
export type ArimaOrder = number | 'auto';

/** Parameters to evaluate at; what is missing is empty, 0, or (sigma2) concentrated out. */
export interface ArimaParams {
  readonly ar?: readonly number[];
  readonly ma?: readonly number[];
  readonly seasonalAr?: readonly number[];
  readonly seasonalMa?: readonly number[];
  /** Mean of the differenced series, in the metric's unit. */
  readonly constant?: number;
  /** Variance of the innovations, in the metric's unit squared. */
  readonly sigma2?: number;
}

export interface ArimaOptions {
  /** 0..5 */
  readonly p: ArimaOrder;
  /** 0..2; auto by repeated KPSS tests. */
  readonly d: ArimaOrder;
  /** 0..5 */
  readonly q: ArimaOrder;
  /** P, Q 0..2, D 0..1, season length 2..10,080 steps, 'auto' = one day; null = no season. */
  readonly seasonal: {
    readonly p: ArimaOrder;
    readonly d: ArimaOrder;
    readonly q: ArimaOrder;
    readonly lengthSteps: ArimaOrder;
  } | null;
  /**
   * A mean when nothing is differenced (d + D = 0), a drift when once; never when more often.
   * `auto`: the mean always, the drift only when orders are searched and AICc asks for it.
   */
  readonly constant: 'auto' | 'on' | 'none';
  /**
   * Evaluate here instead of fitting. p, q, P, Q that are 'auto' follow from the arrays' lengths.
   */
  readonly params?: ArimaParams;
}

/** What was fitted (assembly/arima/fit.ts). `w` is the differenced series. */
export interface ArimaDescription extends ModelDescription {
  readonly name: 'arima' | 'sarima';
  readonly order: readonly [p: number, d: number, q: number];
  readonly seasonal: readonly [p: number, d: number, q: number, lengthSteps: number] | null;
  readonly ar: readonly number[];
  readonly ma: readonly number[];
  readonly seasonalAr: readonly number[];
  readonly seasonalMa: readonly number[];
  /** Mean of w; 0 without a constant. */
  readonly constant: number;
  readonly sigma2: number;
  /** Gaussian, of w (of the levels given the first d + sD where observations are missing). */
  readonly logLikelihood: number;
  /** Counts sigma2 and the constant; Infinity where the points are no more than them and one. */
  readonly aicc: number;
  /** Exact likelihood, or conditional sum of squares: more than about 100 state dimensions. */
  readonly method: 'exact' | 'css';
  /** Observations in the likelihood. */
  readonly fittedPoints: number;
}

// The layout of the params buffer: assembly/arima/fit.ts.
const PARAMS_LENGTH = 28;
const SIGMA2 = 8;
const CONSTANT = 13;
const AR = 14;
const MA = 19;
const SEASONAL_AR = 24;
const SEASONAL_MA = 26;

const AUTO = -1;
const EVALUATE = 1;
const CONSTANT_MODES = { none: 0, on: 1, auto: 2 } as const;

/**
 * ARIMA(p,d,q)(P,D,Q)s with signs as in w_t − μ = Σ ar·(w − μ) + e_t + Σ ma·e. Missing values are
 * skipped by the filter, never filled.
 *
 * Fits in slices, between which the event loop is served; runs inside `kernel.exclusive`.
 */
export function arimaModel(kernel: Kernel, options: ArimaOptions): Model {
  const name = options.seasonal ? 'sarima' : 'arima';
  return {
    name,
    async fit(series, { horizonSteps, signal }) {
      const { params } = options;
      const orders = ordersOf(options, series.stepSeconds);
      const constant = CONSTANT_MODES[options.constant];
      const mode = params ? EVALUATE : 0;
      if (params) kernel.write('paramsPtr', packParams(params));
      await fitInKernel(kernel, series, signal, {
        begin: (guest, points) => guest.arimaBegin(points, ...orders, constant, mode),
        advance: (guest, units) => guest.arimaAdvance(units),
      });
      const description = describe(name, kernel.read('paramsPtr', PARAMS_LENGTH));
      await kernel.drain((guest, units) => guest.arimaForecast(horizonSteps, units));
      return { description, prediction: readPrediction(kernel, horizonSteps) };
    },
  };
}

/** As the guest takes them: -1 where an order is to be chosen. */
function ordersOf({ p, d, q, seasonal, params }: ArimaOptions, stepSeconds: number) {
  const order = (wanted: ArimaOrder, given: readonly number[] | undefined): number => {
    if (!params) return wanted === 'auto' ? AUTO : wanted;
    const length = given?.length ?? 0;
    if (wanted !== 'auto' && given && wanted !== length) {
      throw new KedastralError(
        'model_option',
        'model',
        `${length} parameters for an order of ${wanted}`,
      );
    }
    return wanted === 'auto' ? length : wanted;
  };
  const difference = (wanted: ArimaOrder) => (wanted === 'auto' ? AUTO : wanted);
  return [
    order(p, params?.ar),
    difference(d),
    order(q, params?.ma),
    order(seasonal?.p ?? 0, params?.seasonalAr),
    difference(seasonal?.d ?? 0),
    order(seasonal?.q ?? 0, params?.seasonalMa),
    seasonal ? seasonStepsOf(seasonal.lengthSteps, stepSeconds) : 0,
  ] as const;
}

function seasonStepsOf(wanted: ArimaOrder, stepSeconds: number): number {
  return wanted === 'auto' ? seasonSteps(stepSeconds) : wanted;
}

function packParams(params: ArimaParams): Float64Array {
  const packed = new Float64Array(PARAMS_LENGTH);
  const put = (values: readonly number[] | undefined, from: number, most: number) => {
    if (values && values.length > most) {
      throw new KedastralError(
        'model_option',
        'model',
        `${values.length} parameters where at most ${most} are taken`,
      );
    }
    packed.set(values ?? [], from);
  };
  put(params.ar, AR, MA - AR);
  put(params.ma, MA, SEASONAL_AR - MA);
  put(params.seasonalAr, SEASONAL_AR, SEASONAL_MA - SEASONAL_AR);
  put(params.seasonalMa, SEASONAL_MA, PARAMS_LENGTH - SEASONAL_MA);
  packed[CONSTANT] = params.constant ?? 0;
  packed[SIGMA2] = params.sigma2 ?? Number.NaN;
  return packed;
}

function describe(name: 'arima' | 'sarima', packed: Float64Array): ArimaDescription {
  const at = (index: number): number => packed[index] ?? Number.NaN;
  const part = (from: number, length: number) => [...packed.subarray(from, from + length)];
  return {
    name,
    order: [at(0), at(1), at(2)],
    seasonal: name === 'sarima' ? [at(3), at(4), at(5), at(6)] : null,
    ar: part(AR, at(0)),
    ma: part(MA, at(2)),
    seasonalAr: part(SEASONAL_AR, at(3)),
    seasonalMa: part(SEASONAL_MA, at(5)),
    constant: at(CONSTANT),
    sigma2: at(SIGMA2),
    logLikelihood: at(9),
    aicc: at(10),
    method: at(11) === 1 ? 'exact' : 'css',
    fittedPoints: at(12),
  };
}
