// The seasonal average: what the last seasons had at the same point, in an interquartile mean, the
// trimmed mean of the middle half (Huber & Ronchetti 2009, "Robust statistics", §3.3), in which a
// season weighs the less the older it is. One odd season among three moves it little.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr } from "../abi";
import { countObserved, deviationOf, meanOf } from "../stats/moments";

/** Seasons looked at. */
const SEASONS_CAPACITY: i32 = 7;
/** Weight of a season, in that of the one after it. */
const MEMORY: f64 = 0.8;

/** The values of the seasons, ascending, and their weights. */
const sortedPtr: usize = memory.data(SEASONS_CAPACITY * 8, 16);
const weightsPtr: usize = memory.data(SEASONS_CAPACITY * 8, 16);

/** Collects the values a season and more before `target`, none after `origin`; their weight. */
function collect(values: usize, origin: i32, target: i32, season: i32): f64 {
  let from = target - season;
  if (from > origin) from -= ((from - origin + season - 1) / season) * season;
  let count = 0;
  let weight = 1.0;
  let total = 0.0;
  for (let k = 0; k < SEASONS_CAPACITY && from >= 0; k++, from -= season, weight *= MEMORY) {
    const value = load<f64>(values + (<usize>from << 3));
    if (value != value) continue;
    let at = <usize>count << 3;
    for (; at > 0 && load<f64>(sortedPtr + at - 8) > value; at -= 8) {
      store<f64>(sortedPtr + at, load<f64>(sortedPtr + at - 8));
      store<f64>(weightsPtr + at, load<f64>(weightsPtr + at - 8));
    }
    store<f64>(sortedPtr + at, value);
    store<f64>(weightsPtr + at, weight);
    total += weight;
    count++;
  }
  return total;
}

/**
 * The average for `steps` ≥ 1 after the origin, from f64[origin + 1] at `values`, NaN = missing;
 * NaN when no season has a value there. Nothing is kept between calls.
 */
export function seasonalAverageAt(values: usize, origin: i32, steps: i32, season: i32): f64 {
  const total = collect(values, origin, origin + steps, season);
  if (total == 0) return NaN;
  // Less the lowest, so that equal values have exactly themselves as their mean.
  const lowest = load<f64>(sortedPtr);
  let sum = 0.0;
  let below = 0.0;
  for (let at: usize = 0; below < 0.75 * total; at += 8) {
    const above = below + load<f64>(weightsPtr + at);
    const inside = min(above, 0.75 * total) - max(below, 0.25 * total);
    if (inside > 0) sum += (inside / (0.5 * total)) * (load<f64>(sortedPtr + at) - lowest);
    below = above;
  }
  return lowest + sum;
}

/** Root mean square of the errors of the average, a season ahead; NaN when there is none. */
function errorOf(n: i32, season: i32): f64 {
  let sum = 0.0;
  let count = 0;
  for (let i = season; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    const error = value - seasonalAverageAt(historyPtr, i - season, season, season);
    if (error != error) continue;
    sum += error * error;
    count++;
  }
  return count > 0 ? sqrt(sum / <f64>count) : NaN;
}

/**
 * Forecasts the history buffer. A point of the season that was never observed is the mean of all
 * values. The standard error is that of the average in the history.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least one season
 * @param season length in steps, ≥ 1
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 */
export function seasonalAverage(n: i32, season: i32, horizon: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (season < 1) return ERR_OPTION;
  const count = countObserved(historyPtr, n);
  if (n < season || count == 0) return ERR_TOO_SHORT;
  const mean = meanOf(historyPtr, n, count);
  let sigma = errorOf(n, season);
  // Without two seasons nothing is known of their difference: the spread of all values bounds it.
  if (sigma != sigma) sigma = deviationOf(historyPtr, n, count);
  if (!(sigma < Infinity)) return ERR_NOT_FINITE;
  for (let h = 1; h <= horizon; h++) {
    const average = seasonalAverageAt(historyPtr, n - 1, h, season);
    const point = average == average ? average : mean;
    if (!(abs(point) < Infinity)) return ERR_NOT_FINITE;
    store<f64>(meanPtr + (<usize>(h - 1) << 3), point);
    store<f64>(sigmaPtr + (<usize>(h - 1) << 3), sigma);
  }
  return OK;
}
