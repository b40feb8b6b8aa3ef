// How seasonal a series is: F_s = max(0, 1 − var(remainder) / var(season + remainder)) of a
// decomposition whose season is a moving mean over eleven seasons (Wang, Smith & Hyndman 2006, Data
// Min. Knowl. Disc. 13, §3.1; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd
// ed., §4.3).

/** Above this a seasonal difference is taken (Hyndman & Athanasopoulos, op. cit., §9.1). */
export const STRENGTH_CRITICAL: f64 = 0.64;
/** Seasons on either side; eleven in all, as R's forecast::mstl takes. */
const SEASONS: i32 = 5;

/**
 * F_s of the season of s steps; 0 when fewer than two whole seasons can be seen.
 *
 * @param x n values, NaN = missing
 * @param detrended scratch f64[n]
 */
export function seasonalStrength(x: usize, n: i32, s: i32, detrended: usize): f64 {
  if (n < 3 * s) return 0;
  const half = s >> 1;
  let sum = 0.0;
  let present = 0;
  for (let i = 0; i < 2 * half + 1; i++) {
    const value = load<f64>(x + (<usize>i << 3));
    if (value == value) {
      sum += value;
      present++;
    }
  }
  for (let t = half; t < n - half; t++) {
    const here = load<f64>(x + (<usize>t << 3));
    const low = load<f64>(x + (<usize>(t - half) << 3));
    let high = load<f64>(x + (<usize>(t + half) << 3));
    const ends = (low == low ? low : 0) + (high == high ? high : 0);
    const endsSeen: f64 = (low == low ? 1 : 0) + (high == high ? 1 : 0);
    // An even season counts both ends half, so that every phase weighs the same.
    const even = (s & 1) == 0;
    const trend = even
      ? (sum - 0.5 * ends) / (<f64>present - 0.5 * endsSeen)
      : sum / <f64>present;
    const value = here - trend;
    store<f64>(detrended + (<usize>t << 3), value);
    if (low == low) {
      sum -= low;
      present--;
    }
    if (t + half + 1 < n) {
      high = load<f64>(x + (<usize>(t + half + 1) << 3));
      if (high == high) {
        sum += high;
        present++;
      }
    }

  }
  return strengthOf(n, s, half, detrended);
}

/** Mean of what is seen of one phase within SEASONS seasons of step t: the season may evolve. */
function seasonAt(detrended: usize, t: i32, n: i32, s: i32, half: i32): f64 {
  let sum = 0.0;
  let seen = 0.0;
  for (let k = max(t - SEASONS * s, half + (t - half) % s); k <= t + SEASONS * s; k += s) {
    if (k >= n - half) break;
    const value = load<f64>(detrended + (<usize>k << 3));
    if (value != value) continue;
    sum += value;
    seen += 1;
  }
  return sum / seen;
}

function strengthOf(n: i32, s: i32, half: i32, detrended: usize): f64 {
  let count = 0.0;
  let both = 0.0;
  let bothSquares = 0.0;
  let rest = 0.0;
  let restSquares = 0.0;
  for (let t = half; t < n - half; t++) {
    const value = load<f64>(detrended + (<usize>t << 3));
    if (value != value) continue;
    const remainder = value - seasonAt(detrended, t, n, s, half);
    count += 1;
    both += value;
    bothSquares += value * value;
    rest += remainder;
    restSquares += remainder * remainder;
  }
  if (count < 1) return 0;
  const total = bothSquares - (both * both) / count;
  const unexplained = restSquares - (rest * rest) / count;
  return total > 0 ? max(0, 1 - unexplained / total) : 0;
}
