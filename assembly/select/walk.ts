// Walk-forward errors of the members: the horizon is cut into bands, and at origins on absolute
// multiples of a stride the error of each member is noted at one step of each band, another one
// each time, as in smoothing/baseline.ts.

import { historyPtr } from "../abi";
import { ERRORS_CAPACITY, MEMBERS_CAPACITY, errorRow } from "../smoothing/blend";
import { membersPtr } from "../smoothing/members";
import { addRegressions, features, forecastFeatures, members } from "./members";
import { findPast, keepPast } from "./past";
import { REGRESSIONS } from "./regression";

export const BANDS_CAPACITY: i32 = 6;
/** Turns in which the origins go once through a band, each the golden section after the other. */
const TURNS: i32 = 64;
const SECTION: i32 = 39;
/** Rows of a band: the members' errors, then the origins and the actual values. */
const ROWS: i32 = MEMBERS_CAPACITY + 2;

const errorsPtr: usize = memory.data(BANDS_CAPACITY * ROWS * (ERRORS_CAPACITY + 8) * 8, 16);
const countsPtr: usize = memory.data(BANDS_CAPACITY * 4, 16);
/** First step of each band, and one behind the horizon. */
const startsPtr: usize = memory.data((BANDS_CAPACITY + 1) * 4, 16);

export let bands: i32 = 0;
/** Steps from one origin to the next, a power of two. */
export let stride: i64 = 1;

/** Errors of band q: f64[MEMBERS_CAPACITY][ERRORS_CAPACITY] in rows of blend.ts. */
// @ts-ignore: decorator
@inline
export function bandErrors(q: i32): usize {
  return errorRow(errorsPtr, q * ROWS);
}

/** Origins of the errors of band q, as steps from the epoch. */
// @ts-ignore: decorator
@inline
export function bandOrigins(q: i32): usize {
  return errorRow(bandErrors(q), MEMBERS_CAPACITY);
}

/** What came, in the metric's unit. */
// @ts-ignore: decorator
@inline
export function bandActuals(q: i32): usize {
  return errorRow(bandErrors(q), MEMBERS_CAPACITY + 1);
}

// @ts-ignore: decorator
@inline
export function bandCount(q: i32): i32 {
  return load<i32>(countsPtr + (<usize>q << 2));
}

// @ts-ignore: decorator
@inline
function setCount(q: i32, count: i32): void {
  store<i32>(countsPtr + (<usize>q << 2), count);
}

// @ts-ignore: decorator
@inline
function bandStart(q: i32): i32 {
  return load<i32>(startsPtr + (<usize>q << 2));
}

export function bandMiddle(q: i32): f64 {
  return 0.5 * <f64>(bandStart(q) + bandStart(q + 1) - 1);
}

/** Cuts the horizon into bands; `steps` = those in which origins will be taken, at most. */
export function chooseBands(horizon: i32, steps: i32): void {
  bands = 0;
  store<i32>(startsPtr, 1);
  for (let k = 0; k < BANDS_CAPACITY; k++) {
    const share = <f64>k / <f64>(BANDS_CAPACITY - 1);
    const end = <i32>nearest(Math.exp(share * Math.log(<f64>horizon)));
    if (end < bandStart(bands)) continue;
    bands++;
    store<i32>(startsPtr + (<usize>bands << 2), end + 1);
  }
  stride = 1;
  while (<i64>steps >= stride * ERRORS_CAPACITY) stride <<= 1;
}

export function forgetErrors(): void {
  memory.fill(countsPtr, 0, BANDS_CAPACITY * 4);
}

// @ts-ignore: decorator
@inline
function isOrigin(absolute: i64): bool {
  return (absolute & (stride - 1)) == 0;
}

/** How far ahead of an origin the error of band q is taken. */
function stepsOf(q: i32, turn: i64): i32 {
  const place = (<i32>turn * SECTION) & (TURNS - 1);
  const start = bandStart(q);
  return start + (place * (bandStart(q + 1) - start)) / TURNS;
}

/** Keeps what the regressions say at step i, number `absolute` from the epoch, if an origin. */
export function rememberOrigin(i: i32, absolute: i64): void {
  if (!isOrigin(absolute)) return;
  const turn = absolute / stride;
  for (let q = 0; q < bands; q++) {
    const steps = stepsOf(q, turn);
    forecastFeatures(i, steps);
    addRegressions(i, steps);
    keepPast(q, turn, membersPtr + (<usize>features << 3));
  }
}

/** Notes the errors from step i if it is an origin, where the target lies before step `end`; in
 *  units of `scale`. */
export function check(i: i32, absolute: i64, end: i32, scale: f64): void {
  if (!isOrigin(absolute)) return;
  const turn = absolute / stride;
  for (let q = 0; q < bands; q++) {
    const steps = stepsOf(q, turn);
    const target = i + steps;
    if (target >= end) return;
    const actual = load<f64>(historyPtr + (<usize>target << 3));
    const count = bandCount(q);
    if (actual != actual || count == ERRORS_CAPACITY) continue;
    forecastFeatures(i, steps);
    const past = findPast(q, turn);
    const regressions = membersPtr + (<usize>features << 3);
    if (past != 0) memory.copy(regressions, past, REGRESSIONS << 3);
    else addRegressions(i, steps);
    let at = bandErrors(q) + (<usize>count << 3);
    for (let k = 0; k < members; k++, at = errorRow(at, 1)) {
      store<f64>(at, (load<f64>(membersPtr + (<usize>k << 3)) - actual) / scale);
    }
    const column = <usize>count << 3;
    store<f64>(bandOrigins(q) + column, <f64>absolute);
    store<f64>(bandActuals(q) + column, actual);
    setCount(q, count + 1);
  }
}
