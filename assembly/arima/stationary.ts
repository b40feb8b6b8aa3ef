// The covariance of a stationary ARMA state in Harvey's form (Gardner, Harvey & Phillips 1980).

import { at, put } from "./orders";
import { arDensePtr, maDensePtr } from "./polynomial";
import { columnPtr } from "./kalman";

/** R = (1, θ_1, …): what an innovation adds to the state. */
// @ts-ignore: decorator
@inline
export function response(i: i32): f64 {
  return i == 0 ? 1 : at(maDensePtr, i - 1);
}

/**
 * P = T P Tᵀ + R Rᵀ solved from its first column (kalman.ts), last rows first.
 *
 * @param variance f64[r × stride], row-major
 */
export function stationaryVariance(variance: usize, stride: i32, r: i32): void {
  const head = at(columnPtr, 0);
  for (let i = r - 1; i >= 0; i--) {
    for (let j = i; j >= 0; j--) {
      const phiI = at(arDensePtr, i);
      const phiJ = at(arDensePtr, j);
      const deeper = i + 1 < r && j + 1 < r ? at(variance, (i + 1) * stride + j + 1) : 0;
      const nextI = i + 1 < r ? at(columnPtr, i + 1) : 0;
      const nextJ = j + 1 < r ? at(columnPtr, j + 1) : 0;
      const value =
        deeper + phiI * nextJ + phiJ * nextI + phiI * phiJ * head + response(i) * response(j);
      put(variance, i * stride + j, value);
      put(variance, j * stride + i, value);
    }
  }
}
