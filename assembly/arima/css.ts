// Conditional sum of squares and its analytic derivatives (Box & Jenkins 1976, §7.1.2 and §7.2.1).
//
// Conditional on the first p + sP points, whose residuals are zero. All derivatives of e by one
// block of coefficients are shifts of one process (op. cit. eq. 7.2.6):
//   ∂e_t/∂ar_i  = A_{t−i},   θ(B)Θ(B^s) A = −Φ(B^s) w        ∂e_t/∂ma_j  = B_{t−j},   θ(B) B = −e
//   ∂e_t/∂sar_i = C_{t−is},  θ(B)Θ(B^s) C = −φ(B) w          ∂e_t/∂sma_j = D_{t−js},  Θ(B^s) D = −e
// so a pass makes at most five processes, and the Gauss–Newton matrix is made of lagged dot
// products. A pass runs in blocks of a fixed size: its result does not depend on where a slice
// ends.

import {
  AR, LANE_AR, LANE_CONSTANT, LANE_E, LANE_MA, LANE_SAR, LANE_SMA, LANE_W, MAX_FREE, SAR, SMA,
  arSpan, at, coefPtr, coefficientCount, constant, lane, p, put, q, s, sp, sq,
} from "./orders";
import { hasGaps, missingPtr, points } from "./difference";
import {
  arLagPtr, arTermPtr, arTerms, expand, lagAt, maLagPtr, maTermPtr, maTerms,
} from "./polynomial";
import { invertMa } from "./invert";
import { addScaled, affine, dot } from "./vector";

const BLOCK: i32 = 512;
/** A scratch block with the last values of the block before in front of it. */
const HEAD: i32 = 8;
const stagePtr: usize = memory.data(3 * (HEAD + BLOCK) * 8, 16);

/** Σ e², Jᵀe and JᵀJ (lower triangle, stride MAX_FREE) of the pass. */
export let squares: f64 = 0;
export const gradientPtr: usize = memory.data(MAX_FREE * 8, 16);
export const matrixPtr: usize = memory.data(MAX_FREE * MAX_FREE * 8, 16);

const columnPtr: usize = memory.data(MAX_FREE * 4, 16);
const columnLag: usize = memory.data(MAX_FREE * 4, 16);

let position: i32 = 0;
let start: i32 = 0;
let columns: i32 = 0;
let shift: f64 = 0;

/** Residuals that count: observed ones after the first p + sP. */
export function effectivePoints(): i32 {
  if (!hasGaps()) return points - arSpan();
  let n = 0;
  for (let t = arSpan(); t < points; t++) n += 1 - load<u8>(missingPtr + t);
  return n;
}

function addColumns(lane_: i32, n: i32, step: i32): void {
  for (let i = 1; i <= n; i++) {
    store<i32>(columnPtr + (<usize>columns << 2), <i32>lane(lane_));
    store<i32>(columnLag + (<usize>columns << 2), i * step);
    columns++;
  }
}

/** Sum of 1 − Σ c, for a block of coefficients. */
function remainderOf(slot: i32, n: i32): f64 {
  let sum = 1.0;
  for (let i = 0; i < n; i++) sum -= at(coefPtr, slot + i);
  return sum;
}

/** Starts a pass at the coefficient slots; `mean` is that of the scaled, centred w. */
export function passBegin(mean: f64): void {
  expand();
  start = arSpan();
  shift = -mean * remainderOf(AR, p) * remainderOf(SAR, sp);
  squares = 0;
  const free = coefficientCount() + constant;
  memory.fill(gradientPtr, 0, <usize>free << 3);
  memory.fill(matrixPtr, 0, <usize>(free * MAX_FREE) << 3);
  memory.fill(stagePtr, 0, 3 * (HEAD + BLOCK) * 8);
  columns = 0;
  addColumns(LANE_AR, p, 1);
  addColumns(LANE_MA, q, 1);
  addColumns(LANE_SAR, sp, s);
  addColumns(LANE_SMA, sq, s);
  if (constant == 1) {
    store<i32>(columnPtr + (<usize>columns << 2), <i32>lane(LANE_CONSTANT));
    store<i32>(columnLag + (<usize>columns << 2), 0);
    columns++;
  }
  for (let k: i32 = LANE_E; k <= LANE_CONSTANT; k++) memory.fill(lane(k), 0, <usize>start << 3);
  position = start;
  if (hasGaps()) conditionalFill();
  if (p > 0) derivativeByAr(start - p, start);
  for (let from = p; from < start; from += BLOCK) {
    derivativeBySeasonalAr(from, min(start, from + BLOCK));
  }
}

