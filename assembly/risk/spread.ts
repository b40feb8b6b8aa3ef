// How large an error is to be expected: multiplicative heteroscedasticity (Harvey 1976, "Estimating
// regression models with multiplicative heteroscedasticity"). The mean absolute error of a row
// times the exponential of a linear function of the signs (signs.ts), estimated together by the
// quasi-likelihood of Laplace errors, Σ w (log s + |e| / s), with a ridge on the coefficients.
//
// Quantiles are then taken of the errors divided by their expected size: conformal prediction on
// normalised residuals (Papadopoulos, Gammerman & Vovk 2008, "Normalized nonconformity measures").

import { sigmaPtr, work } from "../abi";
import { ROWS_CAPACITY, ROW_CAPACITY, bands, countOf, middleOf, noted } from "./record";
import { peakSteps, rows } from "./record";
import { SIGNS, signsOf } from "./signs";

/** Errors of all rows. */
export const ITEMS_CAPACITY: i32 = ROWS_CAPACITY * ROW_CAPACITY;
/** Errors that the model's own standard error counts for. */
export const PRIOR_ERRORS: f64 = 8;
/** Mean absolute value of a standard normal variable, √(2/π). */
const NORMAL_SIZE: f64 = 0.7978845608028654;
/** Ridge on a coefficient, in errors. */
const RIDGE: f64 = 50;
const STEP_MAX: f64 = 1;
/** Errors of more than this many expected sizes pull no more than that. */
const RATIO_MAX: f64 = 5;
const CURVATURE_MIN: f64 = 0.3;
/** Expected sizes lie within e^±3 of the row's. */
const LOG_RATIO_MAX: f64 = 3;
/** Errors count by their place in the row: what was lately counts more, the oldest hardly. */
const YOUNG: i32 = 8;

const coefficientsPtr: usize = memory.data(SIGNS * 8, 16);
const gradientPtr: usize = memory.data(SIGNS * 8, 16);
const hessianPtr: usize = memory.data(SIGNS * SIGNS * 8, 16);
const meansPtr: usize = memory.data(SIGNS * 8, 16);
const rowMeansPtr: usize = memory.data(ROWS_CAPACITY * SIGNS * 8, 16);
const priorsPtr: usize = memory.data(ROWS_CAPACITY * 8, 16);
const sizesPtr: usize = memory.data(ROWS_CAPACITY * 8, 16);
const signsPtr: usize = memory.data(SIGNS * 8, 16);

/** Noted errors of all rows, and the unit they are in. */
export let items: i32 = 0;
let unit: f64 = 1;

// Errors, their weights, log ratios of expected size to the row's, and their rows; then signs.
// @ts-ignore: decorator
@inline
export function errorAt(p: i32): usize {
  return work(1) + (<usize>p << 3);
}

// @ts-ignore: decorator
@inline
export function weightAt(p: i32): usize {
  return work(1) + (<usize>(ITEMS_CAPACITY + p) << 3);
}

// @ts-ignore: decorator
@inline
export function logRatioAt(p: i32): usize {
  return work(1) + (<usize>(2 * ITEMS_CAPACITY + p) << 3);
}

// @ts-ignore: decorator
@inline
export function rowAt(p: i32): usize {
  return work(1) + (<usize>(3 * ITEMS_CAPACITY + p) << 3);
}

/** exp(−log ratio). */
// @ts-ignore: decorator
@inline
function inverseAt(p: i32): usize {
  return work(1) + (<usize>(4 * ITEMS_CAPACITY + p) << 3);
}

// @ts-ignore: decorator
@inline
function signsAt(p: i32): usize {
  return work(2) + <usize>(p * SIGNS) * 8;
}

// @ts-ignore: decorator
@inline
function at(base: usize, k: i32): usize {
  return base + (<usize>k << 3);
}

/** Mean absolute error of a row, in units. */
// @ts-ignore: decorator
@inline
export function sizeOf(row: i32): f64 {
  return load<f64>(at(sizesPtr, row));
}

