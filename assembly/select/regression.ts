// Regressions on the members: at every step of the horizon the logarithm of what came is regressed
// on the logarithms of what the members and the last values said, all less the local level, by
// ridge regression (Breiman 1996, "Stacked regressions", with signs free and the penalty of ridge
// instead). One regression serves a block of the horizon and learns from a few steps of it.
//
// Rows are learnt from in the order in which their targets become known. At eighths of the window
// the coefficients are solved for and the sums fade; two regressions that fade at different speeds
// share the rows. A row counts less the more it is missed by the coefficients that have not learnt
// from it yet (Huber 1964; Schlossmacher 1973).

import { work } from "../abi";
import { ROW_BYTES, SUMS_BYTES, addRow, dotRow, fade, solve } from "../direct/normal";
import { membersPtr } from "../smoothing/members";

export const REGRESSIONS: i32 = 2;
const BLOCKS_CAPACITY: i32 = 6;
const ROWS_PER_BLOCK: i32 = 3;
const LAGS: i32 = 6;
const LEVEL_STEPS: i32 = 24;
const MEAN_STEPS: i32 = 60;
/** What is left of the sums of each after an eighth of the window. */
const FAST_KEEP: f64 = 0.5;
const SLOW_KEEP: f64 = 0.8;
/** Part of the mean value added before the logarithm is taken. */
const OFFSET: f64 = 0.1;
const LOGARITHM_MAX: f64 = 30;
/** Share of a new error in the running mean of a block, and the most of the mean it counts for. */
const ERROR_SHARE: f64 = 0.02;
const ERROR_MOST: f64 = 5;
/** Errors above this many mean ones count less. */
const LARGE_ERROR: f64 = 1.25;
/** Weight of rows below which no coefficients are solved for. */
const ROWS_MIN: f64 = 40;
/** Values kept for lags and means, a power of two. */
const RECENT: i32 = 64;
/** Origins whose rows wait for their targets, a power of two; they span two work buffers. */
const WAITING: i32 = 128;
const WAITING_BYTES: usize = BLOCKS_CAPACITY * ROWS_PER_BLOCK * ROW_BYTES;

const sumsPtr: usize = memory.data(<i32>(REGRESSIONS * BLOCKS_CAPACITY * SUMS_BYTES), 16);
const coefficientsPtr: usize = memory.data(<i32>(REGRESSIONS * BLOCKS_CAPACITY * ROW_BYTES), 16);
/** Whether there are coefficients, and the mean |error|, of each regression and block. */
const solvedPtr: usize = memory.data(REGRESSIONS * BLOCKS_CAPACITY * 4, 16);
const errorsPtr: usize = memory.data(REGRESSIONS * BLOCKS_CAPACITY * 8, 16);
/** First step of each block, and one behind the horizon. */
const startsPtr: usize = memory.data((BLOCKS_CAPACITY + 1) * 4, 16);
const recentPtr: usize = memory.data(RECENT * 8, 16);
/** Origins of the waiting rows. */
const waitingPtr: usize = memory.data(WAITING * 4, 16);
const rowPtr: usize = memory.data(<i32>ROW_BYTES, 16);
const plainPtr: usize = memory.data(<i32>ROW_BYTES, 16);

let blocks: i32 = 0;
let inputs: i32 = 0;
let stride: i32 = 1;
/** Added before the logarithm is taken, 0 for no logarithm. */
let offset: f64 = 0;
let unit: f64 = 1;

// @ts-ignore: decorator
@inline
function blockStart(q: i32): i32 {
  return load<i32>(startsPtr + (<usize>q << 2));
}

// @ts-ignore: decorator
@inline
function slotOf(r: i32, q: i32): i32 {
  return r * BLOCKS_CAPACITY + q;
}

// @ts-ignore: decorator
@inline
function coefficientsOf(r: i32, q: i32): usize {
  return coefficientsPtr + <usize>slotOf(r, q) * ROW_BYTES;
}

