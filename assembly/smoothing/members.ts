// The forecasts that the baseline blends: all in seconds, none of them fitted.
//
//   Levels: the last value, exponentially weighted means over 5 and 30 minutes, Holt's linear trend
//   on the former, damped (Gardner & McKenzie 1985, "Forecasting trends in time series"), and a
//   running median over 3 hours (stochastic approximation, Robbins & Monro 1951), which stays
//   between spikes where means cannot.
//   For each calendar profile of which the history holds two seasons (minute of the hour, time and
//   hour of the day, time and hour of the week): the profile alone, and shifted by the last and by
//   the 30-minute mean of the present deviation from it.
//
// No member leaves the range of the history by more than that range, so a blend does not either: a
// profile and its deviation lie within it, and the trend's sum is at most the range, because it is
// damped as fast as it is smoothed.

import { work } from "../abi";
import { PROFILE_BYTES, Profile } from "../seasonal/profile";
import { MEMBERS_CAPACITY } from "./blend";

const FAST_SECONDS: f64 = 300;
const SLOW_SECONDS: f64 = 1800;
const TREND_SECONDS: f64 = 1800;
const MEDIAN_SECONDS: f64 = 10_800;
/** How long a deviation weighs in its mean over SLOW_SECONDS: then e⁻⁶ of it is left. */
const LATE_SECONDS: f64 = 6 * SLOW_SECONDS;
const HOUR_SECONDS: f64 = 3_600;
const DAY_SECONDS: f64 = 86_400;
const WEEK_SECONDS: f64 = 604_800;

/** How far the newest season moves a profile: days resemble the day before more than hours do. */
const HOUR_MEMORY: f64 = 0.5;
const DAY_MEMORY: f64 = 0.7;
const WEEK_MEMORY: f64 = 0.5;
/** The same of an hour-wide slot, spread over the steps in it. */
const WIDE_MEMORY: f64 = 0.2;

const LEVEL_MEMBERS: i32 = 5;
const PROFILE_MEMBERS: i32 = 3;
const PROFILES_CAPACITY: i32 = 5;
/** Most members of this file. */
export const PLAIN_CAPACITY: i32 = LEVEL_MEMBERS + PROFILE_MEMBERS * PROFILES_CAPACITY;

/** f64[MEMBERS_CAPACITY]: what forecastMembers made. */
export const membersPtr: usize = memory.data(MEMBERS_CAPACITY * 8, 16);
const profilesPtr: usize = memory.data(PROFILES_CAPACITY * PROFILE_BYTES, 16);

export let profiles: i32 = 0;
let stepSeconds: f64 = 0;
let historySteps: i32 = 0;
let horizonSteps: i32 = 0;
/** Weights of a new value in each mean, one step after the one before. */
let fastNext: f64 = 0;
let slowNext: f64 = 0;
let trendNext: f64 = 0;
let medianNext: f64 = 0;

export let last: f64 = 0;
let fast: f64 = 0;
let slow: f64 = 0;
let trend: f64 = 0;
let median: f64 = 0;
/** Mean distance of the values from the median: sets its stride. */
let spread: f64 = 0;

// @ts-ignore: decorator
@inline
export function profile(j: i32): Profile {
  return changetype<Profile>(profilesPtr + <usize>j * PROFILE_BYTES);
}

/** Σ φ^k, k = 1..h: the steps of trend in h damped ones; f64[HORIZON_CAPACITY], from h = 1. */
// @ts-ignore: decorator
@inline
function dampedPtr(): usize {
  return work(7);
}

/** Weight of a new value in a mean of `spanSeconds`, `gap` steps after the one before. */
// @ts-ignore: decorator
@inline
function shareOf(spanSeconds: f64, gap: i32): f64 {
  return 1.0 - Math.exp((-stepSeconds * <f64>gap) / spanSeconds);
}

/**
 * Steps of history that a profile passes over, half a season at most, so that the slots of late and
 * those to be forecast hold equally many seasons: a mean of two is older than one value, and the
 * deviation from the one, what a growing metric has gained, is too little for the other.
 */
function waitOf(length: i32, slotSteps: i32, steps: i32, horizon: i32): i32 {
  const ahead = horizon + slotSteps;
  const late = max(0, min(<i32>ceil(LATE_SECONDS / stepSeconds) + slotSteps, length - ahead));
  const spare = max(0, length - 1 - late - ahead);
  return min(length / 2, max(0, ((steps - 1 - late) % length) - spare));
}

function addProfile(season: f64, slot: f64, memory: f64, start: f64): void {
  const length = <i32>ceil(season / stepSeconds);
  const wait = waitOf(length, <i32>ceil(slot / stepSeconds), historySteps, horizonSteps);
  profile(profiles).reset(season, slot, stepSeconds, memory, start, wait, work(2 + profiles));
  profiles++;
}

