// What the regressions (with the coefficients of then) and analogues said at past origins, by place
// (a band, or a step of the peak's window) and origin: they cost too much to be run through the
// window each time.

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
  memory.fill(entriesPtr, 0xff, PLACES_CAPACITY * ORIGINS * ENTRY_BYTES);
}

/**
 * Keeps `count` forecasts at `from`, those of the learnt members from number `member` on, for a
 * place of the origin with number `turn`.
 */
export function keepPast(place: i32, turn: i64, member: i32, count: i32, from: usize): void {
  store<i64>(entry(place, turn), turn);
  memory.copy(entry(place, turn) + 8 + (<usize>member << 3), from, <usize>count << 3);
}

/** Where the forecasts for a place of the origin lie, or 0. */
export function findPast(place: i32, turn: i64): usize {
  return load<i64>(entry(place, turn)) == turn ? entry(place, turn) + 8 : 0;
}
