// What was usual at the time of a step: medians over the same time of the last days and weeks, and
// the same shifted by the mean deviation from them over the last hour; likewise over the instances
// of a season that is none of the calendar. Medians, because a day that went wrong should not be
// expected again.

import { historyPtr } from "../abi";

const DAY_MEMBERS: i32 = 5;
const SEASON_MEMBERS: i32 = 2;
const SHORT_DAYS: i32 = 3;
const LONG_DAYS: i32 = 7;
const WEEKS: i32 = 3;
const DEVIATION_SECONDS: i32 = 3_600;
/** Steps of the hour that the deviation is taken at, at most. */
const DEVIATIONS_CAPACITY: i32 = 12;
const DAY_SECONDS: i32 = 86_400;
const DAYS_PER_WEEK: f64 = 7;

const sortedPtr: usize = memory.data(LONG_DAYS * 8, 16);

/** Steps of a day, 0 where it is not looked at, and of the other season, no whole number, or 0. */
let day: f64 = 0;
let season: f64 = 0;
let firstStep: i32 = 0;
let hourSteps: i32 = 0;
/** Mean deviation from the medians over the last hour at step `deviatedAt` of the history. */
let deviatedAt: i32 = -1;
let dayDeviation: f64 = 0;
let weekDeviation: f64 = 0;
let seasonDeviation: f64 = 0;

/**
 * Begins on the history from step `first` on; returns the number of members. Those of the days need
 * a day that is a whole number of steps, and a history of `steps` that has two of them.
 *
 * @param seasonSteps of the other season, 0 = none
 */
export function resetUsual(first: i32, steps: i32, stepSeconds: i32, seasonSteps: f64): i32 {
  firstStep = first;
  deviatedAt = -1;
  season = seasonSteps;
  const length = DAY_SECONDS % stepSeconds == 0 ? DAY_SECONDS / stepSeconds : 0;
  day = length > 1 && steps >= 2 * length ? <f64>length : 0;
  hourSteps = max(1, DEVIATION_SECONDS / stepSeconds);
  return (day > 0 ? DAY_MEMBERS : 0) + (season > 0 ? SEASON_MEMBERS : 0);
}

/** Median of the observed values at `most` instances of a period, `ahead` steps after step t; of
 *  those that are not after t, or NaN. */
function medianBefore(t: i32, ahead: i32, period: f64, most: i32): f64 {
  let count = 0;
  const past = floor(max(<f64>ahead - 0.5, 0) / period);
  for (let k = 1; k <= most; k++) {
    const i = t + ahead - <i32>nearest((past + <f64>k) * period);
    if (i < firstStep) break;
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    let at = sortedPtr + (<usize>count << 3);
    for (; at > sortedPtr && load<f64>(at - 8) > value; at -= 8) store<f64>(at, load<f64>(at - 8));
    store<f64>(at, value);
    count++;
  }
  if (count == 0) return NaN;
  const middle = sortedPtr + (<usize>(count >> 1) << 3);
  const upper = load<f64>(middle);
  return (count & 1) == 1 ? upper : 0.5 * (load<f64>(middle - 8) + upper);
}

/** Mean of value − median over the last hour up to step t, 0 where nothing is known. */
function meanDeviation(t: i32, period: f64, most: i32): f64 {
  const stride = max(1, hourSteps / DEVIATIONS_CAPACITY);
  let sum = 0.0;
  let count = 0;
  for (let i = t; i > t - hourSteps && i >= firstStep; i -= stride) {
    const deviation = load<f64>(historyPtr + (<usize>i << 3)) - medianBefore(i, 0, period, most);
    if (deviation != deviation) continue;
    sum += deviation;
    count++;
  }
  return count > 0 ? sum / <f64>count : 0.0;
}

/** The last value where a median is not known. */
// @ts-ignore: decorator
@inline
function orLast(value: f64, last: f64): f64 {
  return value == value ? value : last;
}

/**
 * The members' forecasts `steps` after step t of the history, at `to`; `last` = the value at t,
 * taken where nothing is known.
 */
export function forecastUsual(t: i32, steps: i32, last: f64, to: usize): void {
  const isNew = deviatedAt != t;
  deviatedAt = t;
  if (day > 0) {
    const weekSteps = DAYS_PER_WEEK * day;
    if (isNew) {
      dayDeviation = meanDeviation(t, day, LONG_DAYS);
      weekDeviation = meanDeviation(t, weekSteps, WEEKS);
    }
    const long = medianBefore(t, steps, day, LONG_DAYS);
    const week = medianBefore(t, steps, weekSteps, WEEKS);
    store<f64>(to, orLast(medianBefore(t, steps, day, SHORT_DAYS), last));
    store<f64>(to, orLast(long, last), 8);
    store<f64>(to, orLast(long + dayDeviation, last), 16);
    store<f64>(to, orLast(week == week ? week : long, last), 24);
    const deviating = week == week ? week + weekDeviation : long + dayDeviation;
    store<f64>(to, orLast(deviating, last), 32);
    to += DAY_MEMBERS << 3;
  }
  if (season > 0) {
    if (isNew) seasonDeviation = meanDeviation(t, season, LONG_DAYS);
    const value = orLast(medianBefore(t, steps, season, LONG_DAYS), last);
    store<f64>(to, value);
    store<f64>(to, value + seasonDeviation, 8);
  }
}