/** The calendar profiles that `span` seconds of history can fill twice. */
function chooseProfiles(span: f64, start: f64): void {
  const step = stepSeconds;
  const wide = WIDE_MEMORY * min(1.0, step / HOUR_SECONDS);
  profiles = 0;
  if (span >= 2 * HOUR_SECONDS && step < HOUR_SECONDS / 2) {
    addProfile(HOUR_SECONDS, step, HOUR_MEMORY, start);
  }
  if (span >= 2 * DAY_SECONDS && step < DAY_SECONDS / 2) {
    addProfile(DAY_SECONDS, step, DAY_MEMORY, start);
    if (step < HOUR_SECONDS) addProfile(DAY_SECONDS, HOUR_SECONDS, wide, start);
  }
  if (span >= 2 * WEEK_SECONDS && step < WEEK_SECONDS / 2) {
    addProfile(WEEK_SECONDS, step, WEEK_MEMORY, start);
    if (step < HOUR_SECONDS) addProfile(WEEK_SECONDS, HOUR_SECONDS, wide, start);
  }
}

/**
 * Begins with the first observed value; returns the number of members.
 *
 * @param step seconds
 * @param steps of history, from the first observed one
 * @param span steps that decide on the profiles: those of which two seasons fit into it
 * @param start epoch seconds at which the first observed one starts
 * @param horizon steps, the most that forecastMembers will be asked for
 */
export function resetMembers(
  value: f64, step: f64, steps: i32, span: i32, start: f64, horizon: i32,
): i32 {
  stepSeconds = step;
  historySteps = steps;
  horizonSteps = horizon;
  fastNext = shareOf(FAST_SECONDS, 1);
  slowNext = shareOf(SLOW_SECONDS, 1);
  trendNext = shareOf(TREND_SECONDS, 1);
  medianNext = shareOf(MEDIAN_SECONDS, 1);
  last = fast = slow = median = value;
  trend = spread = 0;
  let power = 1.0;
  let damped = 0.0;
  for (let h: usize = 0, end = <usize>horizon << 3; h < end; h += 8) {
    power *= 1.0 - trendNext;
    damped += power;
    store<f64>(dampedPtr() + h, damped);
  }
  chooseProfiles(<f64>span * step, start);
  for (let j = 0; j < profiles; j++) profile(j).observe(value, slowNext);
  return LEVEL_MEMBERS + PROFILE_MEMBERS * profiles;
}

/** Goes on to the next step of the grid. */
// @ts-ignore: decorator
@inline
export function nextStep(): void {
  for (let j = 0; j < profiles; j++) profile(j).next();
}

/** Takes in the value of the present step, `gap` ≥ 1 steps after the one before. */
// @ts-ignore: decorator
@inline
export function observe(value: f64, gap: i32): void {
  const slowShare = gap > 1 ? shareOf(SLOW_SECONDS, gap) : slowNext;
  const rise = (gap > 1 ? shareOf(FAST_SECONDS, gap) : fastNext) * (value - fast);
  // Holt's β and the damping φ = 1 − β, both over the whole gap.
  const trendShare = gap > 1 ? shareOf(TREND_SECONDS, gap) : trendNext;
  const trendKeep = (1.0 - trendShare) * (1.0 - trendShare);
  trend = trendKeep * trend + (trendShare * rise) / <f64>gap;
  fast += rise;
  slow += slowShare * (value - slow);
  const medianShare = gap > 1 ? shareOf(MEDIAN_SECONDS, gap) : medianNext;
  spread += medianShare * (abs(value - median) - spread);
  const stride = medianShare * spread;
  median += min(max(value - median, -stride), stride);
  for (let j = 0; j < profiles; j++) profile(j).observe(value, slowShare);
  last = value;
}

/** Each member's forecast `steps` ≥ 1 after the present step, into membersPtr. */
export function forecastMembers(steps: i32): void {
  const damped = load<f64>(dampedPtr() + (<usize>(steps - 1) << 3));
  store<f64>(membersPtr, last);
  store<f64>(membersPtr, fast, 8);
  store<f64>(membersPtr, slow, 16);
  store<f64>(membersPtr, fast + trend * damped, 24);
  store<f64>(membersPtr, median, 32);
  let at = membersPtr + LEVEL_MEMBERS * 8;
  for (let j = 0; j < profiles; j++) {
    const usual = profile(j).usual(<f64>steps);
    const known = usual == usual;
    store<f64>(at, known ? usual : slow);
    store<f64>(at, known ? usual + profile(j).deviation : last, 8);
    store<f64>(at, known ? usual + profile(j).slowDeviation : slow, 16);
    at += PROFILE_MEMBERS * 8;
  }
}

/** By how much the present value exceeds what each member says of its step, written at `at`. */
export function missMembers(at: usize): void {
  store<f64>(at, 0);
  store<f64>(at, last - fast, 8);
  store<f64>(at, last - slow, 16);
  store<f64>(at, last - fast, 24);
  store<f64>(at, last - median, 32);
  at += LEVEL_MEMBERS * 8;
  for (let j = 0; j < profiles; j++) {
    const deviation = profile(j).deviation;
    store<f64>(at, deviation);
    store<f64>(at, 0, 8);
    store<f64>(at, deviation - profile(j).slowDeviation, 16);
    at += PROFILE_MEMBERS * 8;
  }
}
