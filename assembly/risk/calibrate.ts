// Calibrated quantiles of a forecast, from the walk-forward record of the model that made it.
//
// `calibrate` reads the history buffer, the record (record.ts) and the forecast in the mean and
// sigma buffers; then `calibratedQuantile` reads off one level after the other, any number of them.
// Both belong to the task that fitted: they use its work buffers, up to work(6). A quantile is the
// point + expected size of the error × quantile of the errors over their expected sizes, so scaling
// or shifting history and forecast does the same to it, and a higher level is never lower.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, HORIZON_CAPACITY } from "../abi";
import { OK, fits, historyPtr, meanPtr, paramsPtr, work } from "../abi";
import { NODES_CAPACITY, addNode, addPeak, bandBefore, findBands } from "./conformal";
import { leastEffective, leastTailFrom, nodeStep, peakScaledQuantile } from "./conformal";
import { readLevel, scaledQuantile, shareAfter, sortErrors } from "./conformal";
import { ALARM, excess, forgetBefore, since, watchDrift } from "./drift";
import { findUnit, roundToUnit } from "./lattice";
import { bands, peakPoint, peakSteps } from "./record";
import { lowest, readSigns } from "./signs";
import { fitSpread, gather, items, logRatioOf, resetSpread, sizeOf, weighByAge } from "./spread";

/** f64[HORIZON_CAPACITY]: the quantile read off last. */
export const quantilePtr: usize = memory.data(HORIZON_CAPACITY * 8, 16);

/** Steps of Newton's method: to see drift by, and from there to the expected sizes. */
const OLDER_PASSES: i32 = 2;
const PASSES: i32 = 3;

let horizonSteps: i32 = 0;
let scale: f64 = 1;
let peakSpread: f64 = 0;

/** Expected size of the error at each step, and the median: f64[HORIZON_CAPACITY] each. */
// @ts-ignore: decorator
@inline
function spreadPtr(h: i32): usize {
  return work(6) + (<usize>(h - 1) << 3);
}

// @ts-ignore: decorator
@inline
function medianPtr(h: i32): usize {
  return spreadPtr(HORIZON_CAPACITY + h);
}

// @ts-ignore: decorator
@inline
function pointOf(h: i32): f64 {
  return load<f64>(meanPtr + (<usize>(h - 1) << 3)) / scale;
}

/** No quantile is below 0 where no observed value is. */
// @ts-ignore: decorator
@inline
function floored(value: f64): f64 {
  return lowest >= 0 ? max(value, 0) : value;
}

function largestOf(n: i32): f64 {
  let largest = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value == value) largest = max(largest, abs(value));
  }
  return largest > 0 ? largest : 1;
}

/** Expected size of the error at each step, and the nodes of the quantiles. */
function lookAhead(n: i32, horizon: i32): void {
  const last = n - 1;
  for (let h = 1; h <= horizon; h++) {
    findBands(<f64>h);
    const before = sizeOf(bandBefore);
    const after = bands > 1 ? sizeOf(bandBefore + 1) : before;
    const size = before + shareAfter * (after - before);
    store<f64>(spreadPtr(h), size * Math.exp(logRatioOf(last, h, pointOf(h))));
  }
  sortErrors();
  let taken = 0;
  for (let k = 0; k < NODES_CAPACITY; k++) {
    const step = nodeStep(k, horizon);
    if (step == taken) continue;
    addNode(step, logRatioOf(last, step, pointOf(step)));
    taken = step;
  }
  readLevel(0.5);
  for (let h = 1; h <= horizon; h++) {
    store<f64>(medianPtr(h), pointOf(h) + load<f64>(spreadPtr(h)) * scaledQuantile(h));
  }
  if (peakSteps == 0) return;
  const ratio = logRatioOf(last, peakSteps, peakPoint / scale);
  peakSpread = sizeOf(bands) * Math.exp(ratio);
  addPeak(ratio);
}

/** What is said of the calibration, into params: errors, effective errors, level from which the
 *  tail is parametric, drift statistic, its limit, steps since the drift began (0 = none). */
function describe(n: i32, isDrifting: bool): void {
  store<f64>(paramsPtr, <f64>items);
  store<f64>(paramsPtr, leastEffective(), 8);
  store<f64>(paramsPtr, leastTailFrom(), 16);
  store<f64>(paramsPtr, excess, 24);
  store<f64>(paramsPtr, ALARM, 32);
  store<f64>(paramsPtr, isDrifting ? <f64>(n - 1 - since) : 0.0, 40);
}

/**
 * Calibrates the forecast of `horizon` steps in the mean and sigma buffers.
 *
 * @param n steps of history up to the cutoff, NaN = missing, of which the record is
 * @param step seconds, a whole number ≥ 1
 * @param cutoff epoch seconds of the end of the last step
 * @param horizon steps, 1..HORIZON_CAPACITY
 */
export function calibrate(n: i32, step: f64, cutoff: f64, horizon: i32): i32 {
  horizonSteps = 0;
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (!(step >= 1)) return ERR_OPTION;
  if (bands == 0) return ERR_STATE;
  scale = largestOf(n);
  findUnit(n, scale);
  readSigns(n, step, cutoff, horizon, scale);
  gather(scale);
  resetSpread();
  weighByAge(true);
  fitSpread(OLDER_PASSES);
  const isDrifting = watchDrift();
  weighByAge(false);
  if (isDrifting) forgetBefore();
  fitSpread(PASSES);
  lookAhead(n, horizon);
  horizonSteps = horizon;
  describe(n, isDrifting);
  return OK;
}

/**
 * One level of the calibrated forecast into the quantile buffer; into params the quantile of the
 * maximum over the peak's window, NaN without one.
 *
 * @param level in (0, 1)
 */
export function calibratedQuantile(level: f64): i32 {
  if (!(level > 0) || !(level < 1)) return ERR_OPTION;
  if (horizonSteps == 0) return ERR_STATE;
  readLevel(level);
  for (let h = 1; h <= horizonSteps; h++) {
    const spread = load<f64>(spreadPtr(h));
    const median = load<f64>(medianPtr(h));
    const exact = pointOf(h) + spread * scaledQuantile(h);
    const counted = max(roundToUnit(exact * scale, spread * scale), median * scale);
    const value = floored(level > 0.5 ? counted : exact * scale);
    if (!(abs(value) < Infinity)) return ERR_NOT_FINITE;
    store<f64>(quantilePtr + (<usize>(h - 1) << 3), value);
  }
  let peak = NaN;
  if (peakSteps > 0) {
    const exact = peakPoint / scale + peakSpread * peakScaledQuantile(level);
    peak = floored(roundToUnit(exact * scale, peakSpread * scale));
  }
  store<f64>(paramsPtr, peak);
  return OK;
}
