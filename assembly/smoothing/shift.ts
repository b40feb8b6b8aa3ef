// Level shifts: when the newest values lie far from what the blend says of them, all on one side,
// the level has changed, and the forecast is moved by the least of those misses.
//
// The blend learns the weights of its members from what used to happen, so a level never seen
// before is disbelieved for as long as old errors outnumber new ones. A run rule (Western Electric
// 1956, Statistical Quality Control Handbook) ends that: a shift is held to last as long again as
// it has lasted (Gott 1993, "Implications of the Copernican principle"), and for good from the
// fifth step on. One spike thus moves the next step alone. Downwards three times as many steps are
// asked for, because too many replicas cost less than too few. The shift is shrunk by the
// non-negative garrote (Breiman 1995), so that it sets in without a jump.

import { MEMBERS_CAPACITY, dot } from "./blend";
import { missMembers } from "./members";

/** Steps after which a higher level is taken to stay, and how many times that a lower one needs. */
const STAYING_STEPS: i32 = 5;
const LOWER_TIMES: i32 = 3;
/** Mean absolute errors within which a miss is nothing new: the limit of tracking signals. */
const USUAL_ERRORS: f64 = 4;

/** Steps whose misses are kept. */
export const SHIFT_STEPS: i32 = STAYING_STEPS * LOWER_TIMES;

/** f64[SHIFT_STEPS][MEMBERS_CAPACITY], in the order of time. */
const missesPtr: usize = memory.data(SHIFT_STEPS * MEMBERS_CAPACITY * 8, 16);

let noted: i32 = 0;

// @ts-ignore: decorator
@inline
function missesOf(k: i32): usize {
  return missesPtr + <usize>k * MEMBERS_CAPACITY * 8;
}

export function resetShift(): void {
  noted = 0;
}

/** Keeps the members' misses of the present step; at most SHIFT_STEPS times. */
export function noteMisses(): void {
  missMembers(missesOf(noted));
  noted++;
}

/**
 * How far the level has shifted from a blend, 0 for not at all.
 *
 * @param weights f64[members] of the blend `steps` ahead
 * @param error its mean absolute error
 */
export function shift(weights: usize, members: i32, steps: i32, error: f64): f64 {
  const usual = USUAL_ERRORS * error;
  let needed = min(steps, STAYING_STEPS);
  let least = 0.0;
  for (let j = 1; j <= needed; j++) {
    if (j > noted) return 0;
    const miss = dot(weights, missesOf(noted - j), members);
    if (j == 1 && miss < 0) needed *= LOWER_TIMES;
    if (abs(miss) <= usual || miss * least < 0) return 0;
    if (j == 1 || abs(miss) < abs(least)) least = miss;
  }
  return least * (1 - (usual / least) * (usual / least));
}
