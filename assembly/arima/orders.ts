// The orders of the model in work, the buffers that every file of this folder shares, and their
// sizes.
//
// Model (Box & Jenkins 1976, §9.2, with the sign of R and statsmodels):
//   φ(B) Φ(B^s) (w_t − μ) = θ(B) Θ(B^s) e_t,   w_t = (1 − B)^d (1 − B^s)^D y_t
//   φ(B) = 1 − Σ ar_i B^i,   θ(B) = 1 + Σ ma_j B^j,   and the same for the seasonal Φ and Θ.

import { HISTORY_CAPACITY, work } from "../abi";

export const MAX_ORDER: i32 = 5;
export const MAX_SEASONAL: i32 = 2;
/** Slots of a coefficient vector: ar[5], ma[5], seasonalAr[2], seasonalMa[2]. */
export const SLOTS: i32 = 14;
export const AR: i32 = 0;
export const MA: i32 = 5;
export const SAR: i32 = 10;
export const SMA: i32 = 12;
/** Free parameters of an optimiser: the coefficients and the constant. */
export const MAX_FREE: i32 = 16;
/** State dimensions up to which the exact likelihood is computed. */
export const STATE_CAPACITY: i32 = 104;

export let p: i32 = 0;
export let d: i32 = 0;
export let q: i32 = 0;
export let sp: i32 = 0;
export let sd: i32 = 0;
export let sq: i32 = 0;
/** Season length in steps, 0 = none. */
export let s: i32 = 0;
/** 1 when a mean (d + D = 0) or a drift (d + D = 1) is part of the model. */
export let constant: i32 = 0;

/** Natural coefficients at which everything is evaluated, f64[SLOTS]. */
export const coefPtr: usize = memory.data(SLOTS * 8, 16);

export function setDifferences(difference: i32, seasonalDifference: i32, seasonLength: i32): void {
  d = difference;
  sd = seasonalDifference;
  s = seasonLength;
}

export function setOrders(
  ar: i32, ma: i32, seasonalAr: i32, seasonalMa: i32, withConstant: i32,
): void {
  p = ar;
  q = ma;
  sp = seasonalAr;
  sq = seasonalMa;
  constant = withConstant;
}

/** Degree of φ(B)Φ(B^s). */
export function arSpan(): i32 {
  return p + s * sp;
}

/** Degree of θ(B)Θ(B^s). */
export function maSpan(): i32 {
  return q + s * sq;
}

/** Degree of (1 − B)^d (1 − B^s)^D. */
export function differenceSpan(): i32 {
  return d + s * sd;
}

/** Dimension of the ARMA state in Harvey's form: max(p + sP, q + sQ + 1). */
export function stateSize(): i32 {
  return max(arSpan(), maSpan() + 1);
}

/** ARMA coefficients, without the constant. */
export function coefficientCount(): i32 {
  return p + q + sp + sq;
}

// Lanes: the shared scratch buffers cut anew, each with zeros in front, so that short lags before
// the first point read zero without a branch.
const LANE_PAD: i32 = 64;
const LANE_BYTES: usize = <usize>(HISTORY_CAPACITY + LANE_PAD) * 8;

/** w, centred and scaled. */
export const LANE_W: i32 = 0;
/** Residuals e. */
export const LANE_E: i32 = 1;
/** Derivative processes of the residuals by ar, ma, seasonalAr, seasonalMa and the constant. */
export const LANE_AR: i32 = 2;
export const LANE_MA: i32 = 3;
export const LANE_SAR: i32 = 4;
export const LANE_SMA: i32 = 5;
export const LANE_CONSTANT: i32 = 6;

/** Lane k, f64[HISTORY_CAPACITY] after 64 zeros. */
// @ts-ignore: decorator
@inline
export function lane(k: i32): usize {
  return work(0) + <usize>k * LANE_BYTES + LANE_PAD * 8;
}

/** The rest behind the seven lanes: f64[45,632], more than the largest span 30,247. */
export function restPtr(): usize {
  return work(0) + 7 * LANE_BYTES;
}

export function clearPads(): void {
  for (let k = 0; k < 7; k++) memory.fill(lane(k) - LANE_PAD * 8, 0, LANE_PAD * 8);
}

// @ts-ignore: decorator
@inline
export function at(base: usize, i: i32): f64 {
  return load<f64>(base + (<usize>i << 3));
}

// @ts-ignore: decorator
@inline
export function put(base: usize, i: i32, value: f64): void {
  store<f64>(base + (<usize>i << 3), value);
}
