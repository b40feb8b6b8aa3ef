// How large an error is to be expected: multiplicative heteroscedasticity (Harvey 1976, "Estimating
// regression models with multiplicative heteroscedasticity"). The mean absolute error of a row
// times the exponential of a linear function of the signs (signs.ts), estimated together by the
// quasi-likelihood of Laplace errors, Σ w (log s + |e| / s), with a ridge on the coefficients.
//
// Quantiles are then taken of the errors divided by their expected size: conformal prediction on
// normalised residuals (Papadopoulos, Gammerman & Vovk 2008, "Normalized nonconformity measures").

import { sigmaPtr, work } from "../abi";
import { solvePositive } from "../arima/vector";
import { PRIOR_ERRORS, growthOf, highestSize, normalsOf } from "./prior";
import { ROWS_CAPACITY, ROW_CAPACITY, markBefore, bands, countOf, findBands } from "./record";
import { middleOf, noted, peakSteps, rows, shareAfter } from "./record";
import { SIGNS, signsOf } from "./signs";

/** Errors of all rows. */
export const ITEMS_CAPACITY: i32 = ROWS_CAPACITY * ROW_CAPACITY;
/** Mean absolute value of a standard normal variable, √(2/π). */
const NORMAL_SIZE: f64 = 0.7978845608028654;
/** How many errors the correlation counts for that overlapping forecasts have, against that of the
 *  errors themselves. */
const OVERLAP_ERRORS: f64 = 32;
/** Errors that fitting the model's own weights to them used up. */
const FITTED: f64 = 11;
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
const evidencePtr: usize = memory.data(ROWS_CAPACITY * 8, 16);
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

/** Expected size at a step, between those of the bands. */
export function sizeAt(step: f64): f64 {
  findBands(step);
  const before = sizeOf(markBefore);
  const after = bands > 1 ? sizeOf(markBefore + 1) : before;
  return before + shareAfter * (after - before);
}

/** Independent errors that one of a row counts for. */
// @ts-ignore: decorator
@inline
export function evidenceOf(row: i32): f64 {
  return load<f64>(at(evidencePtr, row));
}

/**
 * Errors that overlap or hang together count for less (Bartlett 1946): with a correlation r from
 * each to the next, for (1 − r) / (1 + r). While there are few, and of peaks, r is that of the sums
 * of a walk.
 */
function measureEvidence(row: i32, first: i32): void {
  const count = countOf(row);
  let overlap = 0.0;
  let squares = 0.0;
  let products = 0.0;
  let before = 0.0;
  for (let k = 0; k < count; k++) {
    const error = load<f64>(errorAt(first + k));
    squares += error * error;
    products += error * before;
    before = error;
    if (k == 0) continue;
    const entry = noted(row, k);
    const apart = entry.origin - noted(row, k - 1).origin;
    overlap += max(0, 1 - <f64>apart / <f64>entry.steps) / <f64>(count - 1);
  }
  const counted = row < bands ? <f64>count : 0;
  const measured = max(0, products / (squares + f64.MIN_NORMAL_VALUE)) * counted;
  const r = (measured + overlap * OVERLAP_ERRORS) / (counted + OVERLAP_ERRORS);
  store<f64>(at(evidencePtr, row), (1 - r) / (1 + r));
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
      store<i32>(rowAt(items), row);
      signsOf(signsAt(items), entry.origin, entry.steps, entry.point / unit);
    }
    measureEvidence(row, items - count);
  }
}

/** Weighs the errors by age; with `older`, the newest third of each row counts for nothing; with
 *  `asEvidence`, each for the independent errors that it counts for. */
export function weighByAge(older: bool, asEvidence: bool): void {
  let p = 0;
  for (let row = 0; row < rows(); row++) {
    const count = countOf(row);
    const end = older ? count - count / 3 : count;
    const evidence = asEvidence ? evidenceOf(row) : 1;
    for (let k = 0; k < count; k++, p++) {
      const share = <f64>(k + YOUNG) / <f64>(count + YOUNG);
      store<f64>(weightAt(p), k < end ? share * evidence : 0);
    }
  }
}

/** Weighted means of the signs, of all errors and of each row. */
function centre(): void {
  memory.fill(meansPtr, 0, SIGNS * 8);
  memory.fill(rowMeansPtr, 0, ROWS_CAPACITY * SIGNS * 8);
  let all = 0.0;
  for (let p = 0; p < items; ) {
    const row = load<i32>(rowAt(p));
    const means = at(rowMeansPtr, row * SIGNS);
    let total = 0.0;
    for (; p < items && load<i32>(rowAt(p)) == row; p++) {
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
function applyCoefficients(isOfRisk: bool): void {
  let p = 0;
  for (let row = 0; row < rows(); row++) {
    let sum = PRIOR_ERRORS * (isOfRisk ? priorOf(row) : load<f64>(at(priorsPtr, row)));
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

/** Lets the sizes be those of the errors to come, under the coefficients: the fewer are known, the
 *  more like the first row's, as far as the metric wanders. */
export function widenSpread(): void {
  applyCoefficients(true);
  const count = <f64>countOf(0);
  const wider = 1 + (FITTED * count) / ((count + PRIOR_ERRORS) * (count + PRIOR_ERRORS));
  for (let row = 0; row < bands; row++) store<f64>(at(sizesPtr, row), sizeOf(row) * wider);
}

/** Expected size of a row's errors by those of the bands before. */
function priorOf(row: i32): f64 {
  if (row == bands) {
    return (sizeAt(<f64>peakSteps) * highestSize(normalsOf(peakSteps))) / NORMAL_SIZE;
  }
  if (row > 0) return (sizeOf(row - 1) * growthOf(middleOf(row))) / growthOf(middleOf(row - 1));
  return load<f64>(priorsPtr);
}

/** error / expected size; 0 where all errors of the row are 0. */
export function scaledError(p: i32): f64 {
  const size = sizeOf(load<i32>(rowAt(p)));
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
    const ratio = min(abs(scaledError(p)), RATIO_MAX);
    const means = at(rowMeansPtr, load<i32>(rowAt(p)) * SIGNS);
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
  solvePositive(hessianPtr, SIGNS, gradientPtr, SIGNS);
  for (let j = 0; j < SIGNS; j++) {
    const cell = at(coefficientsPtr, j);
    const step = min(max(load<f64>(at(gradientPtr, j)), -STEP_MAX), STEP_MAX);
    store<f64>(cell, load<f64>(cell) + step);
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
  applyCoefficients(false);
  if (items == 0) return;
  for (let pass = 0; pass < passes; pass++) {
    improve();
    applyCoefficients(false);
  }
}

/** Log ratio of the expected size of a forecast's error to its row's; `point` in units. */
export function logRatioOf(origin: i32, steps: i32, point: f64): f64 {
  signsOf(signsPtr, origin, steps, point);
  return logRatio(signsPtr);
}
