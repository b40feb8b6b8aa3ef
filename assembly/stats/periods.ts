// Which periods a series has, none among the answers: peaks of the periodogram of the detrended
// series that stand out from their neighbourhood, confirmed and made precise by the autocorrelation
// (Vlachos, Yu & Castelli 2005, "On periodicity detection and structural periodic similarity", §3).
// One period's means by phase are taken out before the next is looked for, so that neither its
// harmonics nor its multiples count again.

import {
  ERR_CAPACITY, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, HISTORY_CAPACITY, MORE, OK, historyPtr,
  paramsPtr, work,
} from "../abi";
import { affine } from "../arima/vector";
import { absoluteMax, powerOfTwo } from "../arima/difference";
import { at, put } from "../arima/orders";
import { fillGaps } from "./fill";
import { transform } from "./fourier";
import { selectRank } from "./select";
import { detrend, removePhases, steadyStrength } from "./steady";

/** Values that are looked at, the newest; twice as many points fit three work buffers. */
const POINTS_MAX: i32 = 32_768;
const POINTS_MIN: i32 = 16;
const PERIODS_MAX: i32 = 4;
/** Cycles that a period needs: a random walk often shows two of something. */
const CYCLES_MIN: f64 = 2.75;
/** Chance that a peak of white noise stands out anywhere. */
const CHANCE: f64 = 0.001;
/** A peak is judged against this many powers around it. */
const AROUND: i32 = 64;
/** Peaks of one round whose autocorrelation is looked at, strongest first. */
const PEAKS: i32 = 24;
/** Autocorrelation above that of the lags around: weaker ones are of no use. */
const STRENGTH_MIN: f64 = 0.1;
/** The shortest of this part of the greatest strength is first: a week holds the day, and is judged
 *  by what it adds. */
const RIVAL: f64 = 0.4;
/** Of what is left of it without the moving mean, and what fewer cycles need more. */
const STEADY_MIN: f64 = 0.08;
const FEW_CYCLES: f64 = 0.9;
/** The first in its standard errors under white noise. */
const ERRORS_MIN: f64 = 4;

const aroundPtr: usize = memory.data(AROUND * 8, 16);
const peakPtr: usize = memory.data(PEAKS * 4, 16);

let daySteps: i32 = 0;
let points: i32 = 0;
let size: i32 = 0;
let found: i32 = -1;

// @ts-ignore: decorator
@inline
function realPtr(): usize {
  return work(0);
}

// @ts-ignore: decorator
@inline
function imaginaryPtr(): usize {
  return work(0) + (<usize>(2 * POINTS_MAX) << 3);
}

// @ts-ignore: decorator
@inline
function valuesPtr(): usize {
  return work(3);
}

/** The padded periodogram into the real part, f64[size]. */
function fillPowers(): void {
  memory.copy(realPtr(), valuesPtr(), <usize>points << 3);
  memory.fill(realPtr() + (<usize>points << 3), 0, <usize>(size - points) << 3);
  memory.fill(imaginaryPtr(), 0, <usize>size << 3);
  transform(realPtr(), imaginaryPtr(), size);
  for (let k = 0; k < size; k++) {
    const real = at(realPtr(), k);
    const imaginary = at(imaginaryPtr(), k);
    put(realPtr(), k, real * real + imaginary * imaginary);
  }
}

/** Median power of the neighbourhood of k, without the peak itself. */
function background(k: i32): f64 {
  const width = size / points + 1;
  const from = max(1, k / 3);
  const to = min(size / 2 - 1, 3 * k + 8 * width);
  const stride = max(1, (to - from) / AROUND);
  let count = 0;
  for (let j = from; j <= to && count < AROUND; j += stride) {
    if (abs(j - k) <= 2 * width) continue;
    put(aroundPtr, count, at(realPtr(), j));
    count++;
  }
  return count > 0 ? selectRank(aroundPtr, count, count / 2) : Infinity;
}

/** Notes the greatest peaks that stand out; returns how many. */
function notePeaks(): i32 {
  const power = realPtr();
  const least = <i32>ceil((CYCLES_MIN * <f64>size) / <f64>points);
  // A power of white noise is exponential, its median ln 2 of its mean.
  const ratio = Math.log(<f64>points / CHANCE) / Math.LN2;
  let peaks = 0;
  for (let k = least; k < size / 2; k++) {
    const here = at(power, k);
    if (!(here > at(power, k - 1)) || here < at(power, k + 1)) continue;
    if (peaks == PEAKS && here <= at(power, load<i32>(peakPtr + ((PEAKS - 1) << 2)))) continue;
    if (!(here > ratio * background(k))) continue;
    let place = min(peaks, PEAKS - 1);
    for (; place > 0; place--) {
      const before = load<i32>(peakPtr + (<usize>(place - 1) << 2));
      if (at(power, before) >= here) break;
      store<i32>(peakPtr + (<usize>place << 2), before);
    }
    store<i32>(peakPtr + (<usize>place << 2), k);
    peaks = min(peaks + 1, PEAKS);
  }
  return peaks;
}