/** What the recursion is conditional on but nobody observed is taken at the mean. */
function conditionalFill(): void {
  for (let t = 0; t < start; t++) {
    if (load<u8>(missingPtr + t) != 0) put(lane(LANE_W), t, 0);
  }
}

/** Price of one block in work units. */
export function blockCost(): i32 {
  const free = columns;
  return BLOCK * (4 + 2 * free + (free * free) / 4) + 200;
}

/** One block; true when the pass is complete. */
export function passBlock(): bool {
  const from = position;
  const to = min(points, from + BLOCK);
  if (from < to) {
    if (hasGaps()) residualsThroughGaps(from, to);
    else residuals(from, to);
    if (p > 0) derivativeByAr(from, to);
    if (sp > 0) derivativeBySeasonalAr(from, to);
    if (q > 0) derivativeByMa(from, to);
    if (sq > 0) derivativeBySeasonalMa(from, to);
    if (constant == 1) derivativeByConstant(from, to);
    accumulate(from, to);
  }
  position = to;
  return to >= points;
}

function accumulate(from: i32, to: i32): void {
  const e = lane(LANE_E);
  squares += dot(e + (<usize>from << 3), e + (<usize>from << 3), to - from);
  for (let i = 0; i < columns; i++) {
    const lagI = load<i32>(columnLag + (<usize>i << 2));
    const columnI = <usize>load<i32>(columnPtr + (<usize>i << 2));
    const fromI = max(from, lagI);
    if (fromI >= to) continue;
    const base = columnI + (<usize>(fromI - lagI) << 3);
    put(gradientPtr, i, at(gradientPtr, i) + dot(base, e + (<usize>fromI << 3), to - fromI));
    for (let j = 0; j <= i; j++) {
      const lagJ = load<i32>(columnLag + (<usize>j << 2));
      const columnJ = <usize>load<i32>(columnPtr + (<usize>j << 2));
      const begin = max(fromI, lagJ);
      if (begin >= to) continue;
      const cell = i * MAX_FREE + j;
      const product = dot(
        columnI + (<usize>(begin - lagI) << 3), columnJ + (<usize>(begin - lagJ) << 3), to - begin,
      );
      put(matrixPtr, cell, at(matrixPtr, cell) + product);
    }
  }
}

/** Θ(B^s)^{-1} in place over [from, to) of a lane whose earlier values are final. */
function invertSeasonalMa(base: usize, from: i32, to: i32): void {
  let done = from;
  while (done < to) {
    const until = min(to, done + s);
    for (let j = 1; j <= sq; j++) {
      const begin = max(done, j * s);
      if (begin >= until) continue;
      const target = base + (<usize>begin << 3);
      addScaled(target, target - (<usize>(j * s) << 3), until - begin, -at(coefPtr, SMA + j - 1));
    }
    done = until;
  }
}

/**
 * Where θ^{-1} works: in the lane itself, or, when Θ^{-1} follows, in a block with carried head.
 */
// @ts-ignore: decorator
@inline
function stage(k: i32): usize {
  return stagePtr + (<usize>(k * (HEAD + BLOCK) + HEAD) << 3);
}

/** θ^{-1} then Θ^{-1} of the n values at `block` into the lane. */
function finish(block: usize, base: usize, from: i32, to: i32): void {
  const n = to - from;
  invertMa(block, n);
  if (sq == 0) return;
  memory.copy(base + (<usize>from << 3), block, <usize>n << 3);
  for (let i = q; i >= 1; i--) put(block, -i, at(block, n - i));
  invertSeasonalMa(base, from, to);
}

// @ts-ignore: decorator
@inline
function target(k: i32, base: usize, from: i32): usize {
  return sq > 0 ? stage(k) : base + (<usize>from << 3);
}

