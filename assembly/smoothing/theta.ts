// The Theta model of the history buffer, for the host.
//
// params out: 0 alpha, 1 1 − 1/theta, 2 standard deviation of the adjusted one-step errors, 3
// season length (1 = none), 4 multiplicative season (1) or additive (0), 5 level behind the last
// value, 6 slope of the line a step, both of the adjusted values; in when evaluating: 0 alpha, 1
// 1 − 1/theta, 5 the initial level.

import { ERR_CAPACITY, ERR_NOT_FINITE, OK } from "../abi";
import { fits, historyPtr, meanPtr, paramsPtr, sigmaPtr } from "../abi";
import { SEASON_MAX } from "./classical";
import { clampPoint, isNonNegative } from "./non-negative";
import { estimateTheta, evaluateTheta } from "./theta-fit";
import { Theta } from "./theta-state";

const modelPtr: usize = memory.data(256, 16);
const indexesPtr: usize = memory.data(SEASON_MAX * 8, 16);

/** Bits of `mode`. */
const EVALUATE: i32 = 1;
const STATIC: i32 = 2;

/**
 * Forecasts the history buffer; the point is ≥ 0 where no observed value is negative.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 5 observed
 * @param seasonLength steps, 1 = none
 * @param mode 1: evaluate at params, without a season; 2: OTM, whose line is fitted once
 */
export function theta(n: i32, seasonLength: i32, horizon: i32, mode: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  const model = changetype<Theta>(modelPtr);
  model.indexes = indexesPtr;
  const dynamic = (mode & STATIC) == 0;
  let result = OK;
  if ((mode & EVALUATE) != 0) {
    const alpha = load<f64>(paramsPtr);
    const weight = load<f64>(paramsPtr, 8);
    result = evaluateTheta(model, historyPtr, n, dynamic, alpha, weight, load<f64>(paramsPtr, 40));
  } else {
    result = estimateTheta(model, historyPtr, n, seasonLength, dynamic);
  }
  if (result != OK) return result;
  if (!model.forecast(horizon, meanPtr, sigmaPtr)) return ERR_NOT_FINITE;
  if (isNonNegative(historyPtr, n)) clampPoint(meanPtr, horizon);
  store<f64>(paramsPtr, model.alpha);
  store<f64>(paramsPtr, model.weight, 8);
  store<f64>(paramsPtr, model.sigma * model.unit, 16);
  store<f64>(paramsPtr, <f64>model.seasonLength, 24);
  store<f64>(paramsPtr, model.multiplicative ? 1 : 0, 32);
  const origin = model.origin * (1 - model.weight * model.decay);
  store<f64>(paramsPtr, origin + model.level * model.unit, 40);
  store<f64>(paramsPtr, model.slope * model.unit, 48);
  return OK;
}
