// The default model: levels, a damped trend and calendar means, blended by what each was worth.
//
// One pass over the history feeds the members (members.ts) in the order of time. The horizon is cut
// into bands, and at origins on absolute multiples of a stride the error of each member is noted at
// one step of each band, another one each time: a member that is right at some steps alone, as the
// last value is one period ahead, is not taken for right between them. blend.ts turns the errors of
// a band into the weights of its middle step; between middles weights are interpolated. The
// standard error is the root mean square of the blend's own walk-forward errors, or that of a
// random walk where they are too few. The blend's errors, and those of its highest forecast over
// the first steps, go into the record that the quantiles are calibrated on (risk/calibrate.ts).

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT } from "../abi";
import { HORIZON_CAPACITY, OK, fits, historyPtr, meanPtr, paramsPtr, sigmaPtr, work } from "../abi";
import { clearRecord, countOf, forecastPeak, note, noted, openBand } from "../risk/record";
import { openPeak } from "../risk/record";
import { COMBINATION, ERRORS_CAPACITY, MEAN_ERROR_OFFSET, SIGMA_OFFSET } from "./blend";
import { blend, dot, errorRow } from "./blend";
import { PLAIN_CAPACITY, forecastMembers, last, membersPtr, nextStep } from "./members";
import { observe, profile, profiles, resetMembers } from "./members";
import { SHIFT_STEPS, noteMisses, resetShift, shift } from "./shift";

const BANDS_CAPACITY: i32 = 6;
/** Part of the best member's squared error added to each member's own (blend.ts). */
const RIDGE: f64 = 0.02;
/** Fewer walk-forward errors than this tell nothing about a band. */
const ERRORS_MIN: i32 = 8;
const POINTS_MIN: i32 = 2;
/** Turns in which the origins go once through a band, each the golden section after the other. */
const TURNS: i32 = 64;
const SECTION: i32 = 39;
/** Steps of the peak's window at which its highest forecast is looked for. */
const PEAK_PLACES: i32 = 4;

/** First step of each band, and one behind the horizon. */
const startsPtr: usize = memory.data((BANDS_CAPACITY + 1) * 4, 16);
/** f64[BANDS_CAPACITY][COMBINATION], and the combination at one step. */
const blendsPtr: usize = memory.data(BANDS_CAPACITY * COMBINATION * 8, 16);
const blendPtr: usize = memory.data(COMBINATION * 8, 16);

let bands: i32 = 0;
let peakRow: i32 = -1;
let peakSteps: i32 = 0;

// @ts-ignore: decorator
@inline
function history(i: i32): f64 {
  return load<f64>(historyPtr + (<usize>i << 3));
}

/** Errors of band q: f64[PLAIN_CAPACITY][ERRORS_CAPACITY]; six of them span two work buffers. */
// @ts-ignore: decorator
@inline
function bandErrors(q: i32): usize {
  return errorRow(work(0), q * PLAIN_CAPACITY);
}

// @ts-ignore: decorator
@inline
function bandBlend(q: i32): usize {
  return blendsPtr + <usize>q * COMBINATION * 8;
}

// @ts-ignore: decorator
@inline
function bandStart(q: i32): i32 {
  return load<i32>(startsPtr + (<usize>q << 2));
}

function bandMiddle(q: i32): f64 {
  return 0.5 * <f64>(bandStart(q) + bandStart(q + 1) - 1);
}

/** Cuts 1 to `horizon` into bands, the first of one step, evenly on a logarithmic scale. */
function chooseBands(horizon: i32): void {
  clearRecord();
  bands = 0;
  store<i32>(startsPtr, 1);
  for (let k = 0; k < BANDS_CAPACITY; k++) {
    const share = <f64>k / <f64>(BANDS_CAPACITY - 1);
    const end = <i32>nearest(Math.exp(share * Math.log(<f64>horizon)));
    if (end < bandStart(bands)) continue;
    openBand(bandStart(bands), end);
    bands++;
    store<i32>(startsPtr + (<usize>bands << 2), end + 1);
  }
}

/** Notes the error of each member from origin i at one step of each band, in units of `scale`. */
function check(i: i32, n: i32, turn: i32, members: i32, scale: f64): void {
  const place = (turn * SECTION) & (TURNS - 1);
  for (let q = 0; q < bands; q++) {
    const start = bandStart(q);
    const steps = start + (place * (bandStart(q + 1) - start)) / TURNS;
    const target = i + steps;
    if (target >= n) return;
    const actual = history(target);
    const count = countOf(q);
    if (actual != actual || count == ERRORS_CAPACITY) continue;
    forecastMembers(steps);
    let at = bandErrors(q) + (<usize>count << 3);
    for (let k = 0; k < members; k++) {
      store<f64>(at, (load<f64>(membersPtr + (<usize>k << 3)) - actual) / scale);
      at = errorRow(at, 1);
    }
    note(q, i, steps, actual, NaN);
  }
}

