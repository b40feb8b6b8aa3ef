// From levels to the differenced, centred and scaled series, and the mask of what is missing.

import { HISTORY_CAPACITY, historyPtr } from "../abi";
import { LANE_W, at, d, lane, put, s, sd } from "./orders";

/** Levels in use: y_i = history[first + i], i < count. */
export let first: i32 = 0;
export let count: i32 = 0;
/** Points of w, = count − d − sD. */
export let points: i32 = 0;
/** Points of w that are observed. */
export let observed: i32 = 0;
/** What was subtracted from w and then what it was divided by (a power of two). */
export let centre: f64 = 0;
export let scale: f64 = 1;
/** True when w does not vary: nothing is left to estimate. */
export let degenerate: bool = false;
/** Largest |y| in use. */
export let magnitude: f64 = 0;

/** 1 where w is missing, u8[HISTORY_CAPACITY]. */
export const missingPtr: usize = memory.data(HISTORY_CAPACITY, 16);

/** Takes history[from .. from + length) as the series; it must start and end observed. */
export function useLevels(from: i32, length: i32): void {
  first = from;
  count = length;
}

export function levelPtr(): usize {
  return historyPtr + (<usize>first << 3);
}

/** Differences below this part of the levels are rounding, not signal. */
const ROUNDING: f64 = 1e-13;

/** w = (1 − B)^d (1 − B^s)^D y, raw, into its lane. Every NaN of y makes its stencil NaN. */
export function difference(): void {
  const w = lane(LANE_W);
  const y = levelPtr();
  points = count;
  if (sd == 1) {
    points -= s;
    const before = y;
    const now = y + (<usize>s << 3);
    let i = 0;
    for (; i + 2 <= points; i += 2) {
      const k = <usize>i << 3;
      v128.store(w + k, f64x2.sub(v128.load(now + k), v128.load(before + k)));
    }
    if (i < points) put(w, i, at(now, i) - at(before, i));
  }
  for (let round = 0; round < d; round++) {
    const from = sd == 0 && round == 0 ? y : w;
    points -= 1;
    let i = 0;
    for (; i + 2 <= points; i += 2) {
      const k = from + (<usize>i << 3);
      v128.store(w + (<usize>i << 3), f64x2.sub(v128.load(k, 8), v128.load(k)));
    }
    if (i < points) put(w, i, at(from, i + 1) - at(from, i));
  }
  if (d == 0 && sd == 0) memory.copy(w, y, <usize>points << 3);
}

/** 2^k with k such that x / 2^k lies in [1, 2); 1 for zero. Exact, so scaling loses nothing. */
function powerOfTwo(x: f64): f64 {
  const exponent = (reinterpret<u64>(x) >> 52) & 0x7ff;
  if (exponent == 0 || exponent >= 0x7fe) return 1;
  return reinterpret<f64>(exponent << 52);
}

/** Centres w by its mean (or by `given` when `fixed`), scales it to a size of one, marks what is missing. */
export function standardise(withConstant: bool, fixed: bool, given: f64): void {
  const w = lane(LANE_W);
  let sum = 0.0;
  let other = 0.0;
  let i = 0;
  for (; i + 2 <= points; i += 2) {
    sum += at(w, i);
    other += at(w, i + 1);
  }
  if (i < points) sum += at(w, i);
  sum += other;
  observed = points;
  const gaps = sum != sum;
  if (gaps) sum = markMissing(w);
  centre = fixed ? given : withConstant && observed > 0 ? sum / <f64>observed : 0.0;

  let square = 0.0;
  const peak = absoluteMax(levelPtr(), count);
  magnitude = peak;
  const unit = 1 / powerOfTwo(peak);
  const shift = f64x2.splat(centre);
  const factor = f64x2.splat(unit);
  let squares = f64x2.splat(0);
  i = 0;
  for (; i + 2 <= points; i += 2) {
    const k = w + (<usize>i << 3);
    const value = f64x2.mul(f64x2.sub(v128.load(k), shift), factor);
    v128.store(k, value);
    squares = f64x2.add(squares, f64x2.mul(value, value));
  }
  square = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  if (i < points) {
    const value = (at(w, i) - centre) * unit;
    put(w, i, value);
    square += value * value;
  }
  if (gaps) square = observedSquares(w);
  const size = observed > 0 ? sqrt(square / <f64>observed) : 0;
  degenerate = !(size > ROUNDING);
  const rest = degenerate ? 1.0 : powerOfTwo(size);
  scale = rest / unit;
  const finest = f64x2.splat(1 / rest);
  i = 0;
  for (; i + 2 <= points; i += 2) {
    const k = w + (<usize>i << 3);
    v128.store(k, f64x2.mul(v128.load(k), finest));
  }
  if (i < points) put(w, i, at(w, i) / rest);
  if (gaps) {
    for (let t = 0; t < points; t++) if (load<u8>(missingPtr + t) != 0) put(w, t, 0);
  }
}

/** Fills the mask; returns the sum of what is observed. */
function markMissing(w: usize): f64 {
  let sum = 0.0;
  observed = 0;
  for (let i = 0; i < points; i++) {
    const value = at(w, i);
    const there = value == value;
    store<u8>(missingPtr + i, there ? 0 : 1);
    if (there) {
      sum += value;
      observed++;
    }
  }
  return sum;
}

function observedSquares(w: usize): f64 {
  let sum = 0.0;
  for (let i = 0; i < points; i++) {
    if (load<u8>(missingPtr + i) == 0) sum += at(w, i) * at(w, i);
  }
  return sum;
}

/** Largest |a_i|, NaN ignored. */
export function absoluteMax(a: usize, n: i32): f64 {
  let most = 0.0;
  for (let i = 0; i < n; i++) {
    const value = abs(at(a, i));
    if (value > most) most = value;
  }
  return most;
}

export function hasGaps(): bool {
  return observed < points;
}

/** Takes `shift` (in scaled units) off w and onto the centre. */
export function moveCentre(shift: f64): void {
  const w = lane(LANE_W);
  for (let i = 0; i < points; i++) put(w, i, at(w, i) - shift);
  centre += shift * scale;
}
