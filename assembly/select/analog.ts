// The method of analogues (Lorenz 1969, "Atmospheric predictability as revealed by naturally
// occurring analogues"): what came after the stretches of the history that looked most like the
// present one, level aside. Jobs that start at odd times look alike each time, whatever the clock
// says.

import { historyPtr } from "../abi";

const LENGTH_MIN: i32 = 6;
const LENGTH_MAX: i32 = 60;
const NEIGHBOURS: i32 = 15;
/** How much less each older step counts, and the difference of the means, per step. */
const FADING: f64 = 0.1;
const LEVEL_SHARE: f64 = 0.15;
/** Steps whose mean is the level that what came is measured from. */
const LEVEL_STEPS: i32 = 3;
/** Steps compared before it is looked whether the rest is worth while. */
const BLOCK: i32 = 8;

/** The present stretch less its mean, and the weights of its steps; f64[LENGTH_MAX]. */
const presentPtr: usize = memory.data(LENGTH_MAX * 8, 16);
const weightsPtr: usize = memory.data(LENGTH_MAX * 8, 16);
/** Distances of the nearest stretches and their last steps, the nearest first. */
const distancesPtr: usize = memory.data(NEIGHBOURS * 8, 16);
const endsPtr: usize = memory.data(NEIGHBOURS * 4, 16);
const sortedPtr: usize = memory.data(NEIGHBOURS * 8, 16);

let from: i32 = 0;
let horizon: i32 = 0;
let length: i32 = 0;
let found: i32 = 0;
/** The step whose neighbours these are. */
let foundAt: i32 = -1;

// @ts-ignore: decorator
@inline
function history(i: i32): f64 {
  return load<f64>(historyPtr + (<usize>i << 3));
}

/** Begins on the history from step `first` on. */
export function resetAnalog(first: i32, steps: i32): void {
  from = first;
  horizon = steps;
  length = min(LENGTH_MAX, max(LENGTH_MIN, steps)) & ~1;
  foundAt = -1;
  for (let k = 0; k < length; k++) {
    store<f64>(weightsPtr + (<usize>k << 3), 1 / (1 + FADING * <f64>(length - 1 - k)));
  }
}

/** Distance of the stretch that ends at step e, of mean `mean`; at least `most` when not less. */
function distanceTo(e: i32, mean: f64, levelDistance: f64, most: f64): f64 {
  const values = historyPtr + (<usize>(e - length + 1) << 3);
  const centre = f64x2.splat(mean);
  let sum = f64x2.splat(0);
  for (let k = length - 2; k >= 0; k -= 2) {
    const at = <usize>k << 3;
    const present = v128.load(presentPtr + at);
    const difference = f64x2.sub(f64x2.sub(v128.load(values + at), centre), present);
    const square = f64x2.mul(difference, difference);
    sum = f64x2.add(sum, f64x2.mul(square, v128.load(weightsPtr + at)));
    if ((k & (BLOCK - 2)) != 0) continue;
    const part = levelDistance + f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
    if (!(part < most)) return most;
  }
  return levelDistance + f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Puts a stretch in its place among the nearest, which takes that of the farthest. */
function insert(e: i32, distance: f64): void {
  let place = min(found, NEIGHBOURS - 1);
  for (; place > 0; place--) {
    const before = load<f64>(distancesPtr + (<usize>(place - 1) << 3));
    if (before <= distance) break;
    store<f64>(distancesPtr + (<usize>place << 3), before);
    store<i32>(endsPtr + (<usize>place << 2), load<i32>(endsPtr + (<usize>(place - 1) << 2)));
  }
  store<f64>(distancesPtr + (<usize>place << 3), distance);
  store<i32>(endsPtr + (<usize>place << 2), e);
  if (found < NEIGHBOURS) found++;
}

/** Finds the stretches nearest to that which ends at step i; those with gaps are passed over. */
function search(i: i32): void {
  foundAt = i;
  found = 0;
  let mean = 0.0;
  for (let k = 0; k < length; k++) mean += history(i - k) / <f64>length;
  if (i - from < length || mean != mean) return;
  for (let k = 0; k < length; k++) {
    store<f64>(presentPtr + (<usize>k << 3), history(i - length + 1 + k) - mean);
  }
  let sum = 0.0;
  let gap = from - 1;
  for (let e = from; e <= i - horizon; e++) {
    const value = history(e);
    if (value == value) sum += value;
    else gap = e;
    const left = e - length >= from ? history(e - length) : 0.0;
    if (left == left) sum -= left;
    if (e - gap < length) continue;
    const centre = sum / <f64>length;
    const level = LEVEL_SHARE * <f64>length * (mean - centre) * (mean - centre);
    const farthest = load<f64>(distancesPtr + ((NEIGHBOURS - 1) << 3));
    const most = found < NEIGHBOURS ? Infinity : farthest;
    if (!(level < most)) continue;
    const distance = distanceTo(e, centre, level, most);
    if (distance < most) insert(e, distance);
  }
}

function levelAt(i: i32): f64 {
  let sum = 0.0;
  for (let k = 0; k < LEVEL_STEPS; k++) sum += history(i - k);
  return sum / <f64>LEVEL_STEPS;
}

/** Median of what came `steps` after the analogues of step i; `last` where there are none. */
export function forecastAnalog(i: i32, steps: i32, last: f64): f64 {
  if (foundAt != i) search(i);
  let count = 0;
  for (let k = 0; k < found; k++) {
    const e = load<i32>(endsPtr + (<usize>k << 2));
    const change = history(e + steps) - levelAt(e);
    if (change != change) continue;
    let at = sortedPtr + (<usize>count << 3);
    for (; at > sortedPtr && load<f64>(at - 8) > change; at -= 8) store<f64>(at, load<f64>(at - 8));
    store<f64>(at, change);
    count++;
  }
  if (count == 0) return last;
  const middle = sortedPtr + (<usize>(count >> 1) << 3);
  const upper = load<f64>(middle);
  return levelAt(i) + ((count & 1) == 1 ? upper : 0.5 * (load<f64>(middle - 8) + upper));
}
