// The walk-forward record: what a model forecast at past origins, and what came.
//
// A model that is to be calibrated opens a row for each band of its horizon, the first to the last,
// and one for the peak if it has it, and notes its errors in the order of time. A row without
// errors is a row still: it is calibrated by the model's own standard errors.

import { ERR_CAPACITY, OK } from "../abi";

/** Bands and the peak. */
export const ROWS_CAPACITY: i32 = 9;
/** Most errors that a row takes; further ones are passed over. */
export const ROW_CAPACITY: i32 = 512;

/** One walk-forward error; the record lies in memory of this file. */
@unmanaged
export class Noted {
  /** Index in the history of the last value that was known, and how far ahead it was forecast. */
  origin: i32;
  steps: i32;
  actual: f64;
  /** What was forecast of it. */
  point: f64;
}

const NOTED_BYTES: i32 = <i32>offsetof<Noted>();
const notedPtr: usize = memory.data(ROWS_CAPACITY * ROW_CAPACITY * 24, 16);
const countsPtr: usize = memory.data(ROWS_CAPACITY * 4, 16);
const middlesPtr: usize = memory.data(ROWS_CAPACITY * 8, 16);

/** Rows of bands, from the first step to the horizon. */
export let bands: i32 = 0;
/** Steps of the window whose maximum the row after the bands is of; 0 = there is none. */
export let peakSteps: i32 = 0;
/** What is forecast of that maximum. */
export let peakPoint: f64 = 0;

/** Bands and peak. */
// @ts-ignore: decorator
@inline
export function rows(): i32 {
  return bands + <i32>(peakSteps > 0);
}

// @ts-ignore: decorator
@inline
export function noted(row: i32, k: i32): Noted {
  return changetype<Noted>(notedPtr + <usize>(row * ROW_CAPACITY + k) * NOTED_BYTES);
}

// @ts-ignore: decorator
@inline
export function countOf(row: i32): i32 {
  return load<i32>(countsPtr + (<usize>row << 2));
}

/** Middle step of a band. */
// @ts-ignore: decorator
@inline
export function middleOf(row: i32): f64 {
  return load<f64>(middlesPtr + (<usize>row << 3));
}

/** Empties the record and closes its rows. */
export function clearRecord(): i32 {
  bands = 0;
  peakSteps = 0;
  memory.fill(countsPtr, 0, ROWS_CAPACITY << 2);
  return OK;
}

/** Opens the row of the next band, first to last step; returns its number, at most 7. */
export function openBand(first: i32, last: i32): i32 {
  if (bands == ROWS_CAPACITY - 1) return ERR_CAPACITY;
  store<f64>(middlesPtr + (<usize>bands << 3), 0.5 * <f64>(first + last));
  return bands++;
}

/** Opens the row of the maximum over steps 1 to `steps`, after those of the bands. */
export function openPeak(steps: i32): i32 {
  peakSteps = steps;
  return bands;
}

/** Tells what is forecast now of that maximum. */
export function forecastPeak(point: f64): i32 {
  peakPoint = point;
  return OK;
}

/**
 * Notes what came of a forecast; `point` may be set later, before the calibration. A full row takes
 * no more: who notes spreads its origins so that the last ones find room.
 *
 * @param origin index in the history of the last value that was known
 * @param steps how far ahead the forecast was, within the row's band; the window's length of a peak
 * @param actual what came at that step, or the window's maximum; finite
 */
export function note(row: i32, origin: i32, steps: i32, actual: f64, point: f64): i32 {
  const k = countOf(row);
  if (k == ROW_CAPACITY) return ERR_CAPACITY;
  const entry = noted(row, k);
  entry.origin = origin;
  entry.steps = steps;
  entry.actual = actual;
  entry.point = point;
  store<i32>(countsPtr + (<usize>row << 2), k + 1);
  return OK;
}

/** Where a step lies among marks: index of the one before, and the share of the one after, on a
 *  logarithmic scale. */
export let markBefore: i32 = 0;
export let shareAfter: f64 = 0;

/** Finds them among `count` steps at `marks`, f64[count], in ascending order. */
export function findBetween(marks: usize, count: i32, step: f64): void {
  markBefore = 0;
  while (markBefore < count - 2 && load<f64>(marks + (<usize>markBefore << 3), 8) < step) {
    markBefore++;
  }
  shareAfter = 0;
  if (count < 2) return;
  const before = marks + (<usize>markBefore << 3);
  const low = Math.log(load<f64>(before));
  const high = Math.log(load<f64>(before, 8));
  shareAfter = min(max((Math.log(step) - low) / (high - low), 0), 1);
}

/** Finds the middles of the bands around a step. */
export function findBands(step: f64): void {
  findBetween(middlesPtr, bands, step);
}
