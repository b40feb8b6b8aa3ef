// Forecasts of intermittent demand: the methods of intermittent-state.ts, with the smoothing
// constants that make the least squared one-step error (Kourentzes 2014, Int. J. Production
// Economics 156, 180–190, on optimising them), on a grid: the error hardly changes between its
// points.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { OK, fits, historyPtr, meanPtr, paramsPtr, sigmaPtr } from "../abi";
import { Intermittent, SBA, TSB } from "./intermittent-state";

/** The last values that the constants are chosen by, as for the other methods of smoothing. */
const WINDOW: i32 = 2_016;
const POINTS_MIN: i32 = 2;
const SHARES: i32 = 8;
const sharesPtr: usize = memory.data<f64>([0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]);

const modelPtr: usize = memory.data(128, 16);

/** The part of a history that was seen, and where smoothing starts in it. */
let peak: f64 = 0;
let count: i32 = 0;
let demands: i32 = 0;
let meanSize: f64 = 0;
let sizeVariance: f64 = 0;

/** Number and spread of the demands among n values. */
function measure(values: usize, n: i32): void {
  peak = 0;
  count = 0;
  demands = 0;
  meanSize = 0;
  sizeVariance = 0;
  const end = values + (<usize>n << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (value == value) peak = max(peak, abs(value));
  }
  if (peak == 0) peak = 1;
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at) / peak;
    if (value != value) continue;
    count++;
    if (value == 0) continue;
    demands++;
    const ahead = value - meanSize;
    meanSize += ahead / <f64>demands;
    sizeVariance += ahead * (value - meanSize);
  }
  if (demands > 0) sizeVariance /= <f64>demands;
}

/** Runs the model over n values from their means on; the sum of squared one-step errors. */
function run(model: Intermittent, values: usize, n: i32, unit: f64): f64 {
  let squares = 0.0;
  for (let at = values, end = values + (<usize>n << 3); at < end; at += 8) {
    const value = load<f64>(at) / unit;
    if (value != value) continue;
    const error = value - model.rate;
    squares += error * error;
    model.observe(value);
  }
  return squares;
}

function startAtMeans(model: Intermittent): void {
  const share = <f64>demands / <f64>count;
  const frequency = model.method == TSB ? share : demands > 0 ? 1 / share : <f64>count;
  model.start(meanSize, sizeVariance, frequency);
}

/**
 * Fits `model` to the last 2,016 of n values (oldest first, NaN = missing) and leaves it behind the
 * last one. Its sizes are in units of the largest value, which it returns; or a refusal, negative:
 * ERR_TOO_SHORT (two observed), ERR_NOT_FINITE.
 */
export function estimateIntermittent(
  model: Intermittent, values: usize, n: i32, method: i32,
): f64 {
  const length = min(n, WINDOW);
  const from = values + (<usize>(n - length) << 3);
  measure(from, length);
  if (count < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(peak < Infinity)) return ERR_NOT_FINITE;
  model.method = method;
  let least = Infinity;
  let bestSize = 0.0;
  let bestFrequency = 0.0;
  for (let i = 0; i < SHARES * SHARES; i++) {
    model.sizeShare = load<f64>(sharesPtr + (<usize>(i / SHARES) << 3));
    model.frequencyShare = load<f64>(sharesPtr + (<usize>(i % SHARES) << 3));
    startAtMeans(model);
    const squares = run(model, from, length, peak);
    if (!(squares < least)) continue;
    least = squares;
    bestSize = model.sizeShare;
    bestFrequency = model.frequencyShare;
  }
  model.sizeShare = bestSize;
  model.frequencyShare = bestFrequency;
  startAtMeans(model);
  run(model, from, length, peak);
  return peak;
}

/**
 * Forecasts the history buffer.
 *
 * params out: 0 weight of the size, 1 weight of the frequency, 2 size, 3 probability of a demand, 4
 * standard deviation of a demand's size, 5 demands and 6 values among those that were looked at. In
 * when evaluating: 0, 1, 2 and 3 (TSB; else the interval) before the first value.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 2 observed
 * @param method 0 TSB, 1 Croston, 2 SBA
 * @param given 1: evaluate at params
 */
export function intermittent(n: i32, horizon: i32, method: i32, given: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (method < TSB || method > SBA) return ERR_OPTION;
  const model = changetype<Intermittent>(modelPtr);
  let unit = 1.0;
  if (given != 0) {
    measure(historyPtr, n);
    model.method = method;
    model.sizeShare = load<f64>(paramsPtr);
    model.frequencyShare = load<f64>(paramsPtr, 8);
    model.start(load<f64>(paramsPtr, 16), 0, load<f64>(paramsPtr, 24));
    run(model, historyPtr, n, 1);
  } else {
    unit = estimateIntermittent(model, historyPtr, n, method);
    if (unit < 0) return <i32>unit;
  }
  if (!model.forecast(horizon, unit, meanPtr, sigmaPtr)) return ERR_NOT_FINITE;
  store<f64>(paramsPtr, model.sizeShare);
  store<f64>(paramsPtr, model.frequencyShare, 8);
  store<f64>(paramsPtr, model.size * unit, 16);
  store<f64>(paramsPtr, model.probability, 24);
  store<f64>(paramsPtr, sqrt(model.variance) * unit, 32);
  store<f64>(paramsPtr, <f64>demands, 40);
  store<f64>(paramsPtr, <f64>count, 48);
  return OK;
}