/** Takes the record over, in units of `scale`, with the signs of each forecast. */
export function gather(scale: f64): void {
  unit = scale;
  items = 0;
  for (let row = 0; row < rows(); row++) {
    const step = row < bands ? middleOf(row) : <f64>peakSteps;
    const sigma = load<f64>(at(sigmaPtr, <i32>step - 1)) / unit;
    store<f64>(at(priorsPtr, row), NORMAL_SIZE * sigma);
    const count = countOf(row);
    for (let k = 0; k < count; k++, items++) {
      const entry = noted(row, k);
      store<f64>(errorAt(items), entry.actual / unit - entry.point / unit);
      store<f64>(rowAt(items), <f64>row);
      signsOf(signsAt(items), entry.origin, entry.steps, entry.point / unit);
    }
  }
}

/** Weighs the errors by age; with `older`, the newest third of each row counts for nothing. */
export function weighByAge(older: bool): void {
  let p = 0;
  for (let row = 0; row < rows(); row++) {
    const count = countOf(row);
    const end = older ? count - count / 3 : count;
    for (let k = 0; k < count; k++, p++) {
      const share = <f64>(k + YOUNG) / <f64>(count + YOUNG);
      store<f64>(weightAt(p), k < end ? share : 0);
    }
  }
}

/** Weighted means of the signs, of all errors and of each row. */
function centre(): void {
  memory.fill(meansPtr, 0, SIGNS * 8);
  memory.fill(rowMeansPtr, 0, ROWS_CAPACITY * SIGNS * 8);
  let all = 0.0;
  for (let p = 0; p < items; ) {
    const row = <i32>load<f64>(rowAt(p));
    const means = at(rowMeansPtr, row * SIGNS);
    let total = 0.0;
    for (; p < items && <i32>load<f64>(rowAt(p)) == row; p++) {
      const weight = load<f64>(weightAt(p));
      if (weight == 0) continue;
      total += weight;
      all += weight;
      for (let j = 0; j < SIGNS; j++) {
        const sign = load<f64>(at(signsAt(p), j));
        const rowMean = load<f64>(at(means, j));
        store<f64>(at(means, j), rowMean + (weight / total) * (sign - rowMean));
        const mean = load<f64>(at(meansPtr, j));
        store<f64>(at(meansPtr, j), mean + (weight / all) * (sign - mean));
      }
    }
  }
}

/** The log ratio of the signs at `signs`, of the size that goes with them to the row's. */
function logRatio(signs: usize): f64 {
  let sum = 0.0;
  for (let j = 0; j < SIGNS; j++) {
    const distance = load<f64>(at(signs, j)) - load<f64>(at(meansPtr, j));
    sum += load<f64>(at(coefficientsPtr, j)) * distance;
  }
  return min(max(sum, -LOG_RATIO_MAX), LOG_RATIO_MAX);
}

/** The expected sizes under the coefficients: log ratios of the errors, mean sizes of the rows. */
function applyCoefficients(): void {
  let p = 0;
  for (let row = 0; row < rows(); row++) {
    let sum = PRIOR_ERRORS * load<f64>(at(priorsPtr, row));
    let total = PRIOR_ERRORS;
    for (let k = countOf(row); k > 0; k--, p++) {
      const ratio = logRatio(signsAt(p));
      const inverse = Math.exp(-ratio);
      store<f64>(logRatioAt(p), ratio);
      store<f64>(inverseAt(p), inverse);
      const weight = load<f64>(weightAt(p));
      sum += weight * abs(load<f64>(errorAt(p))) * inverse;
      total += weight;
    }
    store<f64>(at(sizesPtr, row), sum / total);
  }
}

/** |error| / expected size; 0 where all errors of the row are 0. */
// @ts-ignore: decorator
@inline
export function ratioOf(p: i32): f64 {
  return abs(scaledError(p));
}

/** error / expected size. */
export function scaledError(p: i32): f64 {
  const size = sizeOf(<i32>load<f64>(rowAt(p)));
  return size > 0 ? (load<f64>(errorAt(p)) / size) * load<f64>(inverseAt(p)) : 0;
}

