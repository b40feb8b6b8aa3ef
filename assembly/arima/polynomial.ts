// The products φ(B)Φ(B^s) and θ(B)Θ(B^s) as sparse lists of lags, and as dense vectors of the
// state.

import { AR, MA, SAR, SMA, STATE_CAPACITY, at, coefPtr, p, put, q, s, sp, sq } from "./orders";

/** (5 + 1)·(2 + 1) − 1 lags. */
const TERMS: i32 = 18;

/** w_t is predicted by Σ coefficient·w_{t−lag} … */
export const arLagPtr: usize = memory.data(TERMS * 4, 16);
export const arTermPtr: usize = memory.data(TERMS * 8, 16);
export let arTerms: i32 = 0;
/** … + Σ coefficient·e_{t−lag}. */
export const maLagPtr: usize = memory.data(TERMS * 4, 16);
export const maTermPtr: usize = memory.data(TERMS * 8, 16);
export let maTerms: i32 = 0;

/** Dense coefficients of the same, f64[STATE_CAPACITY + 2], zero past their degree. */
export const arDensePtr: usize = memory.data((STATE_CAPACITY + 8) * 8, 16);
export const maDensePtr: usize = memory.data((STATE_CAPACITY + 8) * 8, 16);

// @ts-ignore: decorator
@inline
export function lagAt(lags: usize, i: i32): i32 {
  return load<i32>(lags + (<usize>i << 2));
}

/** (1 + sign Σ a_i B^i)(1 + sign Σ b_i B^is) = 1 + sign Σ c_k B^k; returns how many c. */
function multiply(
  a: usize, na: i32, b: usize, nb: i32, sign: f64, lags: usize, terms: usize,
): i32 {
  let n = 0;
  for (let j = 0; j <= nb; j++) {
    for (let i = 0; i <= na; i++) {
      if (i + j == 0) continue;
      const value =
        j == 0 ? at(a, i - 1)
        : i == 0 ? at(b, j - 1)
        : sign * at(a, i - 1) * at(b, j - 1);
      store<i32>(lags + (<usize>n << 2), i + j * s);
      put(terms, n, value);
      n++;
    }
  }
  return n;
}

/** Expands the coefficient slots. */
export function expand(): void {
  arTerms = multiply(coefPtr + AR * 8, p, coefPtr + SAR * 8, sp, -1, arLagPtr, arTermPtr);
  maTerms = multiply(coefPtr + MA * 8, q, coefPtr + SMA * 8, sq, 1, maLagPtr, maTermPtr);
}

/** Dense copies for a state of r dimensions; only when r fits STATE_CAPACITY. */
export function expandDense(r: i32): void {
  memory.fill(arDensePtr, 0, <usize>(r + 8) << 3);
  memory.fill(maDensePtr, 0, <usize>(r + 8) << 3);
  for (let k = 0; k < arTerms; k++) {
    const i = lagAt(arLagPtr, k) - 1;
    put(arDensePtr, i, at(arDensePtr, i) + at(arTermPtr, k));
  }
  for (let k = 0; k < maTerms; k++) {
    const i = lagAt(maLagPtr, k) - 1;
    put(maDensePtr, i, at(maDensePtr, i) + at(maTermPtr, k));
  }
}
