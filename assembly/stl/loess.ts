// LOESS on a regular grid, as STL uses it: Cleveland, Cleveland, McRae & Terpenning 1990, "STL: a
// seasonal-trend decomposition procedure based on loess", J. Off. Stat. 6, §2.1, and their
// program's rules for windows wider than the series and for jumps.

import { at, put } from "../arima/orders";

/** What the last fit came to. */
export let fitted: f64 = 0;

/**
 * The local line (degree 1) or mean (degree 0) at x from values[left..right], with tricube weights
 * that reach to the farther end.
 *
 * @param n values in all; a window wider than they are reaches further
 * @param robust f64[n], weights of the values, or 0 for none
 * @returns false when no weight is left; `fitted` holds the value
 */
export function fitAt(
  values: usize, n: i32, window: i32, degree: i32, x: f64, left: i32, right: i32, robust: usize,
): bool {
  let reach = max(x - <f64>left, <f64>right - x);
  if (window > n) reach += <f64>((window - n) / 2);
  const inside = 0.999 * reach;
  const near = 0.001 * reach;
  const perReach = 1 / reach;
  let weights = 0.0;
  let first = 0.0;
  let second = 0.0;
  let sum = 0.0;
  let moment = 0.0;
  for (let j = left; j <= right; j++) {
    const offset = <f64>j - x;
    const distance = abs(offset);
    if (distance > inside) continue;
    let weight = 1.0;
    if (distance > near) {
      const part = distance * perReach;
      const rest = 1 - part * part * part;
      weight = rest * rest * rest;
    }
    if (robust != 0) weight *= at(robust, j);
    const value = at(values, j);
    const arm = weight * offset;
    weights += weight;
    first += arm;
    second += arm * offset;
    sum += weight * value;
    moment += arm * value;
  }
  if (!(weights > 0)) return false;
  const mean = sum / weights;
  const centre = first / weights;
  const spread = second / weights - centre * centre;
  fitted = mean;
  if (degree > 0 && reach > 0 && sqrt(max(spread, 0)) > 0.001 * <f64>(n - 1)) {
    fitted -= (centre / spread) * (moment / weights - centre * mean);
  }
  return true;
}

/** The line at step i, or the value itself where no weight is left. */
function smoothAt(
  values: usize, n: i32, window: i32, degree: i32, i: i32, left: i32, right: i32, robust: usize,
  to: usize,
): void {
  const found = fitAt(values, n, window, degree, <f64>i, left, right, robust);
  put(to, i, found ? fitted : at(values, i));
}

/** Straight from step `from` to step `until` of `to`. */
function connect(to: usize, from: i32, until: i32): void {
  const slope = (at(to, until) - at(to, from)) / <f64>(until - from);
  for (let j = from + 1; j < until; j++) put(to, j, at(to, from) + slope * <f64>(j - from));
}

/**
 * Smooths n values into to, at every `jump`-th step and straight between them.
 *
 * @param window steps, odd, ≥ 3
 * @param degree 0 or 1 of the local polynomial
 * @param robust f64[n] or 0
 */
export function smooth(
  values: usize, n: i32, window: i32, degree: i32, jump: i32, robust: usize, to: usize,
): void {
  if (n < 2) {
    put(to, 0, at(values, 0));
    return;
  }
  const stride = min(jump, n - 1);
  const half = (window + 1) / 2;
  let left = 0;
  let right = min(window, n) - 1;
  let i = 0;
  for (; i < n; i += stride) {
    if (window < n) {
      left = min(max(i + 1 - half, 0), n - window);
      right = left + window - 1;
    }
    smoothAt(values, n, window, degree, i, left, right, robust, to);
    if (i > 0 && stride > 1) connect(to, i - stride, i);
  }
  const last = i - stride;
  if (last == n - 1) return;
  smoothAt(values, n, window, degree, n - 1, left, right, robust, to);
  connect(to, last, n - 1);
}
