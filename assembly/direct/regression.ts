// Direct multi-step forecasting (Ben Taieb et al. 2012, "A review and comparison of strategies for
// multi-step ahead time series forecasting"): one regression per block of the horizon, its features
// told for the step that is meant, so it serves every step of the block.
//
// Rows are taken in as their targets become known, and the coefficients solved for at absolute
// multiples of a period, so a forecast at any step of the way has used nothing later. Rows are
// weighted against outliers by the error that was made on them before they were learnt from (Huber
// 1964; as Schlossmacher 1973 reweights), and fade within weeks.

import { MORE, OK } from "../abi";
import { FEATURES_CAPACITY, ROW_BYTES, SUMS_BYTES, addRow, dotRow, fade, solve } from "./normal";
import { addStep, firstOrigin, levelAt, observedAt, resetFeatures, width, writeRow } from "./features";

const BLOCKS_CAPACITY: i32 = 6;
/** Steps of a block that rows are made of. */
const ROWS_PER_BLOCK: i32 = 3;
/** Days after which a row has faded to 1 / e. */
const MEMORY_DAYS: f64 = 10;
const REFITS_PER_DAY: i32 = 12;
const REFIT_STEPS: i32 = 64;
/** Errors below this part of the mean one count alike. */
const SMALL_ERROR: f64 = 1;
/** Share of a new error in the running mean, and the most of the mean it counts for. */
const ERROR_SHARE: f64 = 0.02;
const ERROR_MOST: f64 = 3;
/** Rows are weighed anew when the history has grown by this factor. */
const GROWTH: f64 = 1.5;

const sumsPtr: usize = memory.data(BLOCKS_CAPACITY * (FEATURES_CAPACITY + 2) * (FEATURES_CAPACITY + 2) * 8, 16);
const coefficientsPtr: usize = memory.data(BLOCKS_CAPACITY * (FEATURES_CAPACITY + 2) * 8, 16);
const rowPtr: usize = memory.data((FEATURES_CAPACITY + 2) * 8, 16);
/** First step of each block, and one behind the horizon. */
const startsPtr: usize = memory.data((BLOCKS_CAPACITY + 1) * 4, 16);
/** Mean |error| and mean squared error of each block. */
const errorsPtr: usize = memory.data(BLOCKS_CAPACITY * 8, 16);
const squaresPtr: usize = memory.data(BLOCKS_CAPACITY * 8, 16);

let blocks: i32 = 0;
let count: i32 = 0;
let origin: i64 = 0;
let period: i32 = 0;
let share: f64 = 0;
let scale: f64 = 1;
let robust: bool = false;
/** Steps at which rows are next weighed anew. */
let due: i32 = 0;
/** Passes over all rows still to be made, and where the present one stands; 0 = at its start. */
let passes: i32 = 0;
let cursor: i32 = 0;

// @ts-ignore: decorator
@inline
function blockStart(q: i32): i32 {
  return load<i32>(startsPtr + (<usize>q << 2));
}

/** Cuts 1 to `horizon` into blocks, the first of one step, evenly on a logarithmic scale. */
function chooseBlocks(horizon: i32): void {
  blocks = 0;
  store<i32>(startsPtr, 1);
  for (let k = 0; k < BLOCKS_CAPACITY; k++) {
    const part = <f64>k / <f64>(BLOCKS_CAPACITY - 1);
    const end = <i32>nearest(Math.exp(part * Math.log(<f64>horizon)));
    if (end < blockStart(blocks)) continue;
    blocks++;
    store<i32>(startsPtr + (<usize>blocks << 2), end + 1);
  }
}

/**
 * Begins before the first value.
 *
 * @param buffer f64[steps][5] for all values that will be observed
 * @param start absolute number of the first step, from the epoch
 * @param day steps of a day, or 0 for none
 * @param days daily lags, 0..3
 * @param week steps of a week, or 0
 * @param horizon steps, the most that directForecast will be asked for
 * @param unit about the size of the values, a power of two
 */
export function directBegin(
  buffer: usize, start: i64, day: i32, days: i32, week: i32, horizon: i32, unit: f64,
): void {
  resetFeatures(buffer, day, days, week);
  chooseBlocks(horizon);
  origin = start;
  scale = unit;
  count = 0;
  robust = false;
  passes = 0;
  cursor = 0;
  due = <i32>(GROWTH * <f64>firstOrigin);
  period = day > 0 ? max(1, day / REFITS_PER_DAY) : REFIT_STEPS;
  share = day > 0 ? Math.exp(-<f64>period / (MEMORY_DAYS * <f64>day)) : 1.0;
  memory.fill(sumsPtr, 0, SUMS_BYTES * BLOCKS_CAPACITY);
  memory.fill(coefficientsPtr, 0, ROW_BYTES * BLOCKS_CAPACITY);
  memory.fill(rowPtr, 0, ROW_BYTES);
  memory.fill(errorsPtr, 0, BLOCKS_CAPACITY * 8);
  memory.fill(squaresPtr, 0, BLOCKS_CAPACITY * 8);
}

