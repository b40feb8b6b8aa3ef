// What was usual at the time of a step: medians over the same time of the last days and weeks, and
// the same shifted by the mean deviation from them over the last hour. Medians, because a day that
// went wrong should not be expected again.

import { historyPtr } from "../abi";

export const USUAL_MEMBERS: i32 = 5;
const SHORT_DAYS: i32 = 3;
const LONG_DAYS: i32 = 7;
const WEEKS: i32 = 3;
const DEVIATION_SECONDS: i32 = 3_600;
/** Steps of the hour that the deviation is taken at, at most. */
const DEVIATIONS_CAPACITY: i32 = 12;
const DAY_SECONDS: i32 = 86_400;
const DAYS_PER_WEEK: i32 = 7;

const sortedPtr: usize = memory.data(LONG_DAYS * 8, 16);

let day: i32 = 0;
let firstStep: i32 = 0;
let hourSteps: i32 = 0;
/** Mean deviation from the medians over the last hour at step `deviatedAt` of the history. */
let deviatedAt: i32 = -1;
let dayDeviation: f64 = 0;
let weekDeviation: f64 = 0;

/**
 * Begins on the history from step `first` on; returns the number of members, 0 where a day is not a
 * whole number of steps or the history of `steps` has not two of them.
 */
export function resetUsual(first: i32, steps: i32, stepSeconds: i32): i32 {
  firstStep = first;
  deviatedAt = -1;
  day = DAY_SECONDS % stepSeconds == 0 ? DAY_SECONDS / stepSeconds : 0;
  hourSteps = max(1, DEVIATION_SECONDS / stepSeconds);
  return day > 1 && steps >= 2 * day ? USUAL_MEMBERS : 0;
}

/** Median of the observed values 1 to `most` periods before step t, or NaN. */
function medianBefore(t: i32, period: i32, most: i32): f64 {
  let count = 0;
  for (let k = 1, i = t - period; k <= most && i >= firstStep; k++, i -= period) {
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
function meanDeviation(t: i32, period: i32, most: i32): f64 {
  const stride = max(1, hourSteps / DEVIATIONS_CAPACITY);
  let sum = 0.0;
  let count = 0;
  for (let i = t; i > t - hourSteps && i >= firstStep; i -= stride) {
    const deviation = load<f64>(historyPtr + (<usize>i << 3)) - medianBefore(i, period, most);
    if (deviation != deviation) continue;
    sum += deviation;
    count++;
  }
  return count > 0 ? sum / <f64>count : 0.0;
}

/**
 * The members' forecasts `steps` after step t of the history, f64[USUAL_MEMBERS] at `to`; `last` =
 * the value at t, taken where nothing is known.
 */
export function forecastUsual(t: i32, steps: i32, last: f64, to: usize): void {
  if (deviatedAt != t) {
    deviatedAt = t;
    dayDeviation = meanDeviation(t, day, LONG_DAYS);
    weekDeviation = meanDeviation(t, DAYS_PER_WEEK * day, WEEKS);
  }
  // A step more than a period ahead looks back from the same time of the first period ahead.
  const dayAhead = t + 1 + ((steps - 1) % day);
  const weekAhead = t + 1 + ((steps - 1) % (DAYS_PER_WEEK * day));
  const short = medianBefore(dayAhead, day, SHORT_DAYS);
  const long = medianBefore(dayAhead, day, LONG_DAYS);
  const week = medianBefore(weekAhead, DAYS_PER_WEEK * day, WEEKS);
  const known = long == long;
  store<f64>(to, short == short ? short : last);
  store<f64>(to, known ? long : last, 8);
  store<f64>(to, known ? long + dayDeviation : last, 16);
  store<f64>(to, week == week ? week : known ? long : last, 24);
  store<f64>(to, week == week ? week + weekDeviation : known ? long + dayDeviation : last, 32);
}
