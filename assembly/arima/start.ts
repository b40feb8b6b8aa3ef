// First guess of the coefficients by Hannan & Rissanen (1982, Biometrika 69, §2): a long
// autoregression gives residuals, then w is regressed on lagged w and lagged residuals. Both steps
// need second moments only, so they are solved from the autocovariances, without another pass.
// The seasonal part is the same on the lattice of whole seasons.

import {
  AR, LANE_W, MA, SAR, SMA, at, coefPtr, lane, p, put, q, s, sp, sq,
} from "./orders";
import { points } from "./difference";
import { clearCoefficients, rootsBeyond, toFree } from "./transform";
import { dot, fourDots, solvePositive } from "./vector";

/** Lags of autocovariance at most: long order 12, and both short orders behind it. */
const LAGS: i32 = 32;
const gammaPtr: usize = memory.data(LAGS * 8, 16);
const longPtr: usize = memory.data(LAGS * 8, 16);
const crossPtr: usize = memory.data(2 * LAGS * 8, 16);
const normalPtr: usize = memory.data(10 * 10 * 8, 16);
const rightPtr: usize = memory.data(10 * 8, 16);
/** A guess nearer to the unit circle than this would start the search at a wall. */
const PARTIAL_START: f64 = 0.98;

/** γ(k·stride), k ≤ last, without division by n. */
function autocovariances(stride: i32, last: i32): void {
  const w = lane(LANE_W);
  let from = 0;
  if (stride == 1) {
    for (; from + 3 <= last && points > last + 8; from += 4) {
      fourDots(w, w + (<usize>from << 3), points - from, gammaPtr + (<usize>from << 3));
    }
  }
  for (let k = from; k <= last; k++) {
    const lag = k * stride;
    const n = points - lag;
    put(gammaPtr, k, n > 0 ? dot(w, w + (<usize>lag << 3), n) : 0.0);
  }
}

/** Levinson–Durbin: long autoregression of order m into longPtr. False without variance. */
function longAutoregression(m: i32): bool {
  let variance = at(gammaPtr, 0);
  if (!(variance > 0)) return false;
  for (let k = 0; k < m; k++) {
    let sum = at(gammaPtr, k + 1);
    for (let i = 0; i < k; i++) sum -= at(longPtr, i) * at(gammaPtr, k - i);
    const partial = sum / variance;
    for (let i = 0, j = k - 1; i <= j; i++, j--) {
      const low = at(longPtr, i);
      const high = at(longPtr, j);
      put(longPtr, i, low - partial * high);
      if (i != j) put(longPtr, j, high - partial * low);
    }
    put(longPtr, k, partial);
    variance *= 1 - partial * partial;
    if (!(variance > 0)) return false;
  }
  return true;
}

/** Pulls roots outwards until the polynomial 1 − Σ sign·c_i z^i has all beyond the unit circle. */
function pullInside(c: usize, m: i32, sign: f64): void {
  for (let round = 0; round < 40; round++) {
    if (rootsBeyond(c, m, sign, 1.01)) return;
    let power = 0.9;
    for (let i = 0; i < m; i++) {
      put(c, i, at(c, i) * power);
      power *= 0.9;
    }
  }
}

/** E[w_t ê_{t−k}], k in −LAGS..LAGS. */
// @ts-ignore: decorator
@inline
function cross(k: i32): f64 {
  return at(crossPtr, k + LAGS);
}

function residualCovariance(k: i32, m: i32): f64 {
  let sum = cross(k);
  for (let a = 1; a <= m; a++) sum -= at(longPtr, a - 1) * cross(k - a);
  return sum;
}

/** Regresses on `ar` lags of w and `ma` lags of ê of a long autoregression of order m. */
function regress(ar: i32, ma: i32, m: i32, toAr: usize, toMa: usize): void {
  if (!longAutoregression(m)) return;
  if (ma == 0) {
    memory.copy(toAr, longPtr, <usize>ar << 3);
    return;
  }
  for (let k = -m; k <= ma; k++) {
    let sum = at(gammaPtr, abs(k));
    for (let a = 1; a <= m; a++) sum -= at(longPtr, a - 1) * at(gammaPtr, abs(k + a));
    put(crossPtr, k + LAGS, sum);
  }
  const size = ar + ma;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value =
        i < ar ? at(gammaPtr, i - j)
        : j < ar ? cross(i - ar - j)
        : residualCovariance(i - j, m);
      put(normalPtr, i * 10 + j, value);
    }
    put(normalPtr, i * 10 + i, at(normalPtr, i * 10 + i) * (1 + 1e-9));
    put(rightPtr, i, i < ar ? at(gammaPtr, i + 1) : cross(i - ar + 1));
  }
  if (!solvePositive(normalPtr, 10, rightPtr, size)) return;
  memory.copy(toAr, rightPtr, <usize>ar << 3);
  memory.copy(toMa, rightPtr + (<usize>ar << 3), <usize>ma << 3);
}

/** Writes the guess to x (packed as in transform.ts) and to the coefficient slots. */
export function guess(x: usize): void {
  clearCoefficients();
  if (p + q > 0) {
    const m = q == 0 ? p : min(p + q + 4, max(1, points / 4));
    if (m >= p) {
      autocovariances(1, m + q);
      regress(p, q, m, coefPtr + AR * 8, coefPtr + MA * 8);
      pullInside(coefPtr + AR * 8, p, 1);
      pullInside(coefPtr + MA * 8, q, -1);
    }
  }
  if (sp + sq > 0) {
    const m = sq == 0 ? sp : min(sp + sq + 1, max(1, points / s - sq - 2));
    if (m >= max(sp, 1) && (m + sq + 1) * s < points) {
      autocovariances(s, m + sq);
      regress(sp, sq, m, coefPtr + SAR * 8, coefPtr + SMA * 8);
      pullInside(coefPtr + SAR * 8, sp, 1);
      pullInside(coefPtr + SMA * 8, sq, -1);
    }
  }
  toFree(x, PARTIAL_START);
}
