// Autocorrelation of values among which some are missing, and the strength of a season read from
// it.

import { ERR_CAPACITY, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { HISTORY_CAPACITY, OK, historyPtr, paramsPtr } from "../abi";
import { countObserved, deviationOf, meanOf } from "./moments";

/** Lags that the level around a season is averaged over. */
const LAGS_AROUND: i32 = 24;
const PAIRS_MIN: i32 = 8;

/**
 * Correlation between values `lag` steps apart: their mean product over the pairs observed at both
 * ends, by the variance of all (Parzen's estimator for missing data, 1963). NaN for too few pairs.
 */
function autocorrelation(values: usize, n: i32, lag: i32, mean: f64, deviation: f64): f64 {
  let sum = 0.0;
  let pairs = 0;
  for (let i = lag; i < n; i++) {
    const now = (load<f64>(values + (<usize>i << 3)) - mean) / deviation;
    const then = (load<f64>(values + (<usize>(i - lag) << 3)) - mean) / deviation;
    const product = now * then;
    if (product != product) continue;
    sum += product;
    pairs++;
  }
  return pairs >= PAIRS_MIN ? sum / <f64>pairs : NaN;
}

/**
 * Strength of a season of `lag` steps in the history buffer, into params[0]: the autocorrelation at
 * the season less its mean over lags evenly spread across half a season on both sides. A pure
 * season has 1 (its autocorrelation averages to 0 over a period), noise 0, and so has a slow
 * drift, which correlates with all lags alike. Clipped to 0..1; 0 for a constant.
 *
 * @param n steps of history, NaN = missing; two seasons at least
 * @param lag steps of the season, ≥ 2
 */
export function seasonStrength(n: i32, lag: i32): i32 {
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (lag < 2) return ERR_OPTION;
  const count = countObserved(historyPtr, n);
  if (n < 2 * lag || count < PAIRS_MIN) return ERR_TOO_SHORT;
  store<f64>(paramsPtr, 0);
  const mean = meanOf(historyPtr, n, count);
  const deviation = deviationOf(historyPtr, n, count);
  if (!(deviation > 1e-12 * abs(mean)) || !(deviation < Infinity)) return OK;

  const lags = min(lag, LAGS_AROUND);
  let around = 0.0;
  let known = 0;
  for (let k = 1; k <= lags; k++) {
    const near = (lag + 1) / 2 + (lag * k) / lags;
    if (near >= n) break;
    const correlation = autocorrelation(historyPtr, n, near, mean, deviation);
    if (correlation != correlation) continue;
    around += correlation;
    known++;
  }
  const correlation = autocorrelation(historyPtr, n, lag, mean, deviation);
  if (known > 0 && correlation == correlation) {
    store<f64>(paramsPtr, min(max(correlation - around / <f64>known, 0), 1));
  }
  return OK;
}

/**
 * Takes the mean of each point of a season of `lag` steps out of the history buffer, so that a
 * longer season is judged by what it adds.
 */
export function removeSeason(n: i32, lag: i32): i32 {
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (lag < 2) return ERR_OPTION;
  for (let phase = 0; phase < lag; phase++) {
    let sum = 0.0;
    let count = 0;
    for (let i = phase; i < n; i += lag) {
      const value = load<f64>(historyPtr + (<usize>i << 3));
      if (value != value) continue;
      sum += value;
      count++;
    }
    for (let i = phase; i < n; i += lag) {
      const at = historyPtr + (<usize>i << 3);
      store<f64>(at, load<f64>(at) - sum / <f64>count);
    }
  }
  return OK;
}