/** Weight of a row whose target the coefficients miss by `error`. */
function weightOf(error: f64, usual: f64): f64 {
  const limit = SMALL_ERROR * usual;
  return error > limit && usual > 0 ? limit / error : 1.0;
}

/** The row of origin t and the present value, h steps later; returns by how much it is missed. */
function takeRow(q: i32, t: i32, h: i32, value: f64): f64 {
  writeRow(t, h, rowPtr);
  const target = value - levelAt(t);
  store<f64>(rowPtr + (<usize>(width - 1) << 3), target);
  store<f64>(rowPtr + (<usize>width << 3), 0);
  return abs(target - dotRow(coefficientsPtr + <usize>q * ROW_BYTES, rowPtr, width));
}

function noteError(q: i32, error: f64): void {
  const at = errorsPtr + (<usize>q << 3);
  const usual = load<f64>(at);
  const counted = usual > 0 ? min(error, ERROR_MOST * usual) : error;
  store<f64>(at, usual > 0 ? usual + ERROR_SHARE * (counted - usual) : counted);
  const square = squaresPtr + (<usize>q << 3);
  store<f64>(square, load<f64>(square) + ERROR_SHARE * (error * error - load<f64>(square)));
}

/** Learns from what came at step i; `first` time, not again with new weights. */
function learn(i: i32, first: bool): void {
  const value = observedAt(i);
  if (value != value) return;
  for (let q = 0; q < blocks; q++) {
    const start = blockStart(q);
    const steps = blockStart(q + 1) - start;
    const rows = min(ROWS_PER_BLOCK, steps);
    const usual = load<f64>(errorsPtr + (<usize>q << 3));
    for (let k = 0; k < rows; k++) {
      const h = rows > 1 ? start + (k * (steps - 1)) / (rows - 1) : start;
      if (i - h < firstOrigin) continue;
      const error = takeRow(q, i - h, h, value);
      addRow(sumsPtr + <usize>q * SUMS_BYTES, rowPtr, width, robust ? weightOf(error, usual) : 1.0);
      if (first) noteError(q, error);
    }
  }
}

function fadeAll(): void {
  for (let q = 0; q < blocks; q++) fade(sumsPtr + <usize>q * SUMS_BYTES, width, share);
}

function solveAll(): void {
  for (let q = 0; q < blocks; q++) {
    solve(sumsPtr + <usize>q * SUMS_BYTES, width, coefficientsPtr + <usize>q * ROW_BYTES);
  }
}

/** Takes in the next value, NaN = missing; then directSettle is to be called until it is done. */
export function directObserve(raw: f64): void {
  const i = count++;
  addStep(i, raw / scale);
  learn(i, true);
  if ((origin + i) % period != 0) return;
  solveAll();
  if (share < 1) fadeAll();
  if (count < due) return;
  due = <i32>(GROWTH * <f64>count);
  directReweigh(1);
}

/** Has all rows weighed anew by the errors of the present coefficients, `times` over. */
export function directReweigh(times: i32): void {
  passes += times;
}

/**
 * Weighs rows anew where that is due.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE or OK; the result does not depend on how many units are given at a time
 */
export function directSettle(units: i32): i32 {
  for (; passes > 0; passes--) {
    if (cursor == 0) {
      robust = true;
      cursor = firstOrigin + 1;
      memory.fill(sumsPtr, 0, SUMS_BYTES * BLOCKS_CAPACITY);
    }
    for (; cursor < count; cursor++) {
      if (units <= 0) return MORE;
      units -= (blocks * ROWS_PER_BLOCK * width * width) / 4;
      learn(cursor, false);
      if ((origin + cursor) % period == 0 && share < 1) fadeAll();
    }
    solveAll();
    cursor = 0;
  }
  return OK;
}

function blockOf(h: i32): i32 {
  let q = 0;
  while (q < blocks - 1 && blockStart(q + 1) <= h) q++;
  return q;
}

/** The forecast h ≥ 1 steps after the present value, at least one observed. */
export function directForecast(h: i32): f64 {
  const t = count - 1;
  writeRow(t, h, rowPtr);
  const change = dotRow(coefficientsPtr + <usize>blockOf(h) * ROW_BYTES, rowPtr, width);
  return (levelAt(t) + change) * scale;
}

/** Its standard error: the root mean square of the recent ones that were made. */
export function directSigma(h: i32): f64 {
  return sqrt(load<f64>(squaresPtr + (<usize>blockOf(h) << 3))) * scale;
}