/** Step j of those at which the highest forecast of the peak's window is looked for. */
// @ts-ignore: decorator
@inline
function peakStep(j: i32): i32 {
  return 1 + (j * (peakSteps - 1)) / (PEAK_PLACES - 1);
}

/** What the members said at a place of the peak's window, in units of the scale. */
// @ts-ignore: decorator
@inline
function peakMembers(k: i32, j: i32): usize {
  const row = k * PEAK_PLACES + j;
  return work(7) + (<usize>(HORIZON_CAPACITY + row * PLAIN_CAPACITY) << 3);
}

/** Notes the highest value of the window after origin i, and what the members said of it. */
function checkPeak(i: i32, n: i32, members: i32, scale: f64): void {
  const k = countOf(peakRow);
  if (i + peakSteps >= n || k == ERRORS_CAPACITY) return;
  let highest = -Infinity;
  for (let step = 1; step <= peakSteps; step++) {
    const value = history(i + step);
    if (value != value) return;
    highest = max(highest, value);
  }
  for (let j = 0; j < PEAK_PLACES; j++) {
    forecastMembers(peakStep(j));
    for (let m: usize = 0, end = <usize>members << 3; m < end; m += 8) {
      store<f64>(peakMembers(k, j) + m, load<f64>(membersPtr + m) / scale);
    }
  }
  note(peakRow, i, peakSteps, highest, NaN);
}

/** One pass in the order of time after the first value: feeds the members, checks them at the
 *  origins. Returns the mean squared change of the last value, in units of `scale`. */
function walkForward(first: i32, n: i32, origin: i64, members: i32, scale: f64): f64 {
  const from = first + (n - first) / 2;
  let stride: i64 = 1;
  while (<i64>(n - from) >= stride * ERRORS_CAPACITY) stride <<= 1;
  resetShift();
  let seen = first;
  let squares = 0.0;
  let changes = 0;
  for (let i = first + 1; i < n; i++) {
    nextStep();
    const value = history(i);
    if (value != value) continue;
    const change = (value - last) / scale;
    squares += change * change;
    changes++;
    observe(value, i - seen);
    seen = i;
    if (i >= n - SHIFT_STEPS) noteMisses();
    const due = origin + i;
    if (i < from || (due & (stride - 1)) != 0) continue;
    check(i, n, <i32>(due / stride), members, scale);
    if (peakSteps > 0) checkPeak(i, n, members, scale);
  }
  return squares / <f64>changes;
}

/** The blend of each band; where errors are too few, the one before with its errors times √h. */
function blendBands(members: i32, walk: f64): void {
  for (let q = 0; q < bands; q++) {
    const count = countOf(q);
    const at = bandBlend(q);
    if (count >= ERRORS_MIN) {
      blend(bandErrors(q), count, members, RIDGE, at);
    } else if (q > 0) {
      const before = bandBlend(q - 1);
      const growth = sqrt(bandMiddle(q) / bandMiddle(q - 1));
      memory.copy(at, before, COMBINATION << 3);
      store<f64>(at, load<f64>(before, SIGMA_OFFSET) * growth, SIGMA_OFFSET);
      store<f64>(at, load<f64>(before, MEAN_ERROR_OFFSET) * growth, MEAN_ERROR_OFFSET);
    } else {
      memory.fill(at, 0, COMBINATION << 3);
      store<f64>(at, 1, 8);
      store<f64>(at, walk, SIGMA_OFFSET);
      store<f64>(at, walk, MEAN_ERROR_OFFSET);
    }
  }
}

/** The combination at one step, between the middles of the bands. */
function blendAt(step: i32): void {
  let left = 0;
  while (left < bands - 2 && bandMiddle(left + 1) < <f64>step) left++;
  const right = min(left + 1, bands - 1);
  const width = bandMiddle(right) - bandMiddle(left);
  const share = width > 0 ? min(1, (<f64>step - bandMiddle(left)) / width) : 0.0;
  for (let k: usize = 0, end: usize = COMBINATION << 3; k < end; k += 8) {
    const before = load<f64>(bandBlend(left) + k);
    const after = load<f64>(bandBlend(right) + k);
    store<f64>(blendPtr + k, before + share * (after - before));
  }
}

