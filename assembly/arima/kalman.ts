// Exact Gaussian likelihood of an ARMA process without gaps: the Kalman filter in Harvey's form
// (Gardner, Harvey & Phillips 1980, AS 154; Durbin & Koopman 2012, §3.4 and §7.2.1), run by the
// Chandrasekhar recursions (Morf, Sidhu & Kailath 1974; Pearlman 1980, Biometrika 67; Herbst 2015,
// eqs. 11–14): from a stationary start P_{t+1} − P_t has rank one, so a step costs r operations
// instead of r². When P has converged (F = σ², gain = R) the pass goes on as the plain innovations
// recursion.

import {
  LANE_CONSTANT, LANE_E, LANE_W, STATE_CAPACITY, arSpan, at, constant, lane, maSpan, put, stateSize,
} from "./orders";
import { points } from "./difference";
import { clearShift, constantResponse, residuals, resume } from "./css";
import {
  arDensePtr, arLagPtr, arTermPtr, arTerms, expand, expandDense, lagAt, maDensePtr, maLagPtr,
  maTermPtr, maTerms,
} from "./polynomial";
import { dot } from "./vector";

const STATE_BYTES: i32 = (STATE_CAPACITY + 8) * 8;
/** Predicted state of w, f64[r], in units of the scaled w. */
export const statePtr: usize = memory.data(STATE_BYTES, 16);
/** Predicted state of a series of ones, for the constant. */
const onesPtr: usize = memory.data(STATE_BYTES, 16);
const gainPtr: usize = memory.data(STATE_BYTES, 16);
/** W of P_{t+1} − P_t = W·weight·Wᵀ; before the pass Cov(α_t, w_t) of the stationary state. */
export const columnPtr: usize = memory.data(STATE_BYTES, 16);
const covariancePtr: usize = memory.data(3 * STATE_BYTES, 16);
const filteredPtr: usize = memory.data(3 * STATE_BYTES, 16);
const predictorPtr: usize = memory.data(STATE_BYTES, 16);
const partialPtr: usize = memory.data(STATE_BYTES, 16);

/** P has converged when F and the gain are this near to their limits. */
const F_NEAR: f64 = 1e-11;
const GAIN_NEAR: f64 = 1e-9;
const BLOCK: i32 = 512;

/** Σ v²/F with the constant profiled out, Σ log F, and the profiled constant. */
export let squares: f64 = 0;
export let logF: f64 = 0;
export let profiled: f64 = 0;
/** Set when statePtr is behind: the pass ended as an innovations recursion. */
export let plain: bool = false;

/** Variance of w in units of σ². */
export let spread: f64 = 0;

let r: i32 = 0;
let variance: f64 = 1;
let weight: f64 = 0;
let product: f64 = 1;
let position: i32 = 0;
let steadyFrom: i32 = 0;
let steady: bool = false;
let vv: f64 = 0;
let vu: f64 = 0;
let uu: f64 = 0;

/** Autocovariances γ(0..last) of the autoregressive part with σ² = 1 into covariancePtr. */
function autoregressiveCovariances(last: i32): bool {
  const m = arSpan();
  for (let i = 0; i < m; i++) put(predictorPtr, i, at(arDensePtr, i));
  let variance0 = 1.0;
  for (let k = m - 1; k >= 0; k--) {
    const partial = at(predictorPtr, k);
    const rest = 1 - partial * partial;
    if (!(rest > 0)) return false;
    put(partialPtr, k, partial);
    variance0 /= rest;
    for (let i = 0, j = k - 1; i <= j; i++, j--) {
      const low = at(predictorPtr, i);
      const high = at(predictorPtr, j);
      put(predictorPtr, i, (low + partial * high) / rest);
      if (i != j) put(predictorPtr, j, (high + partial * low) / rest);
    }
  }
  put(covariancePtr, 0, variance0);
  let error = variance0;
  for (let k = 0; k < m; k++) {
    const partial = at(partialPtr, k);
    let sum = partial * error;
    for (let i = 0; i < k; i++) sum += at(predictorPtr, i) * at(covariancePtr, k - i);
    put(covariancePtr, k + 1, sum);
    for (let i = 0, j = k - 1; i <= j; i++, j--) {
      const low = at(predictorPtr, i);
      const high = at(predictorPtr, j);
      put(predictorPtr, i, low - partial * high);
      if (i != j) put(predictorPtr, j, high - partial * low);
    }
    put(predictorPtr, k, partial);
    error *= 1 - partial * partial;
  }
  for (let h = m + 1; h <= last; h++) {
    let sum = 0.0;
    for (let k = 0; k < arTerms; k++) {
      sum += at(arTermPtr, k) * at(covariancePtr, abs(h - lagAt(arLagPtr, k)));
    }
    put(covariancePtr, h, sum);
  }
  return true;
}

/** Cov(α_t, w_t) of the stationary state, f64[r], into columnPtr; coefficients expanded. */
export function stationaryColumn(): bool {
  r = stateSize();
  const last = r - 1 + maSpan();
  if (!autoregressiveCovariances(last)) return false;
  for (let h = 0; h <= last; h++) {
    let sum = at(covariancePtr, h);
    for (let k = 0; k < maTerms; k++) {
      sum += at(maTermPtr, k) * at(covariancePtr, abs(h - lagAt(maLagPtr, k)));
    }
    put(filteredPtr, h, sum);
  }
  for (let h = 0; h < r; h++) {
    let sum = at(filteredPtr, h);
    for (let k = 0; k < maTerms; k++) {
      sum += at(maTermPtr, k) * at(filteredPtr, h + lagAt(maLagPtr, k));
    }
    put(covariancePtr, h, sum);
  }
  for (let i = 0; i < r; i++) {
    let sum = at(covariancePtr, i);
    for (let k = 0; k < arTerms; k++) {
      const lag = lagAt(arLagPtr, k);
      if (lag <= i) sum -= at(arTermPtr, k) * at(covariancePtr, i - lag);
    }
    put(columnPtr, i, sum);
  }
  spread = at(columnPtr, 0);
  return spread < Infinity;
}

