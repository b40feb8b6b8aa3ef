// The differences undone: y_t = w_t + Σ weight·y_{t−lag}, from 1 − (1 − B)^d (1 − B^s)^D.

import { d, put, s, sd } from "./orders";

const lagPtr: usize = memory.data(8 * 4, 16);
/** Weights of the lags, f64[lags]. */
export const weightPtr: usize = memory.data(8 * 8, 16);
export let lags: i32 = 0;

// @ts-ignore: decorator
@inline
export function lagOf(k: i32): i32 {
  return load<i32>(lagPtr + (<usize>k << 2));
}

function addLag(lag: i32, weight: f64): void {
  store<i32>(lagPtr + (<usize>lags << 2), lag);
  put(weightPtr, lags, weight);
  lags++;
}

export function clearLags(): void {
  lags = 0;
}

/** 1 − (1 − B)^d (1 − B^s)^D as lags. */
export function expandDifference(): void {
  lags = 0;
  if (d == 1) addLag(1, 1);
  if (d == 2) {
    addLag(1, 2);
    addLag(2, -1);
  }
  if (sd == 1) {
    addLag(s, 1);
    if (d == 1) addLag(s + 1, -1);
    if (d == 2) {
      addLag(s + 1, -2);
      addLag(s + 2, 1);
    }
  }
}

/** What a constant of one adds to level t, its first d + sD levels being zero. */
export function constantPath(t: i32): f64 {
  return d == 1 ? <f64>t : sd == 1 ? <f64>(t / s) : 1.0;
}
