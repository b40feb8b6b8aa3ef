// The model `auto`: the baseline's members, seasonal medians, regressions on all of them and
// analogues, combined by what each was worth in the history (weights.ts).
//
// What is costly is done once an epoch: epochs end on absolute multiples of a power of two of
// steps, about a sixty-fourth of the history, and what is learnt at the end of one is a function of
// the window before it, which every process holds until the next epoch ends. It is kept and found
// again by the hash of that window. Each call then goes through the history with the cheap members,
// notes errors, weighs and forecasts: a process that just started gives the bytes of any other.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, MORE } from "../abi";
import { OK, fits, historyPtr, meanPtr, sigmaPtr } from "../abi";
import { countOf, forecastPeak, noted } from "../risk/record";
import { last, membersPtr } from "../smoothing/members";
import { SHIFT_STEPS, noteMisses, resetShift, shift } from "../smoothing/shift";
import {
  LEARNT, addLearnt, features, forecastFeatures, members, observeAll, periodic, plainMembers,
  resetAll,
} from "./members";
import { resetAnalog } from "./analog";
import { describe } from "./describe";
import { POINTS_MIN, chooseWindow, end, first, hashWindow } from "./epoch";
import { lastOfHalf, length, mix } from "./epoch";
import { forgetPast } from "./past";
import { advancePeriodic, beginPeriodic, observePeriodic, resetPeriodic } from "./periodic";
import { isLogarithmic, isRowOrigin, learn, noteRows } from "./regression";
import { resetRegressions, settle } from "./regression";
import {
  PEAK_PLACES, bandMiddle, bands, check, chooseBands, openRecord, peakMembers, peakRow, peakStep,
  rememberOrigin, rememberPeriodic, stride,
} from "./walk";
import { COMBINED, SIGMA, chooseCandidates, combination, combineBands, combined } from "./weights";

/** Shorter windows teach nothing. */
const LEARNING_STEPS_MIN: i32 = 256;
/** Parts of the window at whose ends the regressions are solved for, from the second on. */
const PARTS: i32 = 8;
/** Origins of rows in a window, and steps of the horizon between two of them, at most. */
const ROW_ORIGINS: i32 = 8192;
const ROW_HORIZONS: i32 = 127;
/** Units of a step of the window: without rows, and for the rows of one origin. */
const STEP_UNITS: i32 = 150;
const ROW_UNITS: i32 = 30_000;
/** Times the mean absolute error: what a level shift has to exceed (shift.ts). */
const USUAL_ERRORS: f64 = 4;

const IDLE: i32 = 0;
const ESTIMATE: i32 = 1;
const LEARN: i32 = 2;
const FORECAST: i32 = 3;

let stage: i32 = IDLE;
let n: i32 = 0;
let horizon: i32 = 0;
let peak: i32 = 0;
let without: i32 = 0;
let season: f64 = 0;
let stepSeconds: f64 = 0;
let startSeconds: f64 = 0;
/** Number of the step at index 0, from the epoch of time. */
let origin: i64 = 0;
let lowest: f64 = 0;
let scale: f64 = 1;

/** First observed step of the history. */
let begin: i32 = 0;
let cursor: i32 = 0;
let part: i32 = 0;
/** Of the window that was learnt last. */
let known: bool = false;
let knownHash: u64 = 0;

/** Trust in what is learnt after the last change: the levels of regressions lag behind a jump. */
let calm: f64 = 1;

const mixedPtr: usize = memory.data(COMBINED * 8, 16);

// @ts-ignore: decorator
@inline
function history(i: i32): f64 {
  return load<f64>(historyPtr + (<usize>i << 3));
}

/** Of everything that the epoch's learning depends on. */
function hashOfEpoch(): u64 {
  let hash = mix(<u64>(origin + end), reinterpret<u64>(stepSeconds));
  hash = mix(hash, (<u64>length << 32) | <u64>horizon);
  hash = mix(mix(hash, reinterpret<u64>(season)), (<u64>features << 32) | <u64>stride);
  return hashWindow(mix(hash, (<u64>peak << 32) | <u64>without));
}

