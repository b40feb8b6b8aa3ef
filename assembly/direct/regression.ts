// Direct multi-step forecasting (Ben Taieb et al. 2012, "A review and comparison of strategies for
// multi-step ahead time series forecasting"): one regression per block of the horizon, its features
// told for the step that is meant, so it serves every step of the block.
//
// Rows are taken in as their targets become known, and the coefficients solved for at absolute
// multiples of a period: a forecast at any step of the way has used nothing later. Rows fade within
// weeks and are weighed against outliers by the errors made on them (iteratively reweighted least
// squares with Huber's weights, Huber & Ronchetti 2009, "Robust statistics", §7.8): by the errors
// before they were learnt from, and anew by those of later coefficients each time that the history
// has grown by half. Before the first of these all weigh alike: what early coefficients miss is
// not odd, but not yet learnt.
//
// To use it as one of several: directBegin, then directObserve and directSettle for each value;
// after any of them directForecast and directSigma for any step ahead.

import { MORE, OK } from "../abi";
import { addStep, firstOrigin, levelAt, observedAt, resetFeatures, width } from "./features";
import { writeRow } from "./features";
import { ROW_BYTES, SUMS_BYTES, addRow, dotRow, fade, solve } from "./normal";

const BLOCKS_CAPACITY: i32 = 5;
/** Steps of a block that rows are made of. */
const ROWS_PER_BLOCK: i32 = 3;
/** Days after which a row has faded to 1 / e. */
const MEMORY_DAYS: f64 = 10;
const REFITS_PER_DAY: i32 = 12;
/** Steps from one solution to the next where there is no day. */
const REFIT_STEPS: i32 = 64;
/** Share of a new error in the running means, and how many times the mean it counts for at most. */
const ERROR_SHARE: f64 = 0.02;
const ERROR_MOST: f64 = 3;
/** Rows are weighed anew when the history has grown by this factor. */
const GROWTH: f64 = 1.5;

const sumsPtr: usize = memory.data(BLOCKS_CAPACITY * SUMS_BYTES, 16);
const coefficientsPtr: usize = memory.data(BLOCKS_CAPACITY * ROW_BYTES, 16);
const rowPtr: usize = memory.data(ROW_BYTES, 16);
/** First step of each block, and one behind the horizon. */
const startsPtr: usize = memory.data((BLOCKS_CAPACITY + 1) * 4, 16);
/** Mean absolute and mean squared error of each block, made before the row was learnt from. */
const errorsPtr: usize = memory.data(BLOCKS_CAPACITY * 8, 16);
const squaresPtr: usize = memory.data(BLOCKS_CAPACITY * 8, 16);

let blocks: i32 = 0;
let count: i32 = 0;
/** Absolute number of the first step. */
let start: i64 = 0;
let period: i32 = 0;
/** What is left of the sums after a period. */
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

// @ts-ignore: decorator
@inline
function sumsOf(q: i32): usize {
  return sumsPtr + <usize>q * SUMS_BYTES;
}

// @ts-ignore: decorator
@inline
function coefficientsOf(q: i32): usize {
  return coefficientsPtr + <usize>q * ROW_BYTES;
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
 * @param first absolute number of the first step, from the epoch
 * @param day length in steps, ≥ 2, or 0 for no seasons
 * @param days daily lags, 0..3
 * @param week length in steps, or 0
 * @param horizon steps, the most that directForecast will be asked for
 * @param unit > 0, about the size of the values, so that their squares neither overflow nor vanish
 */
export function directBegin(
  buffer: usize, first: i64, day: i32, days: i32, week: i32, horizon: i32, unit: f64,
): void {
  resetFeatures(buffer, day, days, week);
  chooseBlocks(horizon);
  start = first;
  scale = unit;
  count = passes = cursor = 0;
  robust = false;
  due = <i32>(GROWTH * <f64>firstOrigin);
  period = day > 0 ? max(1, day / REFITS_PER_DAY) : REFIT_STEPS;
  share = day > 0 ? Math.exp(-<f64>period / (MEMORY_DAYS * <f64>day)) : 1.0;
  memory.fill(sumsPtr, 0, BLOCKS_CAPACITY * SUMS_BYTES);
  memory.fill(coefficientsPtr, 0, BLOCKS_CAPACITY * ROW_BYTES);
  memory.fill(rowPtr, 0, ROW_BYTES);
  memory.fill(errorsPtr, 0, BLOCKS_CAPACITY * 8);
  memory.fill(squaresPtr, 0, BLOCKS_CAPACITY * 8);
}

function noteError(q: i32, error: f64): void {
  const at = errorsPtr + (<usize>q << 3);
  const usual = load<f64>(at);
  const counted = usual > 0 ? min(error, ERROR_MOST * usual) : error;
  store<f64>(at, usual > 0 ? usual + ERROR_SHARE * (counted - usual) : counted);
  const square = squaresPtr + (<usize>q << 3);
  store<f64>(square, load<f64>(square) + ERROR_SHARE * (error * error - load<f64>(square)));
}

/** Learns `value` as what came h steps after origin t; `fresh`: for the first time. */
function learnRow(q: i32, t: i32, h: i32, value: f64, usual: f64, fresh: bool): void {
  writeRow(t, h, rowPtr);
  const target = value - levelAt(t);
  store<f64>(rowPtr + (<usize>(width - 1) << 3), target);
  const error = abs(target - dotRow(coefficientsOf(q), rowPtr, width));
  const weight = robust && error > usual && usual > 0 ? usual / error : 1.0;
  addRow(sumsOf(q), rowPtr, width, weight);
  if (fresh) noteError(q, error);
}

/** Learns from what came at step i. */
function learn(i: i32, fresh: bool): void {
  const value = observedAt(i);
  if (value != value) return;
  for (let q = 0; q < blocks; q++) {
    const first = blockStart(q);
    const steps = blockStart(q + 1) - first;
    const rows = min(ROWS_PER_BLOCK, steps);
    const usual = load<f64>(errorsPtr + (<usize>q << 3));
    for (let k = 0; k < rows; k++) {
      const h = rows > 1 ? first + (k * (steps - 1)) / (rows - 1) : first;
      if (i - h >= firstOrigin) learnRow(q, i - h, h, value, usual, fresh);
    }
  }
}

// @ts-ignore: decorator
@inline
function isMultiple(i: i32): bool {
  return (start + i) % period == 0;
}

function fadeAll(): void {
  for (let q = 0; q < blocks && share < 1; q++) fade(sumsOf(q), width, share);
}

function solveAll(): void {
  for (let q = 0; q < blocks; q++) solve(sumsOf(q), width, coefficientsOf(q));
}

/** Takes in the next value, NaN = missing; then directSettle is to be called until it is done. */
export function directObserve(value: f64): void {
  const i = count++;
  addStep(i, value / scale);
  learn(i, true);
  if (!isMultiple(i)) return;
  solveAll();
  fadeAll();
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
      memory.fill(sumsPtr, 0, BLOCKS_CAPACITY * SUMS_BYTES);
    }
    for (; cursor < count; cursor++) {
      if (units <= 0) return MORE;
      units -= (blocks * ROWS_PER_BLOCK * width * width) / 4;
      learn(cursor, false);
      if (isMultiple(cursor)) fadeAll();
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
  return (levelAt(t) + dotRow(coefficientsOf(blockOf(h)), rowPtr, width)) * scale;
}

/** Its standard error: the root mean square of the late errors of the block, weighted to them. */
export function directSigma(h: i32): f64 {
  return sqrt(load<f64>(squaresPtr + (<usize>blockOf(h) << 3))) * scale;
}