/** The k-th step of block q that rows are made of, and how many there are. */
function rowSteps(q: i32, k: i32): i32 {
  const width = blockStart(q + 1) - blockStart(q);
  const rows = min(ROWS_PER_BLOCK, width);
  return rows > 1 ? blockStart(q) + (k * (width - 1)) / (rows - 1) : blockStart(q);
}

// @ts-ignore: decorator
@inline
function rowsOf(q: i32): i32 {
  return min(ROWS_PER_BLOCK, blockStart(q + 1) - blockStart(q));
}

// @ts-ignore: decorator
@inline
function waitingRow(place: i32, q: i32, k: i32): usize {
  return work(0) + <usize>place * WAITING_BYTES + <usize>(q * ROWS_PER_BLOCK + k) * ROW_BYTES;
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
 * Begins with nothing learnt.
 *
 * @param features number of members that are regressed on
 * @param rowStride steps from one origin of rows to the next; at least horizon / 127
 * @param mean of the values where none is negative, else 0: logarithms are then not taken
 * @param scale about the largest absolute value
 */
export function resetRegressions(
  features: i32, horizon: i32, rowStride: i32, mean: f64, scale: f64,
): void {
  chooseBlocks(horizon);
  inputs = LAGS + 1 + features;
  stride = rowStride;
  offset = OFFSET * mean;
  unit = scale;
  const all = REGRESSIONS * BLOCKS_CAPACITY;
  memory.fill(sumsPtr, 0, <usize>all * SUMS_BYTES);
  memory.fill(coefficientsPtr, 0, <usize>all * ROW_BYTES);
  memory.fill(solvedPtr, 0, <usize>all << 2);
  memory.fill(errorsPtr, 0, <usize>all << 3);
  // No index: far below 0.
  memory.fill(waitingPtr, 0x80, WAITING << 2);
  memory.fill(rowPtr, 0, ROW_BYTES);
}

/** Keeps the value of step i, that of the step before where it is missing; from `first` on. */
export function noteRecent(i: i32, value: f64, first: bool): void {
  if (first) {
    for (let k = 0; k < RECENT; k++) store<f64>(recentPtr + (<usize>k << 3), value);
  }
  store<f64>(recentPtr + (<usize>(i & (RECENT - 1)) << 3), value);
}

// @ts-ignore: decorator
@inline
function recentAt(i: i32): f64 {
  return load<f64>(recentPtr + (<usize>(i & (RECENT - 1)) << 3));
}

function meanRecent(i: i32, steps: i32): f64 {
  let sum = 0.0;
  for (let k = 0; k < steps; k++) sum += recentAt(i - k);
  return sum / <f64>steps;
}

/** Level, last values, longer mean and members at step i, as they are, f64[1 + inputs] at `to`. */
function writePlain(i: i32, to: usize): void {
  store<f64>(to, meanRecent(i, LEVEL_STEPS));
  to += 8;
  for (let k = 0; k < LAGS; k++, to += 8) store<f64>(to, recentAt(i - k));
  store<f64>(to, meanRecent(i, MEAN_STEPS));
  memory.copy(to + 8, membersPtr, <usize>(inputs - LAGS - 1) << 3);
}

/** Whether logarithms are taken. */
export function isLogarithmic(): bool {
  return offset > 0;
}

// @ts-ignore: decorator
@inline
function transformed(value: f64): f64 {
  return offset > 0 ? Math.log1p(max(value, 0) / offset) : value / unit;
}

/** The row of regression from plain values: 1, inputs less the level; returns the level. */
function writeRow(plain: usize): f64 {
  const level = transformed(load<f64>(plain));
  store<f64>(rowPtr, 1);
  for (let k: usize = 8, end = <usize>(1 + inputs) << 3; k < end; k += 8) {
    store<f64>(rowPtr + k, transformed(load<f64>(plain + k)) - level);
  }
  return level;
}

/** Whether step i, number `absolute` from the epoch, is an origin of rows. */
// @ts-ignore: decorator
@inline
export function isRowOrigin(absolute: i64): bool {
  return (absolute & <i64>(stride - 1)) == 0;
}

/** Keeps the rows of origin i; `forecast` writes the members that many steps ahead. */
export function noteRows(i: i32, absolute: i64, forecast: (i: i32, steps: i32) => void): void {
  const place = <i32>(absolute / stride) & (WAITING - 1);
  store<i32>(waitingPtr + (<usize>place << 2), i);
  for (let q = 0; q < blocks; q++) {
    for (let k = 0; k < rowsOf(q); k++) {
      forecast(i, rowSteps(q, k));
      writePlain(i, waitingRow(place, q, k));
    }
  }
}

/** Weight of a row that is missed by `error`, which is noted. */
function weigh(slot: i32, error: f64): f64 {
  const at = errorsPtr + (<usize>slot << 3);
  const usual = load<f64>(at);
  const counted = usual > 0 ? min(error, ERROR_MOST * usual) : error;
  const mean = usual > 0 ? usual + ERROR_SHARE * (counted - usual) : counted;
  store<f64>(at, mean);
  const limit = LARGE_ERROR * mean;
  return error > limit ? limit / error : 1.0;
}

/** Learns from the observed value of step i, number `absolute` from the epoch. */
export function learn(i: i32, absolute: i64, value: f64): void {
  const target = transformed(value);
  for (let q = 0; q < blocks; q++) {
    for (let k = 0; k < rowsOf(q); k++) {
      const steps = rowSteps(q, k);
      if (!isRowOrigin(absolute - steps)) continue;
      const place = <i32>((absolute - steps) / stride) & (WAITING - 1);
      if (load<i32>(waitingPtr + (<usize>place << 2)) != i - steps) continue;
      const change = target - writeRow(waitingRow(place, q, k));
      store<f64>(rowPtr + (<usize>(1 + inputs) << 3), change);
      for (let r = 0; r < REGRESSIONS; r++) {
        const slot = slotOf(r, q);
        let weight = 1.0;
        if (load<i32>(solvedPtr + (<usize>slot << 2)) != 0) {
          weight = weigh(slot, abs(change - dotRow(coefficientsOf(r, q), rowPtr, inputs + 2)));
        }
        addRow(sumsPtr + <usize>slot * SUMS_BYTES, rowPtr, inputs + 2, weight);
      }
    }
  }
}

/** Solves for all coefficients; then the sums fade. */
export function settle(): void {
  for (let r = 0; r < REGRESSIONS; r++) {
    for (let q = 0; q < blocks; q++) {
      const slot = slotOf(r, q);
      const sums = sumsPtr + <usize>slot * SUMS_BYTES;
      if (load<f64>(sums) >= ROWS_MIN) {
        solve(sums, inputs + 2, coefficientsOf(r, q));
        store<i32>(solvedPtr + (<usize>slot << 2), 1);
      }
      fade(sums, inputs + 2, r == 0 ? FAST_KEEP : SLOW_KEEP);
    }
  }
}

/** The regressions' forecasts `steps` after step i, whose members are written; f64[REGRESSIONS]. */
export function forecastRegressions(i: i32, steps: i32, to: usize): void {
  let q = 0;
  while (q < blocks - 1 && blockStart(q + 1) <= steps) q++;
  writePlain(i, plainPtr);
  const level = writeRow(plainPtr);
  for (let r = 0; r < REGRESSIONS; r++) {
    const value = level + dotRow(coefficientsOf(r, q), rowPtr, inputs + 2);
    const back = offset > 0 ? offset * Math.expm1(min(value, LOGARITHM_MAX)) : value * unit;
    store<f64>(to + (<usize>r << 3), back);
  }
}