/** The regressions begin anew, for the window. */
function beginLearning(): void {
  let sum = 0.0;
  let largest = 0.0;
  let points = 0;
  let negative = false;
  for (let i = first; i <= end; i++) {
    const value = history(i);
    if (value != value) continue;
    largest = max(largest, abs(value));
    negative = negative || value < 0;
    sum += value;
    points++;
  }
  let rowStride = 1;
  while (rowStride * ROW_ORIGINS < length || rowStride * ROW_HORIZONS < horizon) rowStride <<= 1;
  const mean = negative ? 0.0 : sum / <f64>points;
  resetRegressions(features, horizon, rowStride, mean, largest > 0 ? largest : 1);
  stage = LEARN;
  cursor = first + 1;
  part = 2;
}

/** Starts at step `from`, for `steps` of history, with nothing observed after it. */
function startAt(from: i32, steps: i32): void {
  const learns = length >= LEARNING_STEPS_MIN && (without & LEARNT) == 0;
  const start = startSeconds + <f64>from * stepSeconds;
  resetAll(from, steps, n - begin, stepSeconds, start, horizon, learns, without, season);
  resetAnalog(first, horizon);
}

/**
 * Begins a forecast of the history buffer; the point is ≥ 0 where no observed value is negative.
 *
 * @param points steps of history up to the cutoff, NaN = missing; at least 2 observed
 * @param step seconds, a whole number ≥ 1
 * @param cutoff epoch seconds of the end of the last step, a multiple of `step`
 * @param steps to forecast, 1..HORIZON_CAPACITY
 * @param peaking steps of the window whose maximum is to be calibrated, up to `steps`; 0 = none
 * @param leaving groups of members to leave out, to see what each is worth: 1 medians,
 *   2 all that is learnt, 4 analogues, 8 the harmonic model
 * @param seasonSteps of a season beside the calendar's, ≥ 2, or 0
 */
export function ensembleBegin(
  points: i32, step: f64, cutoff: f64, steps: i32, peaking: i32, leaving: i32, seasonSteps: f64,
): i32 {
  stage = IDLE;
  if (!fits(points, steps)) return ERR_CAPACITY;
  if (!(step >= 1) || peaking < 0 || peaking > steps || !(seasonSteps >= 0)) return ERR_OPTION;
  n = points;
  let observed = 0;
  let largest = 0.0;
  lowest = Infinity;
  for (let i = 0; i < n; i++) {
    const value = history(i);
    if (value != value) continue;
    if (observed++ == 0) begin = i;
    lowest = min(lowest, value);
    largest = max(largest, abs(value));
  }
  if (observed < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(largest < Infinity)) return ERR_NOT_FINITE;
  scale = largest > 0 ? largest : 1;
  horizon = steps;
  peak = peaking;
  without = leaving;
  season = seasonSteps;
  stepSeconds = step;
  startSeconds = cutoff - <f64>n * step;
  origin = <i64>(cutoff / step) - (n - 1);
  chooseWindow(begin, n, origin);
  startAt(first, end - first + 1);
  chooseBands(horizon, (n - begin + 1) / 2);
  stage = FORECAST;
  if (members == features) return OK;
  const hash = hashOfEpoch();
  if (known && hash == knownHash) return OK;
  known = false;
  knownHash = hash;
  forgetPast();
  if (periodic > 0) {
    beginPeriodic(<i32>step, horizon);
    stage = ESTIMATE;
  } else {
    beginLearning();
  }
  return OK;
}

/** Keeps what the harmonic model says at step i, where later errors are taken. */
function rememberPath(i: i32): void {
  const value = history(i);
  if (value == value) rememberPeriodic(i, origin + i, peak, value);
}

/** One step of the window: rows that it completes, then those that it begins; returns units. */
function learnStep(i: i32): i32 {
  observeAll(i);
  const value = history(i);
  const absolute = origin + i;
  const observed = value == value;
  if (observed) learn(i, absolute, value);
  if (i + 1 - first >= ((end + 1 - first) * part) / PARTS) {
    settle();
    part++;
  }
  if (!observed) return STEP_UNITS;
  if (i > lastOfHalf()) rememberOrigin(i, absolute, peak);
  if (!isRowOrigin(absolute)) return STEP_UNITS;
  noteRows(i, absolute, forecastFeatures);
  return STEP_UNITS + ROW_UNITS;
}

/** The history in the order of time: members as they are now, errors of the second half. Returns
 *  the root mean square of the change of the last value. */
