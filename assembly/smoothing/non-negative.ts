// A metric that never was negative is not forecast to be.

/** Whether none of n values, NaN = missing, is negative. */
export function isNonNegative(values: usize, n: i32): bool {
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    if (load<f64>(values + i) < 0) return false;
  }
  return true;
}

/** Lifts negative points to 0. */
export function clampPoint(mean: usize, horizon: i32): void {
  for (let i: usize = 0, end = <usize>horizon << 3; i < end; i += 8) {
    store<f64>(mean + i, max(load<f64>(mean + i), 0));
  }
}
