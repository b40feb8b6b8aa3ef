// AR(p) by Yule and Walker's equations in Levinson's and Durbin's recursion (Durbin 1960, "The
// fitting of time-series models"; Brockwell & Davis 1991, §8.2), always stationary; the order of
// least AIC.

import { at, put } from "../arima/orders";
import { addScaled, dot, fourDots } from "../arima/vector";

/** Most lags. */
export const AR_CAPACITY: i32 = 36;
/** Below this mean square, values of size 1 are rounding. */
const ROUNDING: f64 = 1e-26;

const gammaPtr: usize = memory.data((AR_CAPACITY + 4) * 8, 16);
const trialPtr: usize = memory.data(AR_CAPACITY * 8, 16);

/** Innovation variance of the order chosen. */
export let variance: f64 = 0;

/** γ(k)/n, k ≤ last. */
function autocovariances(x: usize, n: i32, last: i32): void {
  for (let k = 0; k <= last; k += 4) {
    const lag = <usize>k << 3;
    fourDots(x, x + lag, n - k, gammaPtr + lag);
  }
  for (let k = 0; k <= last; k++) put(gammaPtr, k, at(gammaPtr, k) / <f64>n);
}

/** a := (a − k·reversed a, k), from order p to p + 1. */
function extend(p: i32, k: f64): void {
  for (let i = 0, j = p - 1; i <= j; i++, j--) {
    const low = at(trialPtr, i);
    const high = at(trialPtr, j);
    put(trialPtr, i, low - k * high);
    if (i != j) put(trialPtr, j, high - k * low);
  }
  put(trialPtr, p, k);
}

/**
 * Fits x_t = Σ a_i x_{t−i} + e_t.
 *
 * @param x n values of mean 0 and size 1 at most
 * @param a f64[AR_CAPACITY], the coefficients
 * @returns p ≤ AR_CAPACITY, n / 4; `variance` is that of e
 */
export function fitAr(x: usize, n: i32, a: usize): i32 {
  variance = n > 0 ? dot(x, x, n) / <f64>n : 0.0;
  const last = min(AR_CAPACITY, n / 4);
  if (!(variance > ROUNDING) || n < 12) return 0;
  autocovariances(x, n, last);
  let left = variance;
  let order = 0;
  let best = <f64>n * Math.log(variance);
  for (let p = 0; p < last; p++) {
    let sum = at(gammaPtr, p + 1);
    for (let i = 0; i < p; i++) sum -= at(trialPtr, i) * at(gammaPtr, p - i);
    const partial = sum / left;
    left *= 1 - partial * partial;
    if (!(left > ROUNDING)) break;
    extend(p, partial);
    const aic = <f64>n * Math.log(left) + 2 * <f64>(p + 1);
    if (aic >= best) continue;
    best = aic;
    order = p + 1;
    variance = left;
    memory.copy(a, trialPtr, <usize>order << 3);
  }
  return order;
}

/** φ(B) x into to[p..n); its first p values are those of x. */
export function filterAr(x: usize, n: i32, a: usize, p: i32, to: usize): void {
  memory.copy(to, x, <usize>n << 3);
  for (let i = 1; i <= p; i++) {
    addScaled(to + (<usize>p << 3), x + (<usize>(p - i) << 3), n - p, -at(a, i - 1));
  }
}