export function residuals(from: i32, to: i32): void {
  const w = lane(LANE_W) + (<usize>from << 3);
  const block = target(0, lane(LANE_E), from);
  affine(block, w, to - from, 1, shift);
  for (let k = 0; k < arTerms; k++) {
    addScaled(block, w - (<usize>lagAt(arLagPtr, k) << 3), to - from, -at(arTermPtr, k));
  }
  finish(block, lane(LANE_E), from, to);
}

/** A missing w is what the model predicts, and its residual is zero: nothing was learned there. */
function residualsThroughGaps(from: i32, to: i32): void {
  const w = lane(LANE_W);
  const e = lane(LANE_E);
  for (let t = from; t < to; t++) {
    let prediction = -shift;
    for (let k = 0; k < arTerms; k++) {
      prediction += at(arTermPtr, k) * at(w, t - lagAt(arLagPtr, k));
    }
    for (let k = 0; k < maTerms; k++) {
      const lag = lagAt(maLagPtr, k);
      if (t >= lag) prediction += at(maTermPtr, k) * at(e, t - lag);
    }
    const missing = load<u8>(missingPtr + t) != 0;
    if (missing) put(w, t, prediction);
    put(e, t, missing ? 0.0 : at(w, t) - prediction);
  }
}

function derivativeByAr(from: i32, to: i32): void {
  const w = lane(LANE_W) + (<usize>from << 3);
  const block = target(1, lane(LANE_AR), from);
  affine(block, w, to - from, -1, 0);
  for (let i = 1; i <= sp; i++) {
    addScaled(block, w - (<usize>(i * s) << 3), to - from, at(coefPtr, SAR + i - 1));
  }
  finish(block, lane(LANE_AR), from, to);
}

function derivativeBySeasonalAr(from: i32, to: i32): void {
  const w = lane(LANE_W) + (<usize>from << 3);
  const block = target(2, lane(LANE_SAR), from);
  affine(block, w, to - from, -1, 0);
  for (let i = 1; i <= p; i++) {
    addScaled(block, w - (<usize>i << 3), to - from, at(coefPtr, AR + i - 1));
  }
  finish(block, lane(LANE_SAR), from, to);
}

function derivativeByMa(from: i32, to: i32): void {
  const block = lane(LANE_MA) + (<usize>from << 3);
  affine(block, lane(LANE_E) + (<usize>from << 3), to - from, -1, 0);
  invertMa(block, to - from);
}

function derivativeBySeasonalMa(from: i32, to: i32): void {
  const base = lane(LANE_SMA);
  affine(base + (<usize>from << 3), lane(LANE_E) + (<usize>from << 3), to - from, -1, 0);
  invertSeasonalMa(base, from, to);
}

/** ∂e/∂μ = −φ(1)Φ(1) / θ(B)Θ(B^s) 1: a step response. */
function derivativeByConstant(from: i32, to: i32): void {
  const base = lane(LANE_CONSTANT);
  const level = -remainderOf(AR, p) * remainderOf(SAR, sp);
  for (let t = from; t < to; t++) {
    let value = level;
    for (let k = 0; k < maTerms; k++) {
      const lag = lagAt(maLagPtr, k);
      if (t >= lag) value -= at(maTermPtr, k) * at(base, t - lag);
    }
    put(base, t, value);
  }
}

/**
 * Makes the filter of lane `base` go on at `from` ≥ p + sP, q + sQ from the values before: restores
 * what θ^{-1} carries in stage k.
 */
export function resume(k: i32, base: usize, from: i32): void {
  if (sq == 0) return;
  for (let i = 1; i <= q; i++) {
    let sum = at(base, from - i);
    for (let j = 1; j <= sq; j++) {
      const before = from - i - j * s;
      if (before >= 0) sum += at(coefPtr, SMA + j - 1) * at(base, before);
    }
    put(stage(k), -i, sum);
  }
}

/** u = φ(1)Φ(1) / θ(B)Θ(B^s) 1 over [from, to): what a constant adds to each innovation. */
export function constantResponse(from: i32, to: i32): void {
  const base = lane(LANE_CONSTANT);
  const block = target(1, base, from);
  const level = remainderOf(AR, p) * remainderOf(SAR, sp);
  for (let i = 0; i < to - from; i++) put(block, i, level);
  finish(block, base, from, to);
}

export function clearShift(): void {
  shift = 0;
}
