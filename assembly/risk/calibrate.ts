// Calibrated quantiles of a forecast, from the walk-forward record of the model that made it.
//
// `calibrateBegin` and `calibrateAdvance` read the history buffer, the record (record.ts) and the
// forecast in the mean and sigma buffers; then `calibratedQuantile` reads off one level after the
// other, any number of them. All belong to the task that fitted: they use its work buffers, up to
// work(6). A quantile is the point + expected size of the error × quantile of the errors over their
// expected sizes, so scaling or shifting history and forecast does the same to it, and a higher
// level is never lower. The median takes the errors as they are; the levels above count them for
// what they are evidence of, which the point forecast does not depend on.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, HORIZON_CAPACITY } from "../abi";
import { MORE, OK, fits, historyPtr, meanPtr, paramsPtr, work } from "../abi";
import { NODES_CAPACITY, addNode, addPeak } from "./conformal";
import { leastEffective, nodeStep, peakScaledQuantile, tailFrom } from "./conformal";
import { readLevel, scaledQuantile, sortErrors } from "./conformal";
import { ALARM, TESTS, excess, forgetBefore, since, watchDrift } from "./drift";
import { findUnit, roundToUnit } from "./lattice";
import { MEDIAN_PRIOR } from "./prior";
import { bands, peakPoint, peakSteps } from "./record";
import { lowest, readSigns } from "./signs";
import { fitSpread, gather, items, logRatioOf, resetSpread, sizeAt, sizeOf } from "./spread";
import { weighByAge, widenSpread } from "./spread";

/** f64[HORIZON_CAPACITY]: the quantile read off last. */
export const quantilePtr: usize = memory.data(HORIZON_CAPACITY * 8, 16);

const MEDIAN: f64 = 0.5;
/** Steps of Newton's method: to see drift by, and from there to the expected sizes. */
const OLDER_PASSES: i32 = 2;
const PASSES: i32 = 3;

// Stages.
const FIT_OLDER: i32 = 0;
const FIT: i32 = 1;
const NOTE_MEDIANS: i32 = 2;
const NOTE_RISK: i32 = 3;
const DONE: i32 = 4;
const IDLE: i32 = 5;

let stage: i32 = IDLE;
let last: i32 = 0;
let horizon: i32 = 0;
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
function lookAhead(isOfRisk: bool): void {
  for (let h = 1; h <= horizon; h++) {
    store<f64>(spreadPtr(h), sizeAt(<f64>h) * Math.exp(logRatioOf(last, h, pointOf(h))));
  }
  sortErrors(isOfRisk ? 1 : MEDIAN_PRIOR);
  let taken = 0;
  for (let k = 0; k < NODES_CAPACITY; k++) {
    const step = nodeStep(k, horizon);
    if (step == taken) continue;
    addNode(step, logRatioOf(last, step, pointOf(step)));
    taken = step;
  }
}

function noteMedians(): void {
  lookAhead(false);
  readLevel(MEDIAN);
  for (let h = 1; h <= horizon; h++) {
    store<f64>(medianPtr(h), pointOf(h) + load<f64>(spreadPtr(h)) * scaledQuantile(h));
  }
}

/** What the quantiles beside the median are read off. */
function noteRisk(): void {
  weighByAge(false, true);
  forgetBefore(TESTS);
  widenSpread();
  lookAhead(true);
  if (peakSteps == 0) return;
  const ratio = logRatioOf(last, peakSteps, peakPoint / scale);
  peakSpread = sizeOf(bands) * Math.exp(ratio);
  addPeak(ratio);
}

/** What is said of the calibration, into params: errors, effective errors, level from which the
 *  tail is parametric, drift statistic, its limit, steps since the drift began (0 = none). */
function describe(): void {
  store<f64>(paramsPtr, <f64>items);
  const effective = leastEffective();
  store<f64>(paramsPtr, effective, 8);
  store<f64>(paramsPtr, tailFrom(effective), 16);
  store<f64>(paramsPtr, excess, 24);
  store<f64>(paramsPtr, ALARM, 32);
  store<f64>(paramsPtr, excess > ALARM ? <f64>(last - since) : 0.0, 40);
}

/**
 * Begins to calibrate the forecast in the mean and sigma buffers.
 *
 * @param n steps of history up to the cutoff, NaN = missing, of which the record is
 * @param step seconds, a whole number ≥ 1
 * @param cutoff epoch seconds of the end of the last step
 * @param steps of the forecast, 1..HORIZON_CAPACITY
 */
export function calibrateBegin(n: i32, step: f64, cutoff: f64, steps: i32): i32 {
  stage = IDLE;
  if (!fits(n, steps)) return ERR_CAPACITY;
  if (!(step >= 1)) return ERR_OPTION;
  if (bands == 0) return ERR_STATE;
  last = n - 1;
  horizon = steps;
  scale = largestOf(n);
  findUnit(n, scale);
  readSigns(n, step, cutoff, horizon, scale);
  stage = FIT_OLDER;
  return OK;
}

/**
 * Goes on with the calibration by one stage.
 *
 * @returns MORE, OK with what is said of it in params, or a refusal
 */
export function calibrateAdvance(): i32 {
  if (stage > NOTE_RISK) return ERR_STATE;
  if (stage == FIT_OLDER) {
    gather(scale);
    resetSpread();
    weighByAge(true, false);
    fitSpread(OLDER_PASSES);
  } else if (stage == FIT) {
    watchDrift(last);
    weighByAge(false, false);
    forgetBefore(1);
    fitSpread(PASSES);
  } else if (stage == NOTE_MEDIANS) {
    noteMedians();
  } else {
    noteRisk();
    describe();
  }
  return ++stage == DONE ? OK : MORE;
}

/**
 * One level of the calibrated forecast into the quantile buffer; into params the quantile of the
 * maximum over the peak's window, NaN without one.
 *
 * @param level in [0.5, 1)
 */
export function calibratedQuantile(level: f64): i32 {
  if (!(level >= MEDIAN) || !(level < 1)) return ERR_OPTION;
  if (stage != DONE) return ERR_STATE;
  readLevel(level);
  for (let h = 1; h <= horizon; h++) {
    const spread = load<f64>(spreadPtr(h));
    const median = load<f64>(medianPtr(h));
    const exact = pointOf(h) + spread * scaledQuantile(h);
    const counted = roundToUnit(exact * scale, spread * scale);
    const value = floored(level > MEDIAN ? max(counted, median * scale) : median * scale);
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
