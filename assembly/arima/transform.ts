// Coefficients that are stationary and invertible by construction: the optimisers move freely in x,
// partial autocorrelations are x / √(1 + x²) (in (−1, 1)), and Durbin–Levinson turns those into
// coefficients (Monahan 1984, Biometrika 71, eq. 2; Jones 1980, Technometrics 22, §2).

import { AR, MA, SAR, SLOTS, SMA, at, coefPtr, p, put, q, sp, sq } from "./orders";

/** Partial autocorrelations nearer to ±1 than this are pulled back: roots on the unit circle. */
const PARTIAL_MAX: f64 = 0.9999999;
/** x of PARTIAL_MAX: farther out nothing changes. */
const FREE_MAX: f64 = 2236;

const partialPtr: usize = memory.data(8 * 8, 16);
const scratchPtr: usize = memory.data(8 * 8, 16);
const forwardPtr: usize = memory.data(8 * 8, 16);
const backwardPtr: usize = memory.data(8 * 8, 16);

/** ∂coefficient_i / ∂x_j of each block, f64[4][5][5]. */
const slopePtr: usize = memory.data(4 * 25 * 8, 16);

/** Block b of 0..3: ar, ma, seasonalAr, seasonalMa. */
export function blockOrder(b: i32): i32 {
  return b == 0 ? p : b == 1 ? q : b == 2 ? sp : sq;
}

export function blockSlot(b: i32): i32 {
  return b == 0 ? AR : b == 1 ? MA : b == 2 ? SAR : SMA;
}

// @ts-ignore: decorator
@inline
function partialOf(x: f64): f64 {
  const bound = min(max(x, -FREE_MAX), FREE_MAX);
  return bound / sqrt(1 + bound * bound);
}

/** x → coefficients of one block of m; a moving average has the opposite sign. */
function blockToCoefficients(x: usize, m: i32, to: usize, sign: f64): void {
  for (let k = 0; k < m; k++) {
    const partial = partialOf(at(x, k));
    for (let i = 0, j = k - 1; i <= j; i++, j--) {
      const low = at(to, i);
      const high = at(to, j);
      put(to, i, low - partial * high);
      if (i != j) put(to, j, high - partial * low);
    }
    put(to, k, partial);
  }
  if (sign < 0) for (let i = 0; i < m; i++) put(to, i, -at(to, i));
}

/** x (packed: ar, ma, seasonalAr, seasonalMa) → the shared coefficient slots. */
export function toCoefficients(x: usize): void {
  let offset = 0;
  for (let b = 0; b < 4; b++) {
    const m = blockOrder(b);
    const sign: f64 = (b & 1) == 1 ? -1 : 1;
    blockToCoefficients(x + (<usize>offset << 3), m, coefPtr + (<usize>blockSlot(b) << 3), sign);
    offset += m;
  }
}

/**
 * Partial autocorrelations of the polynomial 1 − Σ sign·c_i z^i by Durbin–Levinson backwards.
 *
 * @returns false when the polynomial has a root in or on the unit circle
 */
function stepDown(coefficients: usize, m: i32, sign: f64): bool {
  for (let i = 0; i < m; i++) put(scratchPtr, i, sign * at(coefficients, i));
  for (let k = m - 1; k >= 0; k--) {
    const partial = at(scratchPtr, k);
    if (!(abs(partial) < 1)) return false;
    put(partialPtr, k, partial);
    const scale = 1 / (1 - partial * partial);
    for (let i = 0, j = k - 1; i <= j; i++, j--) {
      const low = at(scratchPtr, i);
      const high = at(scratchPtr, j);
      put(scratchPtr, i, (low + partial * high) * scale);
      if (i != j) put(scratchPtr, j, (high + partial * low) * scale);
    }
  }
  return true;
}

/** True when all roots of the m coefficients' polynomial are farther out than `modulus`. */
export function rootsBeyond(coefficients: usize, m: i32, sign: f64, modulus: f64): bool {
  let power = modulus;
  for (let i = 0; i < m; i++) {
    put(forwardPtr, i, at(coefficients, i) * power);
    power *= modulus;
  }
  return stepDown(forwardPtr, m, sign);
}

/** Coefficient slots → x; a block outside the region becomes `fallback` partial zero. */
export function toFree(x: usize, partialMax: f64): void {
  let offset = 0;
  const most = min(partialMax, PARTIAL_MAX);
  for (let b = 0; b < 4; b++) {
    const m = blockOrder(b);
    const sign: f64 = (b & 1) == 1 ? -1 : 1;
    const inside = stepDown(coefPtr + (<usize>blockSlot(b) << 3), m, sign);
    for (let i = 0; i < m; i++) {
      const partial = inside ? min(max(at(partialPtr, i), -most), most) : 0.0;
      put(x, offset + i, partial / sqrt(1 - partial * partial));
    }
    offset += m;
  }
}

const SLOPE_STEP: f64 = 1e-6;

/** Fills the slopes ∂coefficient/∂x at x; one coefficient has a closed form. */
export function slopesAt(x: usize): void {
  let offset = 0;
  for (let b = 0; b < 4; b++) {
    const m = blockOrder(b);
    const sign: f64 = (b & 1) == 1 ? -1 : 1;
    const slope = slopePtr + (<usize>(b * 25) << 3);
    const from = x + (<usize>offset << 3);
    if (m == 1) {
      const partial = partialOf(at(from, 0));
      const rest = 1 - partial * partial;
      put(slope, 0, sign * rest * sqrt(rest));
    } else {
      for (let j = 0; j < m; j++) {
        const centre = at(from, j);
        put(from, j, centre + SLOPE_STEP);
        blockToCoefficients(from, m, forwardPtr, sign);
        put(from, j, centre - SLOPE_STEP);
        blockToCoefficients(from, m, backwardPtr, sign);
        put(from, j, centre);
        for (let i = 0; i < m; i++) {
          const change = at(forwardPtr, i) - at(backwardPtr, i);
          put(slope, i * 5 + j, change * (0.5 / SLOPE_STEP));
        }
      }
    }
    offset += m;
  }
}

/** vector := slopesᵀ · vector over the coefficient part; what lies behind (the constant) stays. */
export function slopesTransposed(vector: usize, step: i32): void {
  let offset = 0;
  for (let b = 0; b < 4; b++) {
    const m = blockOrder(b);
    const slope = slopePtr + (<usize>(b * 25) << 3);
    for (let j = 0; j < m; j++) {
      let sum = 0.0;
      for (let i = 0; i < m; i++) {
        sum += at(slope, i * 5 + j) * at(vector, (offset + i) * step);
      }
      put(scratchPtr, j, sum);
    }
    for (let j = 0; j < m; j++) put(vector, (offset + j) * step, at(scratchPtr, j));
    offset += m;
  }
}

export function clearCoefficients(): void {
  memory.fill(coefPtr, 0, SLOTS * 8);
}
