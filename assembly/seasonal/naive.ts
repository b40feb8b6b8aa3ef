// The seasonal naive forecast: the last observed value at the same point of the season, with the
// standard error of the seasonal differences, growing by the root of the seasons it reaches back
// (Hyndman & Athanasopoulos, Forecasting: principles and practice, 3rd ed., §5.5).

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr } from "../abi";
import { countObserved, deviationOf, differenceScale } from "../stats/moments";

/**
 * Forecasts the history buffer. Where a value is missing the season before it is taken; a point of
 * the season that was never observed repeats the forecast of the step before (of the first one that
 * has any, at the start).
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least one season
 * @param seasonLength steps, ≥ 1
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 */
export function seasonalNaive(n: i32, seasonLength: i32, horizon: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (seasonLength < 1) return ERR_OPTION;
  const count = countObserved(historyPtr, n);
  if (n < seasonLength || count == 0) return ERR_TOO_SHORT;
  let sigma = differenceScale(historyPtr, n, seasonLength);
  // Without two seasons nothing is known of their difference: the spread of all values bounds it.
  if (sigma != sigma) sigma = deviationOf(historyPtr, n, count);
  if (!(sigma < Infinity)) return ERR_NOT_FINITE;

  let value = NaN;
  let sigmaHere = 0.0;
  let unknown = 0;
  for (let h = 1; h <= horizon; h++) {
    let seasons = (h - 1) / seasonLength + 1;
    for (let i = n - 1 + h - seasons * seasonLength; i >= 0; i -= seasonLength, seasons++) {
      const observed = load<f64>(historyPtr + (<usize>i << 3));
      if (observed != observed) continue;
      value = observed;
      sigmaHere = sigma * sqrt(<f64>seasons);
      break;
    }
    if (value != value) {
      unknown = h;
      continue;
    }
    if (!(abs(value) < Infinity)) return ERR_NOT_FINITE;
    store<f64>(meanPtr + (<usize>(h - 1) << 3), value);
    store<f64>(sigmaPtr + (<usize>(h - 1) << 3), sigmaHere);
  }
  if (unknown == horizon) return ERR_TOO_SHORT;
  for (let h = unknown - 1; h >= 0; h--) {
    store<f64>(meanPtr + (<usize>h << 3), load<f64>(meanPtr + (<usize>unknown << 3)));
    store<f64>(sigmaPtr + (<usize>h << 3), load<f64>(sigmaPtr + (<usize>unknown << 3)));
  }
  return OK;
}
