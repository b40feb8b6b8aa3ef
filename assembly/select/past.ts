// What the regressions said at past origins with the coefficients of then, by band and origin: they
// cost too much to be run through the window on every call.

import { REGRESSIONS } from "./regression";

const BANDS_CAPACITY: i32 = 6;
/** Origins that are kept, a power of two, twice as many as there are errors of a band. */
const ORIGINS: i32 = 1024;
/** The origin, and what was said. */
const ENTRY_BYTES: usize = 8 + (REGRESSIONS << 3);

const entriesPtr: usize = memory.data(<i32>(BANDS_CAPACITY * ORIGINS * ENTRY_BYTES), 16);

// @ts-ignore: decorator
@inline
function entry(q: i32, turn: i64): usize {
  return entriesPtr + <usize>(q * ORIGINS + (<i32>turn & (ORIGINS - 1))) * ENTRY_BYTES;
}

export function forgetPast(): void {
  memory.fill(entriesPtr, 0xff, BANDS_CAPACITY * ORIGINS * ENTRY_BYTES);
}

/** Keeps the forecasts f64[REGRESSIONS] at `from` for band q of the origin with number `turn`. */
export function keepPast(q: i32, turn: i64, from: usize): void {
  store<i64>(entry(q, turn), turn);
  memory.copy(entry(q, turn) + 8, from, REGRESSIONS << 3);
}

/** Where the forecasts for band q of the origin lie, or 0. */
export function findPast(q: i32, turn: i64): usize {
  return load<i64>(entry(q, turn)) == turn ? entry(q, turn) + 8 : 0;
}
