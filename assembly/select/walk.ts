// Walk-forward errors of the members: the horizon is cut into bands, and at origins on absolute
// multiples of a stride the error of each member is noted at one step of each band, another one
// each time, as in smoothing/baseline.ts; there also is what they say of the peak's window.

import { historyPtr, work } from "../abi";
import { clearRecord, countOf, note, openBand, openPeak } from "../risk/record";
import { ERRORS_CAPACITY, MEMBERS_CAPACITY, errorRow } from "../smoothing/blend";
import { membersPtr } from "../smoothing/members";
import {
  LEARNT_CAPACITY, addLearnt, addRegressions, features, forecastFeatures, members, periodic,
} from "./members";
import { end as learntTo } from "./epoch";
import { beginPast, completePast, findPast } from "./past";
import { forecastPeriodic } from "./periodic";

export const BANDS_CAPACITY: i32 = 6;
/** Turns in which the origins go once through a band, each the golden section after the other. */
const TURNS: i32 = 64;
const SECTION: i32 = 39;
/** Steps of the peak's window at which its highest forecast is looked for. */
export const PEAK_PLACES: i32 = 4;

const errorsPtr: usize = memory.data(
  BANDS_CAPACITY * MEMBERS_CAPACITY * (ERRORS_CAPACITY + 8) * 8, 16,
);
/** First step of each band, and one behind the horizon. */
const startsPtr: usize = memory.data((BANDS_CAPACITY + 1) * 4, 16);

export let bands: i32 = 0;
/** Steps of the peak's window, 0 for none, and its row in the record. */
export let peakSteps: i32 = 0;
export let peakRow: i32 = 0;
/** Steps from one origin to the next, a power of two. */
export let stride: i64 = 1;

/** Errors of band q: f64[MEMBERS_CAPACITY][ERRORS_CAPACITY] in rows of blend.ts. */
// @ts-ignore: decorator
@inline
export function bandErrors(q: i32): usize {
  return errorRow(errorsPtr, q * MEMBERS_CAPACITY);
}

/** What the members said at a place of the peak's window, over the scale; in two work buffers. */
// @ts-ignore: decorator
@inline
export function peakMembers(k: i32, place: i32): usize {
  return work(0) + (<usize>((k * PEAK_PLACES + place) * MEMBERS_CAPACITY) << 3);
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

/** Empties the record and opens its rows; `peak` = steps of the peak's window, 0 for none. */
export function openRecord(peak: i32): void {
  clearRecord();
  for (let q = 0; q < bands; q++) openBand(bandStart(q), bandStart(q + 1) - 1);
  peakSteps = peak;
  if (peak > 0) peakRow = openPeak(peak);
}

// @ts-ignore: decorator
@inline
function isOrigin(absolute: i64): bool {
  return (absolute & (stride - 1)) == 0;
}

/** How far ahead of an origin the error of band q is taken. */
function stepsOf(q: i32, turn: i64): i32 {
  const part = (<i32>turn * SECTION) & (TURNS - 1);
  const start = bandStart(q);
  return start + (part * (bandStart(q + 1) - start)) / TURNS;
}

/** Step of a place of the peak's window of so many steps. */
// @ts-ignore: decorator
@inline
export function peakStep(place: i32, peak: i32): i32 {
  return 1 + (place * (peak - 1)) / (PEAK_PLACES - 1);
}

function remember(i: i32, steps: i32, place: i32, turn: i64): void {
  forecastFeatures(i, steps);
  addRegressions(i, steps);
  const count = members - features - periodic;
  completePast(place, turn, periodic > 0, count, membersPtr + (<usize>features << 3));
}

/** Keeps what regressions and analogues say at step i, number `absolute` from the epoch, if an
 *  origin. */
export function rememberOrigin(i: i32, absolute: i64, peak: i32): void {
  if (!isOrigin(absolute)) return;
  const turn = absolute / stride;
  for (let q = 0; q < bands; q++) remember(i, stepsOf(q, turn), q, turn);
  for (let k = 0; k < PEAK_PLACES && peak > 0; k++) {
    remember(i, peakStep(k, peak), BANDS_CAPACITY + k, turn);
  }
}

function rememberPath(i: i32, steps: i32, place: i32, turn: i64, last: f64): void {
  beginPast(place, turn, members - features - 1, forecastPeriodic(i, steps, last));
}

/** Keeps what the harmonic model says at step i of value `last`, as rememberOrigin does. */
export function rememberPeriodic(i: i32, absolute: i64, peak: i32, last: f64): void {
  if (!isOrigin(absolute)) return;
  const turn = absolute / stride;
  for (let q = 0; q < bands; q++) rememberPath(i, stepsOf(q, turn), q, turn, last);
  for (let k = 0; k < PEAK_PLACES && peak > 0; k++) {
    rememberPath(i, peakStep(k, peak), BANDS_CAPACITY + k, turn, last);
  }
}

/** All members `steps` after step i, what is learnt as it was then; false where that is not known,
 *  because it saw too little before that step. */
function recall(i: i32, steps: i32, place: i32, turn: i64): bool {
  forecastFeatures(i, steps);
  if (i > learntTo) {
    addLearnt(i, steps);
  } else if (members > features) {
    const past = findPast(place, turn);
    if (past == 0) return false;
    memory.copy(membersPtr + (<usize>features << 3), past, LEARNT_CAPACITY << 3);
  }
  return true;
}

/** Notes the errors from step i if it is an origin, where the target lies before step `end`; in
 *  units of `scale`. */
export function check(i: i32, absolute: i64, end: i32, scale: f64): void {
  if (!isOrigin(absolute)) return;
  const turn = absolute / stride;
  if (peakSteps > 0) checkPeak(i, turn, end, scale);
  for (let q = 0; q < bands; q++) {
    const steps = stepsOf(q, turn);
    const target = i + steps;
    if (target >= end) return;
    const actual = load<f64>(historyPtr + (<usize>target << 3));
    const count = countOf(q);
    if (actual != actual || count == ERRORS_CAPACITY) continue;
    if (!recall(i, steps, q, turn)) continue;
    let at = bandErrors(q) + (<usize>count << 3);
    for (let k = 0; k < members; k++, at = errorRow(at, 1)) {
      store<f64>(at, (load<f64>(membersPtr + (<usize>k << 3)) - actual) / scale);
    }
    note(q, i, steps, actual, NaN);
  }
}

/** Notes the highest value of the window after origin i, and what the members said of it. */
function checkPeak(i: i32, turn: i64, end: i32, scale: f64): void {
  const count = countOf(peakRow);
  if (i + peakSteps >= end || count == ERRORS_CAPACITY) return;
  let highest = -Infinity;
  for (let step = 1; step <= peakSteps; step++) {
    const value = load<f64>(historyPtr + (<usize>(i + step) << 3));
    if (value != value) return;
    highest = max(highest, value);
  }
  for (let k = 0; k < PEAK_PLACES; k++) {
    if (!recall(i, peakStep(k, peakSteps), BANDS_CAPACITY + k, turn)) return;
    for (let m: usize = 0, all = <usize>members << 3; m < all; m += 8) {
      store<f64>(peakMembers(count, k) + m, load<f64>(membersPtr + m) / scale);
    }
  }
  note(peakRow, i, peakSteps, highest, NaN);
}
