// Exponential smoothing of the history buffer, for the host.
//
// params, f64[PARAMS_CAPACITY], out: 0 form (9·error + 3·trend + season), 1 season length (1 =
// none), 2 alpha, 3 beta, 4 gamma, 5 phi, 6 sigma2 (relative, or in the metric's unit squared), 7
// logLikelihood, 8 aicc, 9 points in the likelihood, 10 level and 11 slope behind the last value,
// 16… the seasons of the next steps, as many as there is room for. In, when evaluating: 2–5, 6 (NaN
// = squares / points), 10 and 11 the initial level and slope, 16… the initial seasons.

import {
  ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, HISTORY_CAPACITY, OK, PARAMS_CAPACITY,
} from "../abi";
import { fits, historyPtr, meanPtr, paramsPtr, sigmaPtr } from "../abi";
import { ALL_FORMS, etsAdvance as advance, etsBegin as begin, evaluate } from "./ets-fit";
import { Ets, MULTIPLICATIVE, NONE } from "./ets-state";
import { SEASON_MAX } from "./ets-pass";
import { clampPoint, isNonNegative } from "./non-negative";

const SEASONS_AT: i32 = 16;

const modelPtr: usize = memory.data(256, 16);
const seasonsPtr: usize = memory.data(SEASON_MAX * 8, 16);

let length: i32 = 0;
let fitted: bool = false;

function own(): Ets {
  const model = changetype<Ets>(modelPtr);
  model.seasons = seasonsPtr;
  return model;
}

/**
 * Starts a fit of the history buffer: each form in `forms` (bit 9·error + 3·trend + season).
 *
 * @param n steps of history up to the cutoff, NaN = missing
 * @param seasonLength steps, 1 = none
 */
export function etsBegin(n: i32, seasonLength: i32, forms: i32): i32 {
  fitted = false;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  length = n;
  return begin(own(), historyPtr, n, seasonLength, forms & ALL_FORMS);
}

/** Goes on with the fit for about `units` nanoseconds of arithmetic: MORE, OK or a refusal. */
export function etsAdvance(units: i32): i32 {
  const result = advance(units);
  fitted = result == OK;
  if (fitted) describe();
  return result;
}

/** Runs the model in params over the history instead of fitting one. */
export function etsEvaluate(n: i32, form: i32, seasonLength: i32): i32 {
  fitted = false;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (seasonLength < 1 || seasonLength > PARAMS_CAPACITY - SEASONS_AT) return ERR_OPTION;
  length = n;
  const result = evaluate(own(), n, form, seasonLength);
  fitted = result == OK;
  if (fitted) describe();
  return result;
}

/** The answer, in the metric's unit. */
function describe(): void {
  const model = own();
  const error: i32 = model.relativeError ? 9 : 0;
  store<f64>(paramsPtr, <f64>(error + 3 * model.trend + model.season));
  store<f64>(paramsPtr, <f64>model.seasonLength, 8);
  store<f64>(paramsPtr, model.alpha, 16);
  store<f64>(paramsPtr, model.beta, 24);
  store<f64>(paramsPtr, model.gamma, 32);
  store<f64>(paramsPtr, model.phi, 40);
  const square = model.relativeError ? 1.0 : model.unit * model.unit;
  store<f64>(paramsPtr, model.sigma2 * square, 48);
  store<f64>(paramsPtr, model.logLikelihood, 56);
  store<f64>(paramsPtr, model.aicc, 64);
  store<f64>(paramsPtr, <f64>model.points, 72);
  store<f64>(paramsPtr, model.level * model.unit, 80);
  store<f64>(paramsPtr, model.slope * model.unit, 88);
  if (model.season == NONE) return;
  const unit = model.season == MULTIPLICATIVE ? 1.0 : model.unit;
  for (let k = 0; k < min(model.seasonLength, PARAMS_CAPACITY - SEASONS_AT); k++) {
    const phase = (model.phase + k) % model.seasonLength;
    const season = load<f64>(model.seasons + (<usize>phase << 3));
    store<f64>(paramsPtr + (<usize>(SEASONS_AT + k) << 3), season * unit);
  }
}

/**
 * Forecasts the steps after the history into mean and sigma, which must not have changed since the
 * fit; the point is ≥ 0 where no observed value is negative.
 */
export function etsForecast(horizon: i32): i32 {
  if (!fitted) return ERR_STATE;
  if (!fits(length, horizon)) return ERR_CAPACITY;
  if (!own().forecast(horizon, meanPtr, sigmaPtr)) return ERR_NOT_FINITE;
  if (isNonNegative(historyPtr, length)) clampPoint(meanPtr, horizon);
  return OK;
}
