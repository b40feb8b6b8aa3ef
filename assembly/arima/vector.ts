// Loops over f64 arrays in SIMD; the order of every sum is fixed, so results are the same everywhere.

import { at, put } from "./orders";

/** Σ a_i b_i over n elements. */
export function dot(a: usize, b: usize, n: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)));
    odd = f64x2.add(odd, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  const both = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    sum += load<f64>(a) * load<f64>(b);
    a += 8;
    b += 8;
  }
  return sum;
}

/** Σ a_i b_{i+k} over i < n − k for k = 0..3, n ≥ 8, into to[0..3]: one pass for four lags. */
export function fourDots(a: usize, b: usize, n: i32, to: usize): void {
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let sum3 = f64x2.splat(0);
  let i = 0;
  for (; i + 5 <= n; i += 2) {
    const x = v128.load(a);
    sum0 = f64x2.add(sum0, f64x2.mul(x, v128.load(b)));
    sum1 = f64x2.add(sum1, f64x2.mul(x, v128.load(b, 8)));
    sum2 = f64x2.add(sum2, f64x2.mul(x, v128.load(b, 16)));
    sum3 = f64x2.add(sum3, f64x2.mul(x, v128.load(b, 24)));
    a += 16;
    b += 16;
  }
  put(to, 0, f64x2.extract_lane(sum0, 0) + f64x2.extract_lane(sum0, 1));
  put(to, 1, f64x2.extract_lane(sum1, 0) + f64x2.extract_lane(sum1, 1));
  put(to, 2, f64x2.extract_lane(sum2, 0) + f64x2.extract_lane(sum2, 1));
  put(to, 3, f64x2.extract_lane(sum3, 0) + f64x2.extract_lane(sum3, 1));
  for (; i < n; i++) {
    const x = load<f64>(a);
    for (let k = 0; k < 4 && i + k < n; k++) put(to, k, at(to, k) + x * at(b, k));
    a += 8;
    b += 8;
  }
}

/** to_i += c · from_i; `from` may lie two or more elements before `to` in the same array. */
export function addScaled(to: usize, from: usize, n: i32, c: f64): void {
  const factor = f64x2.splat(c);
  let i = 0;
  for (; i + 2 <= n; i += 2) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(v128.load(from), factor)));
    to += 16;
    from += 16;
  }
  if (i < n) store<f64>(to, load<f64>(to) + c * load<f64>(from));
}

/** to_i = c · from_i + shift */
export function affine(to: usize, from: usize, n: i32, c: f64, shift: f64): void {
  const factor = f64x2.splat(c);
  const offset = f64x2.splat(shift);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(to, f64x2.add(f64x2.mul(v128.load(from), factor), offset));
    v128.store(to, f64x2.add(f64x2.mul(v128.load(from, 16), factor), offset), 16);
    to += 32;
    from += 32;
  }
  for (; i < n; i++) {
    store<f64>(to, c * load<f64>(from) + shift);
    to += 8;
    from += 8;
  }
}

/**
 * Solves the symmetric positive definite system A x = b in place (b becomes x) by Cholesky.
 *
 * @param a f64[k × stride], row-major, lower triangle used and overwritten
 * @returns false when A is not positive definite
 */
export function solvePositive(a: usize, stride: i32, b: usize, k: i32): bool {
  for (let i = 0; i < k; i++) {
    const row = a + (<usize>(i * stride) << 3);
    for (let j = 0; j <= i; j++) {
      const other = a + (<usize>(j * stride) << 3);
      let sum = at(row, j);
      for (let m = 0; m < j; m++) sum -= at(row, m) * at(other, m);
      if (i == j) {
        if (!(sum > 0)) return false;
        put(row, i, sqrt(sum));
      } else {
        put(row, j, sum / at(other, j));
      }
    }
  }
  for (let i = 0; i < k; i++) {
    const row = a + (<usize>(i * stride) << 3);
    let sum = at(b, i);
    for (let m = 0; m < i; m++) sum -= at(row, m) * at(b, m);
    put(b, i, sum / at(row, i));
  }
  for (let i = k - 1; i >= 0; i--) {
    let sum = at(b, i);
    for (let m = i + 1; m < k; m++) sum -= at(a + (<usize>(m * stride) << 3), i) * at(b, m);
    put(b, i, sum / at(a + (<usize>(i * stride) << 3), i));
  }
  return true;
}
