// The window of values that is learnt from: it ends with an epoch, and every process holds all of
// it until the next one ends, also one whose history is full and loses a step at each tick.

import { historyPtr } from "../abi";

/** Fewer observed values teach nothing. */
export const POINTS_MIN: i32 = 2;
/** Epochs in a history, about. */
export const EPOCHS: i32 = 64;

/** First observed step of the window, its last step, and its length. */
export let first: i32 = 0;
export let end: i32 = 0;
export let length: i32 = 0;

/** Finds the first observed step of the window; returns how many it has. */
function findFirst(): i32 {
  let observed = 0;
  for (let i = end; i > end - length; i--) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    first = i;
    observed++;
  }
  return observed;
}

/**
 * Chooses the window; the whole history where the epoch's has no two observed values.
 *
 * @param begin first observed step of the history
 * @param n steps of the history, at least two observed
 * @param origin number of the step at index 0, from the epoch of time
 */
export function chooseWindow(begin: i32, n: i32, origin: i64): void {
  const steps = n - begin;
  let epoch = 1;
  while (2 * epoch * EPOCHS <= steps) epoch <<= 1;
  end = n - 1 - <i32>((origin + n - 1) & <i64>(epoch - 1));
  length = ((steps - epoch + 1) / epoch) * epoch;
  if (findFirst() >= POINTS_MIN) return;
  end = n - 1;
  length = steps;
  findFirst();
}

/** The last step that is only learnt from; an epoch before the window's middle, as the history's
 *  lies before it. What is learnt is asked at origins after it. */
export function lastOfHalf(): i32 {
  const steps = end - first;
  return first + steps / 2 - steps / EPOCHS - 1;
}

/** Chains a value to a hash, by the finalizer of splitmix64 (Steele, Lea & Flood 2014). */
export function mix(hash: u64, value: u64): u64 {
  let mixed = (hash ^ value) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

/** Chains the values of the window to a hash. */
export function hashWindow(hash: u64): u64 {
  for (let i = end - length + 1; i <= end; i++) {
    hash = mix(hash, load<u64>(historyPtr + (<usize>i << 3)));
  }
  return hash;
}
