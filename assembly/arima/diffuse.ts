// Likelihood with missing observations: the integrated state space (Durbin & Koopman 2012, §3.4 and
// §4.10), whose filter skips what is missing.
//
// State: the r dimensions of the ARMA process in Harvey's form, then the last d + sD levels. The
// levels before the first step are taken as they were observed, which is the exact diffuse
// likelihood (op. cit. §5.2: it is the density given the first d + sD levels); those of them that
// are missing have a flat density: the state is a + x + Σ δ_i·column_i with x ~ N(0, P) and δ
// unknown (de Jong 1991, Ann. Stat. 19, §2), until an observed step tells one of the δ by the
// others. Once one leaves the whole state known, the pass goes on without covariances.
//
// The same filter without levels follows the covariance of a gap-free w, which is what a forecast
// needs where it has not converged.

import {
  LANE_W, STATE_CAPACITY, at, differenceSpan, lane, put, stateSize,
} from "./orders";
import { centre, count, levelPtr, points, scale } from "./difference";
import {
  arDensePtr, arLagPtr, arTermPtr, arTerms, expand, expandDense, lagAt,
} from "./polynomial";
import { stationaryColumn } from "./kalman";
import { response, stationaryVariance } from "./stationary";
import { clearLags, constantPath, expandDifference, lagOf, lags, weightPtr } from "./integration";
import { addScaled } from "./vector";

const STRIDE: i32 = STATE_CAPACITY + 8;
export const VARIANCE_BYTES: i32 = STRIDE * STRIDE * 8;
/** Variance of what no observation told, at the end. */
const DIFFUSE: f64 = 1e9;
/** Columns are whole numbers but for rounding: an unknown level is seen, or it is not. */
const SEEN: f64 = 1e-6;
const KNOWN: f64 = 1e-10;
const BLOCK: i32 = 64;

/** Predicted state after the last level, f64[size], in units of the scaled levels. */
export let statePtr: usize = memory.data(STRIDE * 8, 16);
let movedPtr: usize = memory.data(STRIDE * 8, 16);
const headPtr: usize = memory.data(STRIDE * 8, 16);
const gainPtr: usize = memory.data(STRIDE * 8, 16);
/** Predicted covariance, f64[size × STRIDE]. */
export let variancePtr: usize = memory.data(VARIANCE_BYTES, 16);
/** Scratch of the same size. */
export let otherPtr: usize = memory.data(VARIANCE_BYTES, 16);
/** Columns of the unknown levels, f64[unknown × STRIDE]. */
const columnsPtr: usize = memory.data(VARIANCE_BYTES, 16);
/** Levels that are not known by what was seen so far. */
let unknown: i32 = 0;

export let size: i32 = 0;
export let squares: f64 = 0;
export let logF: f64 = 0;
/** Observed steps in the likelihood. */
export let used: i32 = 0;
export let known: bool = false;

let r: i32 = 0;
let position: i32 = 0;
let integrated: bool = true;
let mean: f64 = 0;
let base: f64 = 0;
let product: f64 = 1;

// @ts-ignore: decorator
@inline
export function row(matrix: usize, i: i32): usize {
  return matrix + (<usize>(i * STRIDE) << 3);
}

/** Dimensions of the state at the orders in work. */
export function integratedSize(): i32 {
  return stateSize() + differenceSpan();
}

/** What is observed of step t, in the filter's units; NaN when missing. */
function seen(t: i32): f64 {
  if (!integrated) return at(lane(LANE_W), t);
  return (at(levelPtr(), t) - base) / scale - mean * constantPath(t);
}

/**
 * Starts a pass at the coefficient slots.
 *
 * @param shift mean of the centred, scaled w
 * @param ofLevels false: over w, which has no gaps
 * @returns false when the process is not stationary
 */
export function diffuseBegin(shift: f64, ofLevels: bool): bool {
  integrated = ofLevels;
  r = stateSize();
  const span = ofLevels ? differenceSpan() : 0;
  size = r + span;
  mean = centre / scale + shift;
  base = span > 0 ? at(levelPtr(), 0) : 0;
  expand();
  expandDense(r);
  if (ofLevels) expandDifference();
  else clearLags();
  if (!stationaryColumn()) return false;
  memory.fill(statePtr, 0, STRIDE * 8);
  memory.fill(variancePtr, 0, <usize>(size * STRIDE) << 3);
  stationaryVariance(variancePtr, STRIDE, r);
  unknown = 0;
  for (let j = 0; j < span; j++) {
    const value = seen(span - 1 - j);
    if (value == value) {
      put(statePtr, r + j, value);
    } else {
      const column = row(columnsPtr, unknown++);
      memory.fill(column, 0, <usize>size << 3);
      put(column, r + j, 1);
    }
  }
  squares = 0;
  logF = 0;
  product = 1;
  used = 0;
  known = false;
  position = span;
  return true;
}

/** Price of one block in work units. */
export function diffuseCost(): i32 {
  return BLOCK * (known ? 20 + 4 * size : 60 + size * (size + 4 * unknown));
}

/** One block; true when the pass is complete. */
export function diffuseBlock(): bool {
  const end = integrated ? count : points;
  const to = min(end, position + BLOCK);
  for (; position < to; position++) {
    const z = seen(position);
    if (known) knownStep(z);
    else filterStep(z);
  }
  if (to < end) return false;
  logF += Math.log(product);
  for (let k = 0; k < unknown; k++) addOuter(row(columnsPtr, k), DIFFUSE);
  return true;
}

/** P := P + c x xᵀ */
function addOuter(x: usize, c: f64): void {
  for (let i = 0; i < size; i++) addScaled(row(variancePtr, i), x, size, c * at(x, i));
}

