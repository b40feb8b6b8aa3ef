// STL: a series as season + trend + remainder by LOESS (Cleveland, Cleveland, McRae & Terpenning
// 1990, J. Off. Stat. 6, §2 and §3).
//
// Buffers: work(4) to work(6) and, for the robust weights, work(7); the callers' arrays must lie
// elsewhere.

import { HISTORY_CAPACITY, SEASON_CAPACITY, work } from "../abi";
import { at, put } from "../arima/orders";
import { medianOf, selectRank } from "../stats/select";
import { fitAt, fitted, smooth } from "./loess";

/** Widths in steps, odd, and strides of the three smoothers; degree of the season's. */
export let seasonWindow: i32 = 0;
export let trendWindow: i32 = 0;
export let passWindow: i32 = 0;
export let seasonDegree: i32 = 0;
export let seasonJump: i32 = 1;
export let trendJump: i32 = 1;
export let passJump: i32 = 1;

/** The season reaches one cycle beyond both ends of the series. */
const EXTENDED: usize = <usize>(HISTORY_CAPACITY + 2 * SEASON_CAPACITY) << 3;

// @ts-ignore: decorator
@inline
function cyclePtr(): usize {
  return work(4);
}

// @ts-ignore: decorator
@inline
function lowPtr(): usize {
  return work(4) + EXTENDED;
}

/** Least odd number ≥ x. */
function oddAbove(x: f64): i32 {
  const whole = <i32>ceil(x);
  return whole + 1 - (whole & 1);
}

/**
 * Sets the windows: the trend's and the low-pass filter's follow from the season's (op. cit. §3.3
 * to §3.4); jumps are a tenth of each window, or 1.
 *
 * @param window cycles that a season is smoothed over, odd, ≥ 7
 * @param degree 0 or 1 of the season's local polynomials
 */
export function setWindows(period: i32, window: i32, degree: i32, isQuick: bool): void {
  seasonDegree = degree;
  seasonWindow = window;
  trendWindow = oddAbove((1.5 * <f64>period) / (1 - 1.5 / <f64>window));
  passWindow = oddAbove(<f64>(period + 1));
  seasonJump = isQuick ? (seasonWindow + 9) / 10 : 1;
  trendJump = isQuick ? (trendWindow + 9) / 10 : 1;
  passJump = isQuick ? (passWindow + 9) / 10 : 1;
}

/** Smooths each phase's values over the cycles, one cycle further at both ends, into cyclePtr. */
function smoothCycles(values: usize, n: i32, period: i32, robust: usize): void {
  for (let phase = 0; phase < period; phase++) {
    const k = (n - phase - 1) / period + 1;
    const sub = lowPtr();
    const weights = robust != 0 ? sub + (<usize>k << 3) : 0;
    const smoothed = sub + (<usize>(2 * k) << 3);
    for (let i = 0; i < k; i++) {
      put(sub, i, at(values, i * period + phase));
      if (robust != 0) put(weights, i, at(robust, i * period + phase));
    }
    smooth(sub, k, seasonWindow, seasonDegree, seasonJump, weights, smoothed);
    const to = cyclePtr() + (<usize>phase << 3);
    for (let i = 0; i < k; i++) put(to, (i + 1) * period, at(smoothed, i));
    const right = min(seasonWindow, k) - 1;
    const before = fitAt(sub, k, seasonWindow, seasonDegree, -1, 0, right, weights);
    put(to, 0, before ? fitted : at(smoothed, 0));
    const left = max(0, k - seasonWindow);
    const after = fitAt(sub, k, seasonWindow, seasonDegree, <f64>k, left, k - 1, weights);
    put(to, (k + 1) * period, after ? fitted : at(smoothed, k - 1));
  }
}

/** Moving mean over `width` of n values, in place; n − width + 1 are left. */
function movingMean(x: usize, n: i32, width: i32): void {
  let sum = 0.0;
  for (let i = 0; i < width; i++) sum += at(x, i);
  for (let i = 0; i + width <= n; i++) {
    const leaving = at(x, i);
    put(x, i, sum / <f64>width);
    if (i + width < n) sum += at(x, i + width) - leaving;
  }
}

/**
 * One pass of the inner loop (op. cit. §2.2): from `trend` to the next season and trend; the
 * remainder is y − season − trend. The first pass starts from a trend of zeros.
 *
 * @param y n finite values, two periods at least
 * @param period steps; setWindows must have been called for it
 * @param robust f64[n], weights of the values, or 0
 */
export function innerStep(
  y: usize, n: i32, period: i32, robust: usize, season: usize, trend: usize,
): void {
  for (let t = 0; t < n; t++) put(season, t, at(y, t) - at(trend, t));
  smoothCycles(season, n, period, robust);
  const low = lowPtr();
  const length = n + 2 * period;
  memory.copy(low, cyclePtr(), <usize>length << 3);
  movingMean(low, length, period);
  movingMean(low, n + period + 1, period);
  movingMean(low, n + 2, 3);
  smooth(low, n, passWindow, 1, passJump, 0, season);
  const cycle = cyclePtr() + (<usize>period << 3);
  for (let t = 0; t < n; t++) {
    put(season, t, at(cycle, t) - at(season, t));
    put(low, t, at(y, t) - at(season, t));
  }
  smooth(low, n, trendWindow, 1, trendJump, robust, trend);
}

/** Bisquare weights of what season and trend leave (op. cit. §2.3) into work(7), for the next round
 *  of the outer loop. */
export function weighRemainder(y: usize, n: i32, season: usize, trend: usize): void {
  const weights = work(7);
  const sorted = lowPtr();
  for (let t = 0; t < n; t++) {
    const rest = abs(at(y, t) - at(season, t) - at(trend, t));
    put(weights, t, rest);
    put(sorted, t, rest);
  }
  const upper = medianOf(sorted, n);
  const reach = 3 * (upper + ((n & 1) == 0 ? selectRank(sorted, n, n / 2 - 1) : upper));
  for (let t = 0; t < n; t++) {
    const rest = at(weights, t);
    const part = rest / reach;
    const room = 1 - part * part;
    put(weights, t, rest <= 0.001 * reach ? 1.0 : rest <= 0.999 * reach ? room * room : 0.0);
  }
}
