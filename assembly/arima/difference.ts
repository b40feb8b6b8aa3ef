// From levels to the differenced, centred and scaled series, and the mask of what is missing.

import { HISTORY_CAPACITY, historyPtr } from "../abi";
import { LANE_W, at, d, lane, put, s, sd } from "./orders";
import { affine } from "./vector";

/** Levels in use: y_i = history[first + i], i < count. */
export let first: i32 = 0;
export let count: i32 = 0;
/** Points of w, = count − d − sD. */
export let points: i32 = 0;
/** Points of w that are observed. */
export let observed: i32 = 0;
let gaps: bool = false;
/** What was subtracted from w and then what it was divided by (a power of two). */
export let centre: f64 = 0;
export let scale: f64 = 1;
/** True when w does not vary: nothing is left to estimate. */
export let degenerate: bool = false;

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
export function powerOfTwo(x: f64): f64 {
  const exponent = (reinterpret<u64>(x) >> 52) & 0x7ff;
  if (exponent == 0 || exponent >= 0x7fe) return 1;
  return reinterpret<f64>(exponent << 52);
}

/**
 * Centres w by its mean (or by `given` when `fixed`), scales it to a size of about one and marks
 * what is missing, which becomes zero.
 *
 * @param peak largest |y| of the history
 */
export function standardise(withConstant: bool, fixed: bool, given: f64, peak: f64): void {
  const w = lane(LANE_W);
  const unit = 1 / powerOfTwo(peak);
  let sum = sumOf(w, points);
  observed = points;
  gaps = sum != sum || (sd == 1 && points <= s && missesLevels());
  if (gaps) sum = markMissing(w);
  centre = fixed ? given : withConstant && observed > 0 ? sum / <f64>observed : 0.0;
  const square = gaps ? observedSquares(w, unit) : squaresOf(w, points, unit);
  const size = observed > 0 ? sqrt(square / <f64>observed) : 0;
  degenerate = !(size > ROUNDING);
  const rest = degenerate ? 1.0 : powerOfTwo(size);
  scale = rest / unit;
  affine(w, w, points, unit / rest, (-centre * unit) / rest);
  if (!gaps) return;
  for (let t = 0; t < points; t++) if (load<u8>(missingPtr + t) != 0) put(w, t, 0);
}

function sumOf(a: usize, n: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    even = f64x2.add(even, v128.load(a));
    odd = f64x2.add(odd, v128.load(a, 16));
    a += 32;
  }
  const both = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    sum += load<f64>(a);
    a += 8;
  }
  return sum;
}

/** Σ ((a_i − centre)·unit)² */
function squaresOf(a: usize, n: i32, unit: f64): f64 {
  const shift = f64x2.splat(centre);
  const factor = f64x2.splat(unit);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const x = f64x2.mul(f64x2.sub(v128.load(a), shift), factor);
    const y = f64x2.mul(f64x2.sub(v128.load(a, 16), shift), factor);
    even = f64x2.add(even, f64x2.mul(x, x));
    odd = f64x2.add(odd, f64x2.mul(y, y));
    a += 32;
  }
  const both = f64x2.add(even, odd);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    const x = (load<f64>(a) - centre) * unit;
    sum += x * x;
    a += 8;
  }
  return sum;
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

function observedSquares(w: usize, unit: f64): f64 {
  let sum = 0.0;
  for (let i = 0; i < points; i++) {
    if (load<u8>(missingPtr + i) != 0) continue;
    const x = (at(w, i) - centre) * unit;
    sum += x * x;
  }
  return sum;
}

/** Largest |a_i|, NaN ignored. */
export function absoluteMax(a: usize, n: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    even = f64x2.pmax(even, f64x2.abs(v128.load(a)));
    odd = f64x2.pmax(odd, f64x2.abs(v128.load(a, 16)));
    a += 32;
  }
  const both = f64x2.pmax(even, odd);
  let most = max(f64x2.extract_lane(both, 0), f64x2.extract_lane(both, 1));
  for (; i < n; i++) {
    const value = abs(load<f64>(a));
    if (value > most) most = value;
    a += 8;
  }
  return most;
}

/** Whether any level is missing: short seasonal differences may step over it. */
function missesLevels(): bool {
  const sum = sumOf(levelPtr(), count);
  return sum != sum;
}

/** Whether a level in use is missing. */
export function hasGaps(): bool {
  return gaps;
}

/** Takes `shift` (in scaled units) off w and onto the centre. */
export function moveCentre(shift: f64): void {
  const w = lane(LANE_W);
  for (let i = 0; i < points; i++) put(w, i, at(w, i) - shift);
  centre += shift * scale;
}
