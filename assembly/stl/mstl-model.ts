// The history buffer decomposed and forecast, for the host.
//
// params, out: 0 how many seasons, 1 and 2 their lengths in steps, 3 values filled, and from 4 on
// the trend: ETS form (smoothing/ets.ts), alpha, beta, phi; or p, d, q.

import {
  ERR_CAPACITY, ERR_OPTION, ERR_NOT_FINITE, ERR_STATE, MORE, OK, SEASON_CAPACITY, fits, historyPtr,
  meanPtr, paramsPtr, sigmaPtr,
} from "../abi";
import { put } from "../arima/orders";
import { ROLLING_BYTES, RollingArima } from "../arima/rolling";
import { ETS_BYTES, Ets } from "../smoothing/ets-state";
import { mstlEstimate, mstlEstimateBegin } from "./estimate";
import { decomposeBegin, decomposeStep, filled, periodOf, seasons, setPasses } from "./mstl";
import { DECOMPOSED_BYTES, Decomposed } from "./state";

const modelPtr: usize = memory.data(DECOMPOSED_BYTES, 16);
const profilePtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
const etsPtr: usize = memory.data(<i32>ETS_BYTES, 16);
const arimaPtr: usize = memory.data(ROLLING_BYTES, 16);

const IDLE: i32 = 0;
const FITTING: i32 = 1;
const DONE: i32 = 2;
let stage: i32 = IDLE;

// @ts-ignore: decorator
@inline
function model(): Decomposed {
  return changetype<Decomposed>(modelPtr);
}

/**
 * Starts a fit of the first n values of history, NaN = missing; they must stay until it is done.
 *
 * @param short season in steps, 2..SEASON_CAPACITY, or 0 for none
 * @param long a multiple of it, or 0; each counts where n values hold more than two of it
 * @param trendKind 0 exponential smoothing by AICc, 1 ARIMA by AICc
 */
export function mstlBegin(n: i32, short: i32, long: i32, trendKind: i32): i32 {
  stage = IDLE;
  if (trendKind != 0 && trendKind != 1) return ERR_OPTION;
  if (long > 0 && (short == 0 || long % short != 0)) return ERR_OPTION;
  const own = model();
  own.profile = profilePtr;
  own.ets = trendKind == 0 ? changetype<Ets>(etsPtr) : null;
  own.arima = trendKind == 1 ? changetype<RollingArima>(arimaPtr) : null;
  const refusal = mstlEstimateBegin(historyPtr, n, short, long, own);
  if (refusal == OK) stage = FITTING;
  return refusal;
}

/**
 * Goes on with the fit.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, OK with the answer in params, or a refusal
 */
export function mstlAdvance(units: i32): i32 {
  if (stage == IDLE) return ERR_STATE;
  if (stage == FITTING) {
    const result = mstlEstimate(units);
    if (result == MORE) return MORE;
    stage = result == OK ? DONE : IDLE;
    if (result != OK) return result;
  }
  describe();
  return OK;
}

function describe(): void {
  put(paramsPtr, 0, <f64>seasons);
  for (let k = 0; k < 2; k++) put(paramsPtr, 1 + k, k < seasons ? <f64>periodOf(k) : 0);
  put(paramsPtr, 3, <f64>filled);
  const ets = model().ets;
  const arima = model().arima;
  if (ets) {
    put(paramsPtr, 4, <f64>(3 * ets.trend));
    put(paramsPtr, 5, ets.alpha);
    put(paramsPtr, 6, ets.beta);
    put(paramsPtr, 7, ets.phi);
  } else if (arima) {
    put(paramsPtr, 4, <f64>arima.p);
    put(paramsPtr, 5, <f64>arima.d);
    put(paramsPtr, 6, <f64>arima.q);
  }
}

/**
 * Decomposes the first n values of history into adjusted, trend, shortSeason and longSeason (work
 * buffers: they hold until the next fit).
 *
 * @param inner passes of STL's inner loop, @param outer robust rounds, @param degree of the season
 * @param jumps 1 = as R's default, 0 = at every step
 */
export function mstlDecompose(
  n: i32, short: i32, long: i32, inner: i32, outer: i32, degree: i32, jumps: i32,
): i32 {
  stage = IDLE;
  if (inner < 1 || outer < 0 || degree < 0 || degree > 1) return ERR_OPTION;
  setPasses(inner, outer, degree, jumps != 0);
  const refusal = decomposeBegin(historyPtr, n, short, long);
  if (refusal != OK) return refusal;
  while (!decomposeStep()) continue;
  return OK;
}

/** Forecasts the steps after the end of the history into mean and sigma. */
export function mstlForecast(horizon: i32): i32 {
  if (stage != DONE) return ERR_STATE;
  if (!fits(1, horizon)) return ERR_CAPACITY;
  return model().forecast(horizon, meanPtr, sigmaPtr) ? OK : ERR_NOT_FINITE;
}
