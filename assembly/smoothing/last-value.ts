// The naive forecast: the last observed value, with the standard errors of a random walk, σ√h
// (Hyndman & Athanasopoulos, Forecasting: principles and practice, 3rd ed., §5.5).

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr } from "../abi";
import { differenceScale } from "../stats/moments";

/**
 * Forecasts the history buffer; steps missing at its end count as steps of the walk.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 1 observed
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 */
export function lastValue(n: i32, horizon: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  let end = n - 1;
  let value = load<f64>(historyPtr + (<usize>end << 3));
  while (value != value) {
    if (--end < 0) return ERR_TOO_SHORT;
    value = load<f64>(historyPtr + (<usize>end << 3));
  }
  const scale = differenceScale(historyPtr, n, 0);
  const sigma = scale == scale ? scale : 0.0;
  if (!(abs(value) < Infinity) || !(sigma < Infinity)) return ERR_NOT_FINITE;
  for (let h = 0; h < horizon; h++) {
    store<f64>(meanPtr + (<usize>h << 3), value);
    store<f64>(sigmaPtr + (<usize>h << 3), sigma * sqrt(<f64>(h + n - end)));
  }
  return OK;
}
