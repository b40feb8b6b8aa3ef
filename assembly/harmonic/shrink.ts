// Ridge regression on a constant and pairs of Fourier terms with one penalty per pair, as empirical
// Bayes has it: the variance of a pair's coefficients is what its estimate shows above the noise's
// share (MacKay 1992, "Bayesian interpolation"; Efron & Morris 1973 for the shrinkage). A pair that
// shows nothing has an infinite penalty and drops out, so the number of harmonics chooses itself.
//
// The normal equations are almost diagonal; conjugate gradients with the diagonal as preconditioner
// (Golub & Van Loan 2013, alg. 11.5.1) solve them in a few products.

import { work } from "../abi";
import { addScaled, dot } from "../arima/vector";
import { at, put } from "../arima/orders";
import { PAIRS_CAPACITY, cycles, pairs, sumImaginary, sumReal, sumWeights } from "./spectrum";

const COLUMNS: i32 = 1 + 2 * PAIRS_CAPACITY;
/** Elements from one row of the Gram matrix to the next. */
const STRIDE: i32 = 320;
const ROUNDS: i32 = 60;
const CONVERGED: f64 = 1e-20;
/** Makes the first estimate defined where terms cannot be told apart. */
const RIDGE: f64 = 1e-6;
/** Noise has the variance of what is left over at most n / (this part of n) more degrees. */
const FREEDOM_MIN: f64 = 0.2;

/** Inner products of the columns (the constant, then cos and sin of each pair) with the target. */
export const rightPtr: usize = memory.data(STRIDE * 8, 16);
/** Coefficients in the same order. */
export const solutionPtr: usize = memory.data(STRIDE * 8, 16);
const penaltyPtr: usize = memory.data(STRIDE * 8, 16);
const inversePtr: usize = memory.data(STRIDE * 8, 16);
const residualPtr: usize = memory.data(STRIDE * 8, 16);
const directionPtr: usize = memory.data(STRIDE * 8, 16);
const productPtr: usize = memory.data(STRIDE * 8, 16);
/** Row i of the Gram matrix; it spans the last three work buffers. */
// @ts-ignore: decorator
@inline
function gramRow(i: i32): usize {
  return work(5) + <usize>(i * STRIDE) * 8;
}

function putBoth(i: i32, j: i32, value: f64): void {
  put(gramRow(i), j, value);
  put(gramRow(j), i, value);
}

/** The Gram matrix of the columns over t in [from, n) under the weights λ^(n−1−t). */
export function fillGram(from: i32, n: i32, decay: f64): void {
  sumWeights(from, n, decay);
  put(gramRow(0), 0, sumReal(0));
  for (let a = 0; a < pairs; a++) {
    const i = 1 + 2 * a;
    putBoth(0, i, sumReal(cycles(a)));
    putBoth(0, i + 1, sumImaginary(cycles(a)));
    for (let b = 0; b <= a; b++) {
      const j = 1 + 2 * b;
      const minus = cycles(a) - cycles(b);
      const plus = cycles(a) + cycles(b);
      putBoth(i, j, 0.5 * (sumReal(minus) + sumReal(plus)));
      putBoth(i + 1, j + 1, 0.5 * (sumReal(minus) - sumReal(plus)));
      putBoth(i, j + 1, 0.5 * (sumImaginary(plus) - sumImaginary(minus)));
      putBoth(i + 1, j, 0.5 * (sumImaginary(plus) + sumImaginary(minus)));
    }
  }
}

/** Solves (G + penalties) x = right from where x stands. */
function solve(): void {
  const columns = 1 + 2 * pairs;
  const padded = (columns + 1) & ~1;
  for (let i = 0; i < columns; i++) {
    put(inversePtr, i, 1 / (at(gramRow(i), i) + at(penaltyPtr, i)));
    if (at(inversePtr, i) == 0) put(solutionPtr, i, 0);
  }
  let size = 0.0;
  let start = 0.0;
  for (let i = 0; i < columns; i++) {
    const scaled = at(inversePtr, i) * at(rightPtr, i);
    start += scaled * at(rightPtr, i);
    const open = at(inversePtr, i) > 0;
    const rest = open ? at(rightPtr, i) - dot(gramRow(i), solutionPtr, columns)
      - at(penaltyPtr, i) * at(solutionPtr, i) : 0.0;
    put(residualPtr, i, rest);
    put(directionPtr, i, at(inversePtr, i) * rest);
    size += at(inversePtr, i) * rest * rest;
  }
  put(directionPtr, padded - 1, columns == padded ? at(directionPtr, columns - 1) : 0);
  for (let round = 0; round < ROUNDS && size > CONVERGED * start; round++) {
    let curvature = 0.0;
    for (let i = 0; i < columns; i++) {
      const open = at(inversePtr, i) > 0;
      const direction = at(directionPtr, i);
      const product = open
        ? dot(gramRow(i), directionPtr, columns) + at(penaltyPtr, i) * direction : 0.0;
      put(productPtr, i, product);
      curvature += direction * product;
    }
    if (!(curvature > 0)) return;
    const step = size / curvature;
    addScaled(solutionPtr, directionPtr, columns, step);
    addScaled(residualPtr, productPtr, columns, -step);
    let next = 0.0;
    for (let i = 0; i < columns; i++) {
      next += at(inversePtr, i) * at(residualPtr, i) * at(residualPtr, i);
    }
    const turn = next / size;
    for (let i = 0; i < columns; i++) {
      put(directionPtr, i, at(inversePtr, i) * at(residualPtr, i) + turn * at(directionPtr, i));
    }
    size = next;
  }
}

/** Gives each pair the penalty that its estimate asks for; `noise` = variance left over. */
function choosePenalties(noise: f64): void {
  for (let a = 0; a < pairs; a++) {
    const i = 1 + 2 * a;
    const weight = 0.5 * (at(gramRow(i), i) + at(gramRow(i + 1), i + 1));
    const real = at(solutionPtr, i);
    const imaginary = at(solutionPtr, i + 1);
    const signal = 0.5 * weight * (real * real + imaginary * imaginary) - noise;
    const penalty = signal > 0 ? (noise * weight) / signal : Infinity;
    put(penaltyPtr, i, penalty);
    put(penaltyPtr, i + 1, penalty);
  }
}

/**
 * Least squares, then the ridge regression whose penalties it suggests; rightPtr and the Gram
 * matrix must be filled.
 *
 * @param squares weighted sum of squares of the target
 * @param points that are in it
 */
export function shrink(squares: f64, points: i32): void {
  const columns = 1 + 2 * pairs;
  for (let i = 0; i < columns; i++) {
    put(penaltyPtr, i, i == 0 ? 0 : RIDGE * at(gramRow(i), i));
    put(solutionPtr, i, 0);
  }
  solve();
  const left = max(squares - dot(rightPtr, solutionPtr, columns), 0);
  const free = max(<f64>(points - columns), FREEDOM_MIN * <f64>points);
  choosePenalties(((left / at(gramRow(0), 0)) * <f64>points) / free);
  solve();
}

/** Pairs that are in. */
export function openPairs(): i32 {
  let count = 0;
  for (let a = 0; a < pairs; a++) count += <i32>(at(penaltyPtr, 1 + 2 * a) < Infinity);
  return count;
}
