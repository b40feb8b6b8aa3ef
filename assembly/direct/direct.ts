// The model `direct`: the regression of regression.ts on the history buffer, in slices.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, MORE } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr, work } from "../abi";
import {
  directBegin, directForecast, directObserve, directReweigh, directSettle, directSigma,
} from "./regression";

const DAY_SECONDS: i32 = 86_400;
const DAYS_CAPACITY: i32 = 3;
const POINTS_MIN: i32 = 24;
/** Passes over all rows at the end, in which their weights come to rest. */
const LAST_PASSES: i32 = 2;
/** Units that taking in a value costs. */
const OBSERVE_UNITS: i32 = 4_000;

let points: i32 = 0;
let next: i32 = 0;
let horizon: i32 = 0;
let nonNegative: bool = false;

/**
 * Begins to fit the history buffer.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 24 observed
 * @param step seconds, a whole number ≥ 1
 * @param cutoff epoch seconds of the end of the last step, a multiple of `step`
 * @param steps to forecast, 1..HORIZON_CAPACITY
 */
export function directFit(n: i32, step: i32, cutoff: f64, steps: i32): i32 {
  points = 0;
  if (!fits(n, steps)) return ERR_CAPACITY;
  if (step < 1) return ERR_OPTION;
  let observed = 0;
  let first = 0;
  let lowest = Infinity;
  let highest = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    if (observed++ == 0) first = i;
    lowest = min(lowest, value);
    highest = max(highest, abs(value));
  }
  if (observed < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(highest < Infinity)) return ERR_NOT_FINITE;
  points = n;
  next = first;
  horizon = steps;
  nonNegative = lowest >= 0;
  const length = DAY_SECONDS % step == 0 ? DAY_SECONDS / step : 0;
  const days = length > 1 ? min(DAYS_CAPACITY, (n - first) / length - 1) : 0;
  const day = days > 0 ? length : 0;
  const week = day > 0 && n - first >= 14 * day ? 7 * day : 0;
  const start = <i64>(cutoff / <f64>step) - (n - first - 1);
  directBegin(work(0), start, day, max(0, days), week, steps, highest > 0 ? highest : 1.0);
  return OK;
}

/**
 * Goes on with the fit.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, OK with the answer in mean and sigma (the point is ≥ 0 where no observed value is
 *   negative), or a refusal
 */
export function directAdvance(units: i32): i32 {
  if (points == 0) return ERR_STATE;
  for (; next < points; next++) {
    if (units <= 0 || directSettle(units) == MORE) return MORE;
    units -= OBSERVE_UNITS;
    directObserve(load<f64>(historyPtr + (<usize>next << 3)));
    if (next == points - 1) directReweigh(LAST_PASSES);
  }
  if (directSettle(units) == MORE) return MORE;
  for (let h = 1; h <= horizon; h++) {
    const point = directForecast(h);
    const sigma = directSigma(h);
    if (!(abs(point) < Infinity) || !(sigma < Infinity)) return ERR_NOT_FINITE;
    store<f64>(meanPtr + (<usize>(h - 1) << 3), nonNegative ? max(point, 0) : point);
    store<f64>(sigmaPtr + (<usize>(h - 1) << 3), sigma);
  }
  return OK;
}
