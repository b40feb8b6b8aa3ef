// The discrete Fourier transform of a power of two points, in place (Cooley & Tukey 1965, Math.
// Comp. 19; decimation in time, radix 2).

import { at, put } from "../arima/orders";

/** Swaps the elements whose places mirror each other in binary. */
function reverseBits(real: usize, imaginary: usize, n: i32): void {
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const keptReal = at(real, i);
    const keptImaginary = at(imaginary, i);
    put(real, i, at(real, j));
    put(imaginary, i, at(imaginary, j));
    put(real, j, keptReal);
    put(imaginary, j, keptImaginary);
  }
}

/**
 * X_k = Σ x_t e^{−2πi k t / n}.
 *
 * @param n a power of two
 */
export function transform(real: usize, imaginary: usize, n: i32): void {
  reverseBits(real, imaginary, n);
  for (let half = 1; half < n; half <<= 1) {
    for (let k = 0; k < half; k++) {
      const angle = (-Math.PI * <f64>k) / <f64>half;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let low = k; low < n; low += half << 1) {
        const high = low + half;
        const a = at(real, high) * cos - at(imaginary, high) * sin;
        const b = at(real, high) * sin + at(imaginary, high) * cos;
        put(real, high, at(real, low) - a);
        put(imaginary, high, at(imaginary, low) - b);
        put(real, low, at(real, low) + a);
        put(imaginary, low, at(imaginary, low) + b);
      }
    }
  }
}