function observeToNow(): f64 {
  startAt(begin, n - begin);
  resetPeriodic();
  openRecord(peak);
  resetShift();
  const from = begin + (n - begin) / 2;
  let squares = 0.0;
  let change = 0.0;
  let changes = 0;
  for (let i = begin + 1; i < n; i++) {
    const before = last;
    observeAll(i);
    const value = history(i);
    if (i > end && periodic > 0) observePeriodic(value);
    if (value != value) continue;
    change = (value - before) / scale;
    squares += change * change;
    changes++;
    if (i >= n - SHIFT_STEPS) noteMisses();
    if (i >= from) check(i, origin + i, n, scale);
  }
  const walk = sqrt(squares / <f64>changes);
  calm = min(1, (USUAL_ERRORS * walk) / max(abs(change), f64.MIN_VALUE));
  return walk;
}

/** The combination `h` steps ahead, between those of the bands whose middles are next to it. */
function mixBands(h: i32): void {
  let left = 0;
  while (left < bands - 2 && bandMiddle(left + 1) < <f64>h) left++;
  const right = min(left + 1, bands - 1);
  const width = bandMiddle(right) - bandMiddle(left);
  const share = width > 0 ? min(1, (<f64>h - bandMiddle(left)) / width) : 0.0;
  for (let k: usize = 0; k < <usize>COMBINED << 3; k += 8) {
    const before = load<f64>(combination(left) + k);
    store<f64>(mixedPtr + k, before + share * (load<f64>(combination(right) + k) - before));
  }
}

/** Candidates, shift and combination at each step; false when a value is not finite. */
function forecast(): bool {
  for (let h = 1; h <= horizon; h++) {
    mixBands(h);
    forecastFeatures(n - 1, h);
    addLearnt(n - 1, h);
    const sigma = load<f64>(mixedPtr + (SIGMA << 3)) * scale;
    const error = load<f64>(mixedPtr + (SIGMA << 3), 8) * scale;
    const moved = shift(mixedPtr, plainMembers, h, error);
    // The others do not know of the shift: the farther it goes, the less they count.
    const usual = USUAL_ERRORS * error;
    const trust = moved != 0 ? usual / (usual + abs(moved)) : calm;
    const point = combined(mixedPtr, membersPtr, moved, trust);
    if (!(abs(point) < Infinity) || !(sigma < Infinity)) return false;
    const at = <usize>(h - 1) << 3;
    store<f64>(meanPtr + at, lowest >= 0 ? max(point, 0) : point);
    store<f64>(sigmaPtr + at, sigma);
  }
  return true;
}

/** What would have been said of the peak at the origins that were noted, and what is said now. */
function notePeaks(): void {
  let highest = -Infinity;
  for (let place = 0; place < PEAK_PLACES; place++) {
    const step = peakStep(place, peak);
    mixBands(step);
    for (let k = countOf(peakRow) - 1; k >= 0; k--) {
      const point = combined(mixedPtr, peakMembers(k, place), 0, 1) * scale;
      const entry = noted(peakRow, k);
      entry.point = place > 0 ? max(entry.point, point) : point;
    }
    highest = max(highest, load<f64>(meanPtr + (<usize>(step - 1) << 3)));
  }
  forecastPeak(highest);
}

/**
 * Goes on with the forecast.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, OK with the answer in mean and sigma, or a refusal
 */
export function ensembleAdvance(units: i32): i32 {
  if (stage == IDLE) return ERR_STATE;
  if (stage == ESTIMATE) {
    while (units > 0) {
      const spent = advancePeriodic(rememberPath);
      if (spent > 0) {
        units -= spent;
        continue;
      }
      startAt(first, end - first + 1);
      beginLearning();
      break;
    }
    return MORE;
  }
  if (stage == LEARN) {
    for (; cursor <= end; cursor++) {
      if (units <= 0) return MORE;
      units -= learnStep(cursor);
    }
    known = true;
    stage = FORECAST;
    return MORE;
  }
  const walk = observeToNow();
  chooseCandidates();
  combineBands(walk, scale);
  describe(scale, isLogarithmic(), length);
  stage = IDLE;
  if (!forecast()) return ERR_NOT_FINITE;
  if (peak > 0) notePeaks();
  return OK;
}
