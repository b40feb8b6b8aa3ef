// Ridge regression from weighted sums of products alone: rows come one by one, old ones fade, and
// the coefficients are solved for when wanted (Hoerl & Kennard 1970, "Ridge regression").
//
// A record keeps Σ w z zᵀ of z = (1, x, y). Features and target are centred and the features scaled
// to unit variance when solving, so the penalty is the same for all and free of units.

import { solvePositive } from "../arima/vector";

/** Most features of a row. */
export const FEATURES_CAPACITY: i32 = 34;
/** 1, the features and the target, in an even number of doubles. */
const WIDTH: i32 = FEATURES_CAPACITY + 2;
/** Added to the diagonal of the correlation matrix. */
const PENALTY: f64 = 0.01;
/** A feature of less variance, as a part of its mean square, says nothing. */
const VARIANCE_MIN: f64 = 1e-12;

/** A record of sums, f64[WIDTH][WIDTH]; a row, or the coefficients, intercept first. */
export const SUMS_BYTES: i32 = WIDTH * WIDTH * 8;
export const ROW_BYTES: i32 = WIDTH * 8;

const matrixPtr: usize = memory.data(WIDTH * WIDTH * 8, 16);
const deviationsPtr: usize = memory.data(WIDTH * 8, 16);
const solutionPtr: usize = memory.data(WIDTH * 8, 16);

// @ts-ignore: decorator
@inline
function at(sums: usize, i: i32, j: i32): f64 {
  return load<f64>(sums + (<usize>(i * WIDTH + j) << 3));
}

/** Adds w · z zᵀ, the lower triangle; `row` = f64[width ≤ WIDTH], any finite one behind it. */
export function addRow(sums: usize, row: usize, width: i32, weight: f64): void {
  for (let i = 0; i < width; i++) {
    const factor = f64x2.splat(weight * load<f64>(row + (<usize>i << 3)));
    const to = sums + <usize>(i * ROW_BYTES);
    for (let k: usize = 0, end = (<usize>i << 3) + 8; k < end; k += 16) {
      v128.store(to + k, f64x2.add(v128.load(to + k), f64x2.mul(factor, v128.load(row + k))));
    }
  }
}

/** Σ of coefficient · feature, the row's target left out. */
export function dotRow(coefficients: usize, row: usize, width: i32): f64 {
  let sum = 0.0;
  for (let k: usize = 0, end = <usize>(width - 1) << 3; k < end; k += 8) {
    sum += load<f64>(coefficients + k) * load<f64>(row + k);
  }
  return sum;
}

/** Lets all sums fade to `share`. */
export function fade(sums: usize, width: i32, share: f64): void {
  for (let i = 0; i < width; i++) {
    const to = sums + <usize>(i * ROW_BYTES);
    for (let k: usize = 0, end = <usize>(i + 1) << 3; k < end; k += 8) {
      store<f64>(to + k, load<f64>(to + k) * share);
    }
  }
}

/** The coefficients of the rows added, intercept first; left alone where there is no weight. */
export function solve(sums: usize, width: i32, coefficients: usize): void {
  const weight = at(sums, 0, 0);
  if (!(weight > 0)) return;
  const p = width - 2;
  const targetRow = width - 1;
  const targetMean = at(sums, targetRow, 0) / weight;
  for (let i = 0; i < p; i++) {
    const mean = at(sums, i + 1, 0) / weight;
    const square = at(sums, i + 1, i + 1) / weight;
    const variance = square - mean * mean;
    const usable = variance > VARIANCE_MIN * square;
    const inverse = usable ? 1.0 / sqrt(variance) : 0.0;
    store<f64>(deviationsPtr + (<usize>i << 3), inverse);
    for (let j = 0; j <= i; j++) {
      const other = at(sums, j + 1, 0) / weight;
      const covariance = at(sums, i + 1, j + 1) / weight - mean * other;
      const scaled = covariance * inverse * load<f64>(deviationsPtr + (<usize>j << 3));
      const value = i == j ? 1.0 + PENALTY : scaled;
      store<f64>(matrixPtr + (<usize>(i * WIDTH + j) << 3), value);
    }
    const target = at(sums, targetRow, i + 1) / weight - mean * targetMean;
    store<f64>(solutionPtr + (<usize>i << 3), target * inverse);
  }
  if (!solvePositive(matrixPtr, WIDTH, solutionPtr, p)) return;
  let intercept = targetMean;
  for (let i = 0; i < p; i++) {
    const k = <usize>i << 3;
    const coefficient = load<f64>(solutionPtr + k) * load<f64>(deviationsPtr + k);
    store<f64>(coefficients + k, coefficient, 8);
    intercept -= coefficient * (at(sums, i + 1, 0) / weight);
  }
  store<f64>(coefficients, intercept);
}