/** One step of Newton's method, the rows' own sizes profiled out. */
function improve(): void {
  memory.fill(gradientPtr, 0, SIGNS * 8);
  memory.fill(hessianPtr, 0, SIGNS * SIGNS * 8);
  let total = 0.0;
  for (let p = 0; p < items; p++) total += load<f64>(weightAt(p));
  const ridge = (RIDGE * total) / <f64>items;
  for (let p = 0; p < items; p++) {
    const weight = load<f64>(weightAt(p));
    const ratio = min(ratioOf(p), RATIO_MAX);
    const means = at(rowMeansPtr, <i32>load<f64>(rowAt(p)) * SIGNS);
    for (let j = 0; j < SIGNS; j++) {
      const sign = load<f64>(at(signsAt(p), j)) - load<f64>(at(means, j));
      const slope = at(gradientPtr, j);
      store<f64>(slope, load<f64>(slope) + weight * (ratio - 1) * sign);
      for (let k = 0; k <= j; k++) {
        const other = load<f64>(at(signsAt(p), k)) - load<f64>(at(means, k));
        const cell = at(hessianPtr, j * SIGNS + k);
        store<f64>(cell, load<f64>(cell) + weight * max(ratio, CURVATURE_MIN) * sign * other);
      }
    }
  }
  for (let j = 0; j < SIGNS; j++) {
    const slope = at(gradientPtr, j);
    store<f64>(slope, load<f64>(slope) - ridge * load<f64>(at(coefficientsPtr, j)));
    const cell = at(hessianPtr, j * SIGNS + j);
    store<f64>(cell, load<f64>(cell) + ridge);
  }
  solve();
  for (let j = 0; j < SIGNS; j++) {
    const cell = at(coefficientsPtr, j);
    const step = min(max(load<f64>(at(gradientPtr, j)), -STEP_MAX), STEP_MAX);
    store<f64>(cell, load<f64>(cell) + step);
  }
}

/** Solves Hessian · x = gradient in place by Cholesky's factor. */
function solve(): void {
  for (let r = 0; r < SIGNS; r++) {
    let sum = load<f64>(at(gradientPtr, r));
    for (let c = 0; c <= r; c++) {
      let entry = load<f64>(at(hessianPtr, r * SIGNS + c));
      for (let k = 0; k < c; k++) {
        const factor = load<f64>(at(hessianPtr, r * SIGNS + k));
        entry -= factor * load<f64>(at(hessianPtr, c * SIGNS + k));
      }
      const diagonal = load<f64>(at(hessianPtr, c * SIGNS + c));
      store<f64>(at(hessianPtr, r * SIGNS + c), c < r ? entry / diagonal : sqrt(entry));
      if (c < r) sum -= load<f64>(at(hessianPtr, r * SIGNS + c)) * load<f64>(at(gradientPtr, c));
    }
    store<f64>(at(gradientPtr, r), sum / load<f64>(at(hessianPtr, r * SIGNS + r)));
  }
  for (let r = SIGNS - 1; r >= 0; r--) {
    let sum = load<f64>(at(gradientPtr, r));
    for (let k = r + 1; k < SIGNS; k++) {
      sum -= load<f64>(at(hessianPtr, k * SIGNS + r)) * load<f64>(at(gradientPtr, k));
    }
    store<f64>(at(gradientPtr, r), sum / load<f64>(at(hessianPtr, r * SIGNS + r)));
  }
}

/** Forgets the coefficients: nothing but the row tells the size. */
export function resetSpread(): void {
  memory.fill(coefficientsPtr, 0, SIGNS * 8);
}

/** Estimates the expected sizes of the gathered errors under their weights, from the coefficients
 *  that were there before. */
export function fitSpread(passes: i32): void {
  centre();
  applyCoefficients();
  if (items == 0) return;
  for (let pass = 0; pass < passes; pass++) {
    improve();
    applyCoefficients();
  }
}

/** Log ratio of the expected size of a forecast's error to its row's; `point` in units. */
export function logRatioOf(origin: i32, steps: i32, point: f64): f64 {
  signsOf(signsPtr, origin, steps, point);
  return logRatio(signsPtr);
}
