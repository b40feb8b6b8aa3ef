// The window average: the mean of the last values (the mean method of Hyndman & Athanasopoulos,
// Forecasting: principles and practice, 3rd ed., §5.2, over a window).

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr, work } from "../abi";
import { countObserved, deviationOf } from "../stats/moments";

/** Origins whose errors make the standard error of a step. */
const ORIGINS: i32 = 512;

/**
 * Mean of the observed ones among the last `steps` values up to the origin, from f64[origin + 1] at
 * `values`, NaN = missing; NaN when there is none. Nothing is kept between calls.
 */
export function windowAverageAt(values: usize, origin: i32, steps: i32): f64 {
  const first = max(0, origin + 1 - steps);
  let mean = 0.0;
  let count = 0;
  for (let i = first; i <= origin; i++) {
    const value = load<f64>(values + (<usize>i << 3));
    if (value != value) continue;
    count++;
    // By parts, or a sum of the largest numbers would overflow.
    mean += value / <f64>count - mean / <f64>count;
  }
  return count > 0 ? mean : NaN;
}

/** Root mean square of the errors h steps ahead; `means` = f64[n] of the average at each step. */
function errorAt(means: usize, n: i32, h: i32): f64 {
  const stride = max(0, n - h) / ORIGINS + 1;
  let sum = 0.0;
  let count = 0;
  for (let i = n - 1 - h; i >= 0; i -= stride) {
    const mean = load<f64>(means + (<usize>i << 3));
    const error = load<f64>(historyPtr + (<usize>(i + h) << 3)) - mean;
    if (error != error) continue;
    sum += error * error;
    count++;
  }
  return count > 0 ? sqrt(sum / <f64>count) : NaN;
}

/**
 * Forecasts the history buffer. A step further ahead than any of the history has the standard error
 * of the step before it.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 1 observed
 * @param steps of the window, ≥ 1; the last observed value where it holds none
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 */
export function windowAverage(n: i32, steps: i32, horizon: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (steps < 1) return ERR_OPTION;
  const count = countObserved(historyPtr, n);
  if (count == 0) return ERR_TOO_SHORT;
  const means = work(0);
  let last = NaN;
  for (let i = 0; i < n; i++) {
    const mean = windowAverageAt(historyPtr, i, steps);
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value == value) last = value;
    store<f64>(means + (<usize>i << 3), mean == mean ? mean : last);
  }
  const point = load<f64>(means + (<usize>(n - 1) << 3));
  let sigma = deviationOf(historyPtr, n, count);
  for (let h = 1; h <= horizon; h++) {
    const error = errorAt(means, n, h);
    if (error == error) sigma = error;
    if (!(abs(point) < Infinity) || !(sigma < Infinity)) return ERR_NOT_FINITE;
    store<f64>(meanPtr + (<usize>(h - 1) << 3), point);
    store<f64>(sigmaPtr + (<usize>(h - 1) << 3), sigma);
  }
  return OK;
}
