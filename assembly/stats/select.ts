// The k-th smallest value by Hoare's quickselect (1961, "Algorithm 65: find"), middle of three as
// pivot: the order of the work depends on the values alone.

import { at, put } from "../arima/orders";

/** The value of rank k (0 = smallest) of n finite values, which are reordered. */
export function selectRank(values: usize, n: i32, k: i32): f64 {
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const a = at(values, low);
    const b = at(values, (low + high) >> 1);
    const c = at(values, high);
    const pivot = max(min(a, b), min(max(a, b), c));
    let i = low;
    let j = high;
    while (i <= j) {
      while (at(values, i) < pivot) i++;
      while (at(values, j) > pivot) j--;
      if (i > j) break;
      const swap = at(values, i);
      put(values, i, at(values, j));
      put(values, j, swap);
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return at(values, k);
  }
  return at(values, k);
}

/** The median of n ≥ 1 finite values, which are reordered; the upper one of an even number. */
export function medianOf(values: usize, n: i32): f64 {
  return selectRank(values, n, n >> 1);
}