/** What the blends would have said at the origins that were noted. */
function notePoints(members: i32, scale: f64): void {
  for (let q = 0; q < bands; q++) {
    for (let k = countOf(q) - 1; k >= 0; k--) {
      let error = 0.0;
      for (let m = 0; m < members; m++) {
        const weight = load<f64>(bandBlend(q) + (<usize>m << 3));
        error += weight * load<f64>(errorRow(bandErrors(q), m) + (<usize>k << 3));
      }
      noted(q, k).point = noted(q, k).actual + error * scale;
    }
  }
  if (peakSteps == 0) return;
  for (let j = 0; j < PEAK_PLACES; j++) {
    blendAt(peakStep(j));
    for (let k = countOf(peakRow) - 1; k >= 0; k--) {
      const point = dot(blendPtr, peakMembers(k, j), members) * scale;
      const entry = noted(peakRow, k);
      entry.point = j > 0 ? max(entry.point, point) : point;
    }
  }
}

/** Blends the members at each step of the horizon; false when a value is not finite. */
function forecast(horizon: i32, members: i32, scale: f64, lowest: f64): bool {
  for (let h = 1; h <= horizon; h++) {
    blendAt(h);
    forecastMembers(h);
    const error = load<f64>(blendPtr, MEAN_ERROR_OFFSET) * scale;
    const point = dot(blendPtr, membersPtr, members) + shift(blendPtr, members, h, error);
    const sigma = load<f64>(blendPtr, SIGMA_OFFSET) * scale;
    if (!(abs(point) < Infinity) || !(sigma < Infinity)) return false;
    const at = <usize>(h - 1) << 3;
    store<f64>(meanPtr + at, lowest >= 0 ? max(point, 0) : point);
    store<f64>(sigmaPtr + at, sigma);
  }
  return true;
}

/** What the blend is made of, into params: P, then (season, slot) seconds of P profiles, then the
 *  weight of each member in the first and in the last band. */
function describe(members: i32): void {
  store<f64>(paramsPtr, <f64>profiles);
  let at = paramsPtr + 8;
  for (let j = 0; j < profiles; j++, at += 16) {
    store<f64>(at, profile(j).seasonSeconds);
    store<f64>(at, profile(j).slotSeconds, 8);
  }
  const bytes = <usize>members << 3;
  memory.copy(at, bandBlend(0), bytes);
  memory.copy(at + bytes, bandBlend(bands - 1), bytes);
}

/**
 * Forecasts the history buffer; the point is ≥ 0 where no observed value is negative.
 *
 * @param n steps of history up to the cutoff, NaN = missing; at least 2 observed
 * @param step seconds, a whole number ≥ 1
 * @param cutoff epoch seconds of the end of the last step, a multiple of `step`
 * @param horizon steps to forecast, 1..HORIZON_CAPACITY
 * @param peak steps of the window whose maximum is to be calibrated, up to `horizon`; 0 = none
 */
export function baseline(n: i32, step: f64, cutoff: f64, horizon: i32, peak: i32): i32 {
  if (!fits(n, horizon)) return ERR_CAPACITY;
  if (!(step >= 1) || peak < 0 || peak > horizon) return ERR_OPTION;
  let first = -1;
  let points = 0;
  let lowest = Infinity;
  let scale = 0.0;
  for (let i = 0; i < n; i++) {
    const value = history(i);
    if (value != value) continue;
    if (points == 0) first = i;
    points++;
    lowest = min(lowest, value);
    scale = max(scale, abs(value));
  }
  if (points < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(scale < Infinity)) return ERR_NOT_FINITE;
  if (scale == 0) scale = 1;

  chooseBands(horizon);
  peakSteps = peak;
  peakRow = peak > 0 ? openPeak(peak) : -1;
  const start = cutoff - <f64>(n - first) * step;
  const steps = n - first;
  const members = resetMembers(history(first), step, steps, steps, start, horizon);
  const origin = <i64>(cutoff / step) - (n - 1);
  const walk = walkForward(first, n, origin, members, scale);
  blendBands(members, sqrt(walk));
  notePoints(members, scale);
  describe(members);
  if (!forecast(horizon, members, scale, lowest)) return ERR_NOT_FINITE;
  let highest = -Infinity;
  for (let j = 0; peak > 0 && j < PEAK_PLACES; j++) {
    highest = max(highest, load<f64>(meanPtr + (<usize>(peakStep(j) - 1) << 3)));
  }
  forecastPeak(highest);
  return OK;
}
