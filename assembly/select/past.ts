// What is learnt said at past origins, with the coefficients of then, by place (a band, or a step
// of the peak's window) and origin: it costs too much to be run through the window each time. The
// harmonic model goes through the window first, then regressions and analogues: what one of them
// did not say at an origin is not asked of the others.

import { LEARNT_CAPACITY } from "./members";

const PLACES_CAPACITY: i32 = 10;
/** Origins that are kept, a power of two, twice as many as there are errors of a band. */
const ORIGINS: i32 = 1024;
/** The origin, and what was said. */
const ENTRY_BYTES: i32 = 8 + (LEARNT_CAPACITY << 3);

const entriesPtr: usize = memory.data(PLACES_CAPACITY * ORIGINS * ENTRY_BYTES, 16);

// @ts-ignore: decorator
@inline
function entry(place: i32, turn: i64): usize {
  return entriesPtr + <usize>((place * ORIGINS + (<i32>turn & (ORIGINS - 1))) * ENTRY_BYTES);
}

export function forgetPast(): void {
  // No number of an origin: far above them.
  memory.fill(entriesPtr, 0x7f, PLACES_CAPACITY * ORIGINS * ENTRY_BYTES);
}

/** Begins the entry of a place of the origin with number `turn`: `value` = what the harmonic model
 *  says, the learnt member with number `member`. */
export function beginPast(place: i32, turn: i64, member: i32, value: f64): void {
  store<i64>(entry(place, turn), ~turn);
  store<f64>(entry(place, turn) + 8 + (<usize>member << 3), value);
}

/**
 * Completes an entry by the `count` forecasts at `from`, those of the first learnt members.
 *
 * @param begun whether it counts only where it was begun
 */
export function completePast(place: i32, turn: i64, begun: bool, count: i32, from: usize): void {
  const at = entry(place, turn);
  if (begun && load<i64>(at) != ~turn) return;
  store<i64>(at, turn);
  memory.copy(at + 8, from, <usize>count << 3);
}

/** Where the forecasts for a place of the origin lie, or 0 where they are not complete. */
export function findPast(place: i32, turn: i64): usize {
  return load<i64>(entry(place, turn)) == turn ? entry(place, turn) + 8 : 0;
}