/** Powers → autocorrelation at each lag < points: Σ x_t x_{t+k} by its number of pairs, scaled. */
function fillCorrelations(): void {
  memory.fill(imaginaryPtr(), 0, <usize>size << 3);
  transform(realPtr(), imaginaryPtr(), size);
  const whole = at(realPtr(), 0) / <f64>points;
  for (let k = 0; k < points; k++) {
    put(realPtr(), k, at(realPtr(), k) / (whole * <f64>(points - k)));
  }
}

/** Mean correlation at the multiples of a lag that half the values hold. */
function comb(lag: i32): f64 {
  let sum = 0.0;
  let count = 0.0;
  for (let multiple = lag; 2 * multiple <= points; multiple += lag) {
    sum += at(realPtr(), multiple);
    count += 1;
  }
  return count > 0 ? sum / count : -Infinity;
}

/** The period that a peak at k of the periodogram stands for: the best comb within its width. */
function periodAt(k: i32): i32 {
  const cycles = (<f64>k * <f64>points) / <f64>size;
  const to = <i32>ceil(<f64>points / (cycles - 0.5));
  let best = 0;
  let height = -Infinity;
  for (let lag = max(2, <i32>floor(<f64>points / (cycles + 0.5))); lag <= to; lag++) {
    const value = comb(lag);
    if (value <= height) continue;
    best = lag;
    height = value;
  }
  return snapped(best);
}

/** The hour, day or week where it is as near as the values can tell, within half a cycle of all. */
function snapped(period: i32): i32 {
  if (daySteps == 0) return period;
  for (let i = 0; i < 3; i++) {
    const season = i == 0 ? daySteps / 24 : i == 1 ? daySteps : 7 * daySteps;
    if (i == 0 && daySteps % 24 != 0) continue;
    // Of a season that the values do not hold they cannot tell: its reach would be over all.
    if (season < 2 || CYCLES_MIN * <f64>season > <f64>points) continue;
    const reach = (0.5 * <f64>season * <f64>season) / <f64>points;
    if (<f64>abs(period - season) <= max(reach, 1)) return season;
  }
  return period;
}

/** Correlation at the period above its mean over half a period on both sides. */
function strengthOf(period: i32): f64 {
  if (period < 2 || CYCLES_MIN * <f64>period > <f64>points) return 0;
  let around = 0.0;
  const from = (period + 1) / 2;
  const to = min(from + period, points - 2);
  for (let lag = from; lag < to; lag++) around += at(realPtr(), lag);
  const strength = at(realPtr(), period) - around / <f64>(to - from);
  return strength * sqrt(<f64>(points - period)) > ERRORS_MIN ? strength : 0;
}

/** Whether none of the candidates within a quarter of a period has a higher comb. */
function leads(period: i32, candidates: i32): bool {
  const height = comb(period);
  for (let i = 0; i < candidates; i++) {
    const other = load<i32>(peakPtr + (<usize>i << 2));
    if (4 * abs(other - period) <= period && comb(other) > height) return false;
  }
  return true;
}

/**
 * Starts the search in the newest 32,768 of the first n values of history, NaN = missing.
 *
 * @param day steps of a day: a period next to the hour, day or week is that; 0 = no calendar
 */
export function periodsBegin(n: i32, day: i32): i32 {
  found = -1;
  if (day < 0) return ERR_OPTION;
  daySteps = day;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  points = min(n, POINTS_MAX);
  const from = historyPtr + (<usize>(n - points) << 3);
  let observed = 0;
  for (let t = 0; t < points; t++) observed += <i32>(at(from, t) == at(from, t));
  if (observed < max(POINTS_MIN, points / 2)) return ERR_TOO_SHORT;
  affine(valuesPtr(), from, points, 1 / powerOfTwo(absoluteMax(from, points)), 0);
  fillGaps(valuesPtr(), points, 0, work(4));
  detrend(valuesPtr(), points, work(4));
  size = 32;
  while (size < 2 * points) size <<= 1;
  put(paramsPtr, 0, 0);
  found = 0;
  return OK;
}

/**
 * Looks for one more period.
 *
 * @returns MORE when one was found and there may be another, else OK; params: 0 how many, then the
 *   length in steps and the strength in 0..1 of each
 */
export function periodsAdvance(): i32 {
  if (found < 0) return ERR_STATE;
  fillPowers();
  const peaks = notePeaks();
  if (peaks == 0 || found == PERIODS_MAX) return OK;
  fillCorrelations();
  let most = 0.0;
  for (let i = 0; i < peaks; i++) {
    const at_ = peakPtr + (<usize>i << 2);
    const period = periodAt(load<i32>(at_));
    store<i32>(at_, period);
    most = max(most, strengthOf(period));
  }
  if (!(most >= STRENGTH_MIN)) return OK;
  let best = HISTORY_CAPACITY;
  for (let i = 0; i < peaks; i++) {
    const period = load<i32>(peakPtr + (<usize>i << 2));
    if (period >= best || strengthOf(period) < RIVAL * most) continue;
    if (leads(period, peaks)) best = period;
  }
  const strength = steadyStrength(valuesPtr(), points, best, work(4));
  if (!(strength >= STEADY_MIN + (FEW_CYCLES * <f64>best) / <f64>points)) return OK;
  put(paramsPtr, 1 + 2 * found, <f64>best);
  put(paramsPtr, 2 + 2 * found, min(strength, 1));
  put(paramsPtr, 0, <f64>++found);
  removePhases(valuesPtr(), points, best);
  return MORE;
}
