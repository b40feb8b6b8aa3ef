// Mean and spread of values among which some are missing (NaN).

/** Observed values among `n`. */
export function countObserved(values: usize, n: i32): i32 {
  let count = 0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const value = load<f64>(values + i);
    count += <i32>(value == value);
  }
  return count;
}

/** Mean of the observed values, 0 when there is none; divided first, or 1e308 would overflow. */
export function meanOf(values: usize, n: i32, count: i32): f64 {
  let mean = 0.0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const value = load<f64>(values + i);
    if (value == value) mean += value / <f64>count;
  }
  return mean;
}

/**
 * Root mean square of the differences between observed values `lag` steps apart, per √lag when
 * `lag` is 0: then each value is compared with the observed one before it, whatever the gap, as
 * steps of a random walk are (variance proportional to time). NaN when no two values are that far
 * apart.
 */
export function differenceScale(values: usize, n: i32, lag: i32): f64 {
  let sum = 0.0;
  let count = 0;
  let before = -1;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(values + (<usize>i << 3));
    if (value != value) continue;
    const other = lag > 0 ? i - lag : before;
    before = i;
    if (other < 0) continue;
    const difference = value - load<f64>(values + (<usize>other << 3));
    if (difference != difference) continue;
    sum += (difference * difference) / <f64>(lag > 0 ? 1 : i - other);
    count++;
  }
  return count > 0 ? sqrt(sum / <f64>count) : NaN;
}

/** Standard deviation of the observed values around their mean. */
export function deviationOf(values: usize, n: i32, count: i32): f64 {
  const mean = meanOf(values, n, count);
  let sum = 0.0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const value = load<f64>(values + i);
    if (value == value) sum += (value - mean) * (value - mean);
  }
  return sqrt(sum / <f64>count);
}
