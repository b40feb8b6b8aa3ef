// Classical decomposition: is there a season of m steps, and what are its indexes? Hyndman &
// Athanasopoulos, Forecasting: principles and practice, 3rd ed., §3.4; the test is that of the
// Theta method (Assimakopoulos & Nikolopoulos 2000; Fiorucci et al. 2016, §4). Missing values are
// left out of every mean.

import { dot } from "../arima/vector";
import { meanOf } from "../stats/moments";

/** Points that the test looks at: three days of minutes. */
const TEST_CAPACITY: i32 = 4_320;
/** Longest season, in steps: the test sees two. */
export const SEASON_MAX: i32 = TEST_CAPACITY / 2;
/** Lags over which the test's variance is summed; of more, evenly spread ones stand for all. */
const LAGS_MAX: i32 = 64;
/** 95 % point of the normal distribution: the test is two-sided at 90 %. */
const CRITICAL: f64 = 1.6448536269514722;
/** A seasonal factor smaller than this would make a division meaningless. */
const FACTOR_MIN: f64 = 0.01;

const deviationsPtr: usize = memory.data(TEST_CAPACITY * 8, 16);
const countsPtr: usize = memory.data(SEASON_MAX * 4, 16);

// @ts-ignore: decorator
@inline
function value(values: usize, i: i32): f64 {
  return load<f64>(values + (<usize>i << 3));
}

/**
 * Whether |r_m| > 1.645 √((1 + 2 Σ_{k<m} r_k²) / n), on the last 4,320 of n values; never where
 * these are less than two seasons.
 */
export function isSeasonal(values: usize, n: i32, m: i32): bool {
  const length = min(n, TEST_CAPACITY);
  if (m < 2 || length < 2 * m) return false;
  const from = values + (<usize>(n - length) << 3);
  let count = 0;
  for (let i = 0; i < length; i++) count += <i32>(value(from, i) == value(from, i));
  if (count <= m) return false;
  const mean = meanOf(from, length, count);
  let peak = 0.0;
  for (let i = 0; i < length; i++) {
    const deviation = value(from, i) - mean;
    const known = deviation == deviation ? deviation : 0;
    peak = max(peak, abs(known));
    store<f64>(deviationsPtr + (<usize>i << 3), known);
  }
  if (!(peak > 0) || !(peak < Infinity)) return false;
  for (let i: usize = 0, end = <usize>length << 3; i < end; i += 8) {
    store<f64>(deviationsPtr + i, load<f64>(deviationsPtr + i) / peak);
  }
  const total = dot(deviationsPtr, deviationsPtr, length);
  const lags = min(m - 1, LAGS_MAX);
  let squares = 0.0;
  for (let k = 1; k <= lags; k++) {
    const r = correlation(length, (k * (m - 1)) / lags, total);
    squares += (r * r * <f64>(m - 1)) / <f64>lags;
  }
  const r = correlation(length, m, total);
  return abs(r) > CRITICAL * sqrt((1 + 2 * squares) / <f64>count);
}

function correlation(length: i32, lag: i32, total: f64): f64 {
  return dot(deviationsPtr, deviationsPtr + (<usize>lag << 3), length - lag) / total;
}

/**
 * Seasonal indexes of n values, the first of which has index 0: the mean over the seasons of value
 * / trend (× 1 on average), or of value − trend (0 on average); the trend is a centred moving mean
 * of one season.
 *
 * @param to f64[m]; a phase that was never observed beside a trend is neutral
 * @returns false when it says nothing: fewer than two seasons, or factors that are not positive
 */
export function seasonalIndexes(
  values: usize, n: i32, m: i32, multiplicative: bool, to: usize,
): bool {
  if (m < 2 || m > SEASON_MAX || n < 2 * m) return false;
  memory.fill(to, 0, <usize>m << 3);
  memory.fill(countsPtr, 0, <usize>m << 2);
  const half = m >> 1;
  const even = (m & 1) == 0;
  let sum = 0.0;
  let weight = 0.0;
  for (let t = half; t < n - half; t++) {
    // Sums begin anew once a season, so that what a huge value rounded away comes back.
    if ((t - half) % m == 0) {
      sum = 0;
      weight = 0;
      for (let i = t - half; i <= t + half; i++) {
        const x = value(values, i);
        if (x != x) continue;
        sum += x;
        weight += 1;
      }
    } else {
      const left = value(values, t - half - 1);
      const right = value(values, t + half);
      if (left == left) {
        sum -= left;
        weight -= 1;
      }
      if (right == right) {
        sum += right;
        weight += 1;
      }
    }
    // An even season counts both ends half, so that every phase weighs the same.
    const low = even ? value(values, t - half) : NaN;
    const high = even ? value(values, t + half) : NaN;
    const ends = (low == low ? low : 0) + (high == high ? high : 0);
    const endsSeen: f64 = (low == low ? 0.5 : 0) + (high == high ? 0.5 : 0);
    const trend = (sum - 0.5 * ends) / (weight - endsSeen);
    const x = value(values, t);
    const index = multiplicative ? x / trend : x - trend;
    if (!(abs(index) < Infinity)) continue;
    const phase = t % m;
    const at = to + (<usize>phase << 3);
    store<f64>(at, load<f64>(at) + index);
    const seen = countsPtr + (<usize>phase << 2);
    store<i32>(seen, load<i32>(seen) + 1);
  }
  return normalise(m, multiplicative, to);
}

function normalise(m: i32, multiplicative: bool, to: usize): bool {
  const neutral: f64 = multiplicative ? 1 : 0;
  let sum = 0.0;
  for (let phase = 0; phase < m; phase++) {
    const at = to + (<usize>phase << 3);
    const seen = load<i32>(countsPtr + (<usize>phase << 2));
    const index = seen > 0 ? load<f64>(at) / <f64>seen : neutral;
    store<f64>(at, index);
    sum += index;
  }
  const mean = sum / <f64>m;
  for (let phase = 0; phase < m; phase++) {
    const at = to + (<usize>phase << 3);
    const index = multiplicative ? load<f64>(at) / mean : load<f64>(at) - mean;
    store<f64>(at, index);
    if (multiplicative && !(index >= FACTOR_MIN)) return false;
    if (!(abs(index) < Infinity)) return false;
  }
  return true;
}