/**
 * Starts a pass at the coefficient slots (expanded here).
 *
 * @returns false when the process is not stationary
 */
export function likelihoodBegin(): bool {
  r = stateSize();
  expand();
  expandDense(r);
  clearShift();
  const bytes = <usize>(r + 4) << 3;
  memory.fill(statePtr, 0, bytes);
  memory.fill(onesPtr, 0, bytes);
  memory.fill(gainPtr, 0, bytes);
  memory.fill(columnPtr, 0, bytes);
  if (!stationaryColumn()) return false;
  variance = spread;
  for (let i = 0; i < r; i++) {
    put(gainPtr, i, at(columnPtr, i + 1) + at(arDensePtr, i) * spread);
  }
  memory.copy(columnPtr, gainPtr, bytes);
  weight = -1 / variance;
  product = 1;
  logF = 0;
  vv = vu = uu = 0;
  position = 0;
  steady = false;
  plain = false;
  steadyFrom = points;
  return true;
}

/** Price of one block in work units. */
export function likelihoodCost(): i32 {
  if (plain) return BLOCK * 4;
  return BLOCK * 4 + 600 * (r + 6);
}

/** One block; true when the pass is complete. */
export function likelihoodBlock(): bool {
  const to = min(points, position + BLOCK);
  while (position < to && !plain) {
    if (steady && position >= steadyFrom) {
      beginPlain();
      break;
    }
    step();
    position++;
  }
  if (plain && position < to) plainBlock(position, to);
  position = to;
  if (to < points) return false;
  logF += Math.log(product);
  profiled = uu > 0 ? vu / uu : 0;
  squares = max(vv - profiled * vu, 0);
  return true;
}

function step(): void {
  const t = position;
  const head = load<f64>(statePtr);
  const v = at(lane(LANE_W), t) - head;
  const pull = v / variance;
  put(lane(LANE_E), t, v);
  vv += v * pull;
  product *= variance;
  if (product > 1e100) {
    logF += Math.log(product);
    product = 1;
  }
  advanceState(statePtr, head, pull);
  if (constant == 1) {
    const onesHead = load<f64>(onesPtr);
    const u = 1 - onesHead;
    put(lane(LANE_CONSTANT), t, u);
    vu += u * pull;
    uu += (u * u) / variance;
    advanceState(onesPtr, onesHead, u / variance);
  }
  if (!steady) advanceGain();
}

/** a := T a + K·pull */
function advanceState(state: usize, head: f64, pull: f64): void {
  const heads = f64x2.splat(head);
  const pulls = f64x2.splat(pull);
  const end = <usize>r << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const moved = f64x2.add(
      v128.load(state + i, 8),
      f64x2.mul(v128.load(arDensePtr + i), heads),
    );
    v128.store(state + i, f64x2.add(moved, f64x2.mul(v128.load(gainPtr + i), pulls)));
  }
  if ((r & 1) == 1) put(state, r, 0);
}

function advanceGain(): void {
  const head = load<f64>(columnPtr);
  const lift = weight * head;
  const next = variance + lift * head;
  const inverse = head / next;
  const heads = f64x2.splat(head);
  const lifts = f64x2.splat(lift);
  const inverses = f64x2.splat(inverse);
  const end = <usize>r << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const moved = f64x2.add(
      v128.load(columnPtr + i, 8),
      f64x2.mul(v128.load(arDensePtr + i), heads),
    );
    const gain = f64x2.add(v128.load(gainPtr + i), f64x2.mul(moved, lifts));
    v128.store(gainPtr + i, gain);
    v128.store(columnPtr + i, f64x2.sub(moved, f64x2.mul(gain, inverses)));
  }
  if ((r & 1) == 1) {
    put(gainPtr, r, 0);
    put(columnPtr, r, 0);
  }
  weight *= next / variance;
  variance = next;
  if (variance - 1 < F_NEAR && gainHasConverged()) {
    steady = true;
    variance = 1;
    for (let i = 0; i < r; i++) put(gainPtr, i, at(arDensePtr, i) + at(maDensePtr, i));
    steadyFrom = max(position + 1 + maSpan(), arSpan());
  }
}

function gainHasConverged(): bool {
  for (let i = 0; i < r; i++) {
    const limit = at(arDensePtr, i) + at(maDensePtr, i);
    if (!(abs(at(gainPtr, i) - limit) < GAIN_NEAR)) return false;
  }
  return true;
}

function beginPlain(): void {
  plain = true;
  resume(0, lane(LANE_E), position);
  if (constant == 1) resume(1, lane(LANE_CONSTANT), position);
}

function plainBlock(from: i32, to: i32): void {
  residuals(from, to);
  const v = lane(LANE_E) + (<usize>from << 3);
  vv += dot(v, v, to - from);
  if (constant == 1) {
    constantResponse(from, to);
    const u = lane(LANE_CONSTANT) + (<usize>from << 3);
    vu += dot(u, v, to - from);
    uu += dot(u, u, to - from);
  }
}
