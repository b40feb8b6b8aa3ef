// The model `direct`: the regression of regression.ts on the history buffer.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr, work } from "../abi";
import { directBegin, directForecast, directObserve, directReweigh, directSigma } from "./regression";

const DAY_SECONDS: i32 = 86_400;
const POINTS_MIN: i32 = 24;

/**
 * Forecasts the history buffer; the point is ≥ 0 where no observed value is negative.
 *
 * @param n steps of history up to the cutoff, NaN = missing
 * @param step whole seconds ≥ 1
 * @param cutoff epoch seconds of the end of the last step, a multiple of `step`
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 */
export function direct(n: i32, step: f64, cutoff: f64, horizon: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (!(step >= 1)) return ERR_OPTION;
  let points = 0;
  let first = 0;
  let lowest = Infinity;
  let highest = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    if (points++ == 0) first = i;
    lowest = min(lowest, value);
    highest = max(highest, abs(value));
  }
  if (points < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(highest < Infinity)) return ERR_NOT_FINITE;
  const seconds = <i32>step;
  let day = DAY_SECONDS % seconds == 0 ? DAY_SECONDS / seconds : 0;
  const steps = n - first;
  const days = day > 1 ? min(3, steps / day - 1) : 0;
  const week = day > 1 && steps >= 14 * day ? 7 * day : 0;
  if (days < 1) day = 0;
  const start = <i64>(cutoff / step) - (n - 1);
  directBegin(work(0), start + first, day, max(0, days), week, horizon, highest > 0 ? highest : 1.0);
  for (let i = first; i < n; i++) directObserve(load<f64>(historyPtr + (<usize>i << 3)));
  for (let k = 0; k < 2; k++) directReweigh();
  for (let h = 1; h <= horizon; h++) {
    const point = directForecast(h);
    const sigma = directSigma(h);
    if (!(abs(point) < Infinity) || !(sigma < Infinity)) return ERR_NOT_FINITE;
    store<f64>(meanPtr + (<usize>(h - 1) << 3), lowest >= 0 ? max(point, 0) : point);
    store<f64>(sigmaPtr + (<usize>(h - 1) << 3), sigma);
  }
  return OK;
}
