// The harmonic model of the history buffer: a season of Fourier terms and an autoregression.
//
// params: 0 longer season in use (steps), 1 terms in use, 2 lags of the autoregression, 3 log's
// shift in the metric's unit (0 = none), 4 innovations cut off as outliers, 5 values filled,
// 6 steps since a lasting change of the level (0 = none), 7–22 steps from the newest outliers to
// the end, in no order (as many as there are, 16 at most; 1 = the last value).

import {
  ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, HISTORY_CAPACITY, MORE, OK, SEASON_CAPACITY,
  fits, historyPtr, meanPtr, paramsPtr, sigmaPtr,
} from "../abi";
import { put } from "../arima/orders";
import { AR_CAPACITY } from "./autoregression";
import {
  OUTLIERS_KEPT, cut, estimateBegin, estimateCost, estimateStep, filled, open, outliersPtr, shifted,
} from "./estimate";
import { HARMONIC_BYTES, Harmonic } from "./state";

const modelPtr: usize = memory.data(HARMONIC_BYTES, 16);
const profilePtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
const coefficientsPtr: usize = memory.data(AR_CAPACITY * 8, 16);
const residualsPtr: usize = memory.data(AR_CAPACITY * 8, 16);

const IDLE: i32 = 0;
const FITTING: i32 = 1;
const DONE: i32 = 2;
let stage: i32 = IDLE;
let points: i32 = 0;

/**
 * Starts a fit of the first n values of history; NaN = missing.
 *
 * @param short season in steps, 2..SEASON_CAPACITY, or 0 for none
 * @param long a multiple of it, or 0; each counts where n values hold two of it
 */
export function harmonicBegin(n: i32, short: i32, long: i32): i32 {
  stage = IDLE;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (short < 0 || short == 1 || short > SEASON_CAPACITY) return ERR_OPTION;
  if (long < 0 || long > SEASON_CAPACITY) return ERR_OPTION;
  if (long > 0 && (short == 0 || long % short != 0)) return ERR_OPTION;
  points = n;
  const model = changetype<Harmonic>(modelPtr);
  model.profile = profilePtr;
  model.coefficients = coefficientsPtr;
  model.residuals = residualsPtr;
  const refusal = estimateBegin(historyPtr, n, short, long, model);
  if (refusal == OK) stage = FITTING;
  return refusal;
}

/**
 * Goes on with the fit.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, or OK with the answer in params
 */
export function harmonicAdvance(units: i32): i32 {
  if (stage == IDLE) return ERR_STATE;
  while (stage == FITTING) {
    if (units <= 0) return MORE;
    units -= estimateCost();
    if (estimateStep()) stage = DONE;
  }
  const model = changetype<Harmonic>(modelPtr);
  put(paramsPtr, 0, <f64>model.season);
  put(paramsPtr, 1, <f64>open);
  put(paramsPtr, 2, <f64>model.order);
  put(paramsPtr, 3, model.shift * model.unit);
  put(paramsPtr, 4, <f64>cut);
  put(paramsPtr, 5, <f64>filled);
  put(paramsPtr, 6, shifted > 0 ? <f64>(points - shifted) : 0);
  memory.copy(paramsPtr + 7 * 8, outliersPtr, OUTLIERS_KEPT * 8);
  return OK;
}

/** Forecasts the steps after the end of the history into mean and sigma. */
export function harmonicForecast(horizon: i32): i32 {
  if (stage != DONE) return ERR_STATE;
  if (!fits(1, horizon)) return ERR_CAPACITY;
  const model = changetype<Harmonic>(modelPtr);
  model.forecast(horizon, meanPtr);
  model.spread(horizon, meanPtr, sigmaPtr);
  for (let at: usize = 0, end = <usize>horizon << 3; at < end; at += 8) {
    if (!(abs(load<f64>(meanPtr + at)) < Infinity)) return ERR_NOT_FINITE;
    if (!(load<f64>(sigmaPtr + at) < Infinity)) return ERR_NOT_FINITE;
  }
  return OK;
}
