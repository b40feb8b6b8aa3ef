// Likelihood with missing observations: the integrated state space (Durbin & Koopman 2012, §3.4 and
// §4.10), whose filter skips what is missing.
//
// State: the r dimensions of the ARMA process in Harvey's form, then the last d + sD levels. The
// levels before the first step are taken as they were observed, which is the exact diffuse
// likelihood (op. cit. §5.2: it is the density given the first d + sD levels); those of them that
// are missing get a variance so large that it stands for infinity, and the steps that resolve them
// add nothing but log F∞. Once an observed step leaves the whole state known, the pass goes on
// without covariances.

import { STATE_CAPACITY, at, differenceSpan, put, stateSize } from "./orders";
import { centre, count, levelPtr, scale } from "./difference";
import {
  arDensePtr, arLagPtr, arTermPtr, arTerms, expand, expandDense, lagAt, maDensePtr,
} from "./polynomial";
import { columnPtr, stationaryColumn } from "./kalman";
import { constantPath, expandDifference, lagOf, lags, weightPtr } from "./integration";
import { addScaled } from "./vector";

const STRIDE: i32 = STATE_CAPACITY + 8;
const DIFFUSE: f64 = 1e9;
/** Innovations with a variance above this resolve a diffuse level. */
const RESOLVING: f64 = 1e7;
const KNOWN: f64 = 1e-10;
const BLOCK: i32 = 64;

/** Predicted state after the last level, f64[size], in units of the scaled levels. */
export let statePtr: usize = memory.data(STRIDE * 8, 16);
let movedPtr: usize = memory.data(STRIDE * 8, 16);
const headPtr: usize = memory.data(STRIDE * 8, 16);
const gainPtr: usize = memory.data(STRIDE * 8, 16);
/** Predicted covariance, f64[size × STRIDE]. */
export let variancePtr: usize = memory.data(STRIDE * STRIDE * 8, 16);
let otherPtr: usize = memory.data(STRIDE * STRIDE * 8, 16);

export let size: i32 = 0;
export let squares: f64 = 0;
export let logF: f64 = 0;
/** Observed steps in the likelihood. */
export let used: i32 = 0;
export let known: bool = false;

let r: i32 = 0;
let position: i32 = 0;
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

/** What the filter's levels lack: y_t = scale·z_t + this. */
export function pathAt(t: i32): f64 {
  return base + scale * mean * constantPath(t);
}

/** Level t in the filter's units; NaN when missing. */
// @ts-ignore: decorator
@inline
function level(t: i32): f64 {
  return (at(levelPtr(), t) - base) / scale - mean * constantPath(t);
}

/**
 * Starts a pass at the coefficient slots.
 *
 * @param shift mean of the centred, scaled w
 * @returns false when the process is not stationary
 */
export function diffuseBegin(shift: f64): bool {
  r = stateSize();
  const span = differenceSpan();
  size = r + span;
  mean = centre / scale + shift;
  base = span > 0 ? at(levelPtr(), 0) : 0;
  expand();
  expandDense(r);
  expandDifference();
  if (!stationaryColumn()) return false;
  memory.fill(statePtr, 0, STRIDE * 8);
  memory.fill(variancePtr, 0, <usize>(size * STRIDE) << 3);
  stationaryVariance();
  for (let j = 0; j < span; j++) {
    const value = level(span - 1 - j);
    if (value == value) put(statePtr, r + j, value);
    else put(row(variancePtr, r + j), r + j, DIFFUSE);
  }
  squares = 0;
  logF = 0;
  product = 1;
  used = 0;
  known = false;
  position = span;
  return true;
}

/** P = T P Tᵀ + R Rᵀ solved from its first column, last rows first. */
function stationaryVariance(): void {
  const head = at(columnPtr, 0);
  for (let i = r - 1; i >= 0; i--) {
    for (let j = i; j >= 0; j--) {
      const phiI = at(arDensePtr, i);
      const phiJ = at(arDensePtr, j);
      const deeper = i + 1 < r && j + 1 < r ? at(row(variancePtr, i + 1), j + 1) : 0;
      const nextI = i + 1 < r ? at(columnPtr, i + 1) : 0;
      const nextJ = j + 1 < r ? at(columnPtr, j + 1) : 0;
      const value =
        deeper + phiI * nextJ + phiJ * nextI + phiI * phiJ * head + response(i) * response(j);
      put(row(variancePtr, i), j, value);
      put(row(variancePtr, j), i, value);
    }
  }
}

/** R = (1, θ_1, …): what an innovation adds to the state. */
// @ts-ignore: decorator
@inline
function response(i: i32): f64 {
  return i == 0 ? 1 : at(maDensePtr, i - 1);
}

/** Price of one block in work units. */
export function diffuseCost(): i32 {
  return BLOCK * (known ? 20 + 4 * size : 60 + size * size);
}

/** One block; true when the pass is complete. */
export function diffuseBlock(): bool {
  const to = min(count, position + BLOCK);
  for (; position < to; position++) {
    const z = level(position);
    if (known) knownStep(z);
    else filterStep(z);
  }
  if (to < count) return false;
  logF += Math.log(product);
  return true;
}

/** Z x: the next level from a state. */
export function observe(x: usize): f64 {
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
export function advanceState(): void {
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
    let f = 0.0;
    for (let i = 0; i < size; i++) put(gainPtr, i, observe(row(variancePtr, i)));
    f = observe(gainPtr);
    // A step that resolves a diffuse level gives log F∞ alone (op. cit. §7.2.2).
    const resolving = f > RESOLVING;
    product *= resolving ? f / DIFFUSE : f;
    if (!resolving) {
      squares += (v * v) / f;
      used++;
      if (product > 1e100) {
        logF += Math.log(product);
        product = 1;
      }
    }
    let largest = 0.0;
    for (let i = 0; i < size; i++) {
      const pull = at(gainPtr, i) / f;
      put(statePtr, i, at(statePtr, i) + pull * v);
      addScaled(row(variancePtr, i), gainPtr, size, -pull);
      largest = max(largest, at(row(variancePtr, i), i));
    }
    if (largest < KNOWN) {
      known = true;
      advanceState();
      return;
    }
  }
  predict();
}

/** a := T a,  P := T P Tᵀ + R Rᵀ: rows move through T, and to where T puts them. */
function predict(): void {
  advanceState();
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

/** Z as a vector. */
export function observeWeights(z: usize): void {
  put(z, 0, 1);
  for (let k = 0; k < lags; k++) put(z, r + lagOf(k) - 1, at(weightPtr, k));
}

/** x := Tᵀ x, by way of `scratch`. */
export function transposed(x: usize, scratch: usize): void {
  let head = size > r ? at(x, r) : 0;
  for (let i = 0; i < r; i++) head += at(arDensePtr, i) * at(x, i);
  put(scratch, 0, head);
  for (let i = 0; i < r - 1; i++) put(scratch, i + 1, at(x, i));
  for (let i = r; i < size; i++) put(scratch, i, i + 1 < size ? at(x, i + 1) : 0);
  for (let k = 0; k < lags; k++) {
    const i = r + lagOf(k) - 1;
    put(scratch, i, at(scratch, i) + at(weightPtr, k) * at(x, r));
  }
  memory.copy(x, scratch, <usize>size << 3);
}
