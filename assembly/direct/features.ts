// What a direct regression sees at an origin of a step ahead of it: recent values, their means, and
// the values one to three days and a week before both the origin and the target, all less the local
// level at the origin, so that adding a constant to the series adds it to the forecast.
//
// Nothing later than the origin is looked at: a missing value is the one before it, the smoothed
// value of a step is known only when its window has closed.

/** Last values taken as they are. */
const LAGS: i32 = 6;
const LEVEL_STEPS: i32 = 24;
const MEAN_STEPS: i32 = 60;
const DAYS_CAPACITY: i32 = 3;
/** Half the width of a smoothed value, as a part of the day: a quarter of an hour. */
const SMOOTH_PER_DAY: i32 = 96;

/** Bytes of a step: what was observed (NaN = missing), the value, the level, the longer mean, the
 *  smoothed value around the step. */
export const STEP_BYTES: usize = 40;

let base: usize = 0;
let daySteps: i32 = 0;
let half: i32 = 0;
/** Seasonal lags in steps: i32[], the week last. */
let seasons: i32 = 0;
const seasonsPtr: usize = memory.data((DAYS_CAPACITY + 1) * 4, 16);
/** Doubles of a row: 1, the features, the target. */
export let width: i32 = 0;
/** First index that has all its features. */
export let firstOrigin: i32 = 0;

// @ts-ignore: decorator
@inline
function put(at: usize, value: f64): void {
  store<f64>(at, value);
}

// @ts-ignore: decorator
@inline
function record(i: i32): usize {
  return base + <usize>i * STEP_BYTES;
}

// @ts-ignore: decorator
@inline
export function valueAt(i: i32): f64 {
  return load<f64>(record(i), 8);
}

/** As it was observed, NaN = missing. */
// @ts-ignore: decorator
@inline
export function observedAt(i: i32): f64 {
  return load<f64>(record(i));
}

// @ts-ignore: decorator
@inline
export function levelAt(i: i32): f64 {
  return load<f64>(record(i), 16);
}

/**
 * @param buffer f64[steps][5] for as many steps as will be taken in
 * @param day length in steps, or 0 for no seasons
 * @param days number of daily lags, 0..3
 * @param week length in steps, or 0
 */
export function resetFeatures(buffer: usize, day: i32, days: i32, week: i32): void {
  base = buffer;
  daySteps = day;
  half = max(1, <i32>nearest(<f64>day / SMOOTH_PER_DAY));
  seasons = 0;
  for (let k = 1; k <= min(days, DAYS_CAPACITY); k++) addSeason(k * day);
  if (week > 0) addSeason(week);
  width = 1 + LAGS + 1 + 3 * seasons + 1;
  firstOrigin = max(seasons > 0 ? day : 0, 2 * LAGS);
}

function addSeason(steps: i32): void {
  store<i32>(seasonsPtr + (<usize>seasons << 2), steps);
  seasons++;
}

function meanBefore(i: i32, steps: i32): f64 {
  const count = min(steps, i + 1);
  let sum = 0.0;
  for (let j = i + 1 - count; j <= i; j++) sum += valueAt(j);
  return sum / <f64>count;
}

/** Takes in the value of step i, NaN = missing; those before it are in. */
export function addStep(i: i32, observed: f64): void {
  const at = record(i);
  const missing = observed != observed;
  const value = missing ? (i > 0 ? valueAt(i - 1) : 0.0) : observed;
  put(at, observed);
  put(at + 8, value);
  put(at + 16, meanBefore(i, LEVEL_STEPS));
  put(at + 24, meanBefore(i, MEAN_STEPS));
  put(at + 32, value);
  if (i >= 2 * half) put(record(i - half) + 32, meanBefore(i, 2 * half + 1));
}

/** The step `lag` before i, or where the history does not reach, fewer days before; t at most. */
function back(i: i32, lag: i32, t: i32): i32 {
  let j = i - lag;
  for (; j < 0 && lag > daySteps; lag -= daySteps) j += daySteps;
  return min(max(j, 0), t);
}

/** The row of origin t and t + h, without its target: f64[width] at `row`. */
export function writeRow(t: i32, h: i32, row: usize): void {
  const level = levelAt(t);
  put(row, 1);
  let to = row + 8;
  for (let j = 0; j < LAGS; j++, to += 8) put(to, valueAt(max(0, t - j)) - level);
  put(to, load<f64>(record(t), 24) - level);
  to += 8;
  for (let k = 0; k < seasons; k++, to += 24) {
    const lag = load<i32>(seasonsPtr + (<usize>k << 2));
    put(to, valueAt(back(t, lag, t)) - level);
    // A step more than the lag ahead looks back further, by whole lags.
    const at = back(t + h, max(1, (h + lag - 1) / lag) * lag, t);
    put(to + 8, valueAt(at) - level);
    put(to + 16, load<f64>(record(at) + (at + half <= t ? 32 : 8)) - level);
  }
}