/** The last d + sD levels as far as they are known, in the metric's unit, oldest first. */
export function writeLevels(to: usize): void {
  const span = size - r;
  for (let j = 0; j < span; j++) {
    const path = mean * constantPath(count - 1 - j);
    put(to, span - 1 - j, base + scale * (at(statePtr, r + j) + path));
  }
}

/** Z x: the next level from a state. */
function observe(x: usize): f64 {
  let sum = at(x, 0);
  for (let k = 0; k < lags; k++) sum += at(weightPtr, k) * at(x, r + lagOf(k) - 1);
  return sum;
}

/** to := T x; both f64[size], apart. */
function transitionTo(to: usize, x: usize): void {
  const head = at(x, 0);
  shiftCopy(to, x + 8, r - 1);
  put(to, r - 1, 0);
  for (let k = 0; k < arTerms; k++) {
    const i = lagAt(arLagPtr, k) - 1;
    put(to, i, at(to, i) + at(arTermPtr, k) * head);
  }
  if (size == r) return;
  put(to, r, observe(x));
  const levels = <usize>r << 3;
  shiftCopy(to + levels + 8, x + levels, size - r - 1);
}

// @ts-ignore: decorator
@inline
function shiftCopy(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    v128.store(to, v128.load(from));
    to += 16;
    from += 16;
  }
  if (i < n) store<f64>(to, load<f64>(from));
}

/** a := T a */
function advanceState(): void {
  const before = statePtr;
  transitionTo(movedPtr, before);
  statePtr = movedPtr;
  movedPtr = before;
}

function knownStep(z: f64): void {
  if (z != z) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        put(row(variancePtr, i), j, i < r && j < r ? response(i) * response(j) : 0.0);
      }
    }
    known = false;
    predict();
    return;
  }
  const v = z - observe(statePtr);
  squares += v * v;
  used++;
  for (let i = 0; i < r; i++) put(statePtr, i, at(statePtr, i) + response(i) * v);
  advanceState();
}

function filterStep(z: f64): void {
  if (z == z) {
    const v = z - observe(statePtr);
    for (let i = 0; i < size; i++) put(gainPtr, i, observe(row(variancePtr, i)));
    const f = observe(gainPtr);
    if (product > 1e100) {
      logF += Math.log(product);
      product = 1;
    }
    if (!resolve(v, f)) {
      squares += (v * v) / f;
      product *= f;
      used++;
      addScaled(statePtr, gainPtr, size, v / f);
      addOuter(gainPtr, -1 / f);
    }
    let largest: f64 = unknown;
    for (let i = 0; i < size; i++) largest = max(largest, at(row(variancePtr, i), i));
    if (largest < KNOWN) {
      known = true;
      advanceState();
      return;
    }
  }
  predict();
}

/**
 * Solves an observed step for the δ that it sees best: its innovation v (of variance f, gainPtr its
 * covariance with the state) replaces that δ, and the density gets no more than the Jacobian.
 *
 * @returns false when the step sees none of the unknown levels
 */
function resolve(v: f64, f: f64): bool {
  let slope = 0.0;
  let chosen = 0;
  for (let k = 0; k < unknown; k++) {
    const here = observe(row(columnsPtr, k));
    if (abs(here) > abs(slope)) {
      slope = here;
      chosen = k;
    }
  }
  if (abs(slope) < SEEN) return false;
  unknown--;
  for (let i = 0; i < size; i++) put(headPtr, i, at(row(columnsPtr, chosen), i) / slope);
  memory.copy(row(columnsPtr, chosen), row(columnsPtr, unknown), <usize>size << 3);
  for (let k = 0; k < unknown; k++) {
    const column = row(columnsPtr, k);
    addScaled(column, headPtr, size, -observe(column));
  }
  addScaled(statePtr, headPtr, size, v);
  for (let i = 0; i < size; i++) {
    const line = row(variancePtr, i);
    const share = at(headPtr, i);
    addScaled(line, gainPtr, size, -share);
    addScaled(line, headPtr, size, share * f - at(gainPtr, i));
  }
  product *= slope * slope;
  return true;
}

/** a := T a,  P := T P Tᵀ + R Rᵀ: rows move through T, and to where T puts them. */
function predict(): void {
  advanceState();
  for (let k = 0; k < unknown; k++) {
    transitionTo(movedPtr, row(columnsPtr, k));
    memory.copy(row(columnsPtr, k), movedPtr, <usize>size << 3);
  }
  const from = variancePtr;
  const to = otherPtr;
  transitionTo(headPtr, from);
  for (let i = 1; i < r; i++) transitionTo(row(to, i - 1), row(from, i));
  memory.fill(row(to, r - 1), 0, <usize>size << 3);
  for (let i = r; i < size - 1; i++) transitionTo(row(to, i + 1), row(from, i));
  if (size > r) {
    const next = row(to, r);
    transitionTo(movedPtr, row(from, size - 1));
    memory.copy(next, headPtr, <usize>size << 3);
    for (let k = 0; k < lags; k++) {
      const lag = lagOf(k);
      addScaled(next, r + lag == size ? movedPtr : row(to, r + lag), size, at(weightPtr, k));
    }
  }
  for (let k = 0; k < arTerms; k++) {
    addScaled(row(to, lagAt(arLagPtr, k) - 1), headPtr, size, at(arTermPtr, k));
  }
  for (let i = 0; i < r; i++) {
    const reply = response(i);
    if (reply == 0) continue;
    for (let j = 0; j < r; j++) put(row(to, i), j, at(row(to, i), j) + reply * response(j));
  }
  variancePtr = to;
  otherPtr = from;
}
