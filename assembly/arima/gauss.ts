// Gauss–Newton on the conditional sum of squares, with Levenberg–Marquardt damping once a step fails
// (Marquardt 1963). A state machine: each call does one block of one pass.

import { MAX_FREE, at, coefficientCount, constant, put } from "./orders";
import { points } from "./difference";
import {
  blockCost, effectivePoints, gradientPtr, matrixPtr, passBegin, passBlock, squares,
} from "./css";
import { slopesAt, slopesTransposed, toCoefficients } from "./transform";
import { solvePositive } from "./vector";

/** Where the machine stands: packed x of the coefficients, then the mean of the scaled w. */
export const freePtr: usize = memory.data(MAX_FREE * 8, 16);
/** JᵀJ at freePtr in x, full, stride MAX_FREE: half the Hessian of Σ e². */
export const curvaturePtr: usize = memory.data(MAX_FREE * MAX_FREE * 8, 16);
/** Σ e² there. */
export let best: f64 = 0;

const trialPtr: usize = memory.data(MAX_FREE * 8, 16);
const slopePtr: usize = memory.data(MAX_FREE * 8, 16);
const stepPtr: usize = memory.data(MAX_FREE * 8, 16);
const dampedPtr: usize = memory.data(MAX_FREE * MAX_FREE * 8, 16);

/** Passes at most. */
const PASSES: i32 = 30;
/** Ends when half the log-likelihood still to be gained, n/2 · decrement, is below this. */
const GAIN: f64 = 1e-3;
/** Longest step in x at once. */
const STRIDE: f64 = 2;

let free: i32 = 0;
let passes: i32 = 0;
let damping: f64 = 0;

/** Starts at freePtr. */
export function gaussBegin(): void {
  free = coefficientCount() + constant;
  passes = 0;
  damping = 0;
  best = Infinity;
  memory.copy(trialPtr, freePtr, <usize>free << 3);
  tryAt(trialPtr);
}

function tryAt(x: usize): void {
  toCoefficients(x);
  passBegin(constant == 1 ? at(x, free - 1) : 0);
}

/** Takes over what another minimiser left in freePtr and curvaturePtr. */
export function takeBest(value: f64): void {
  best = value;
}

export function gaussCost(): i32 {
  return blockCost();
}

/** One block; true when the minimum is found (or the passes are spent). */
export function gaussStep(): bool {
  if (!passBlock()) return false;
  passes++;
  if (squares <= best) {
    best = squares;
    memory.copy(freePtr, trialPtr, <usize>free << 3);
    toFreeSpace();
    damping = damping < 1e-3 ? 0 : damping * 0.1;
  } else {
    damping = damping == 0 ? 1e-3 : damping * 10;
    if (damping > 1e6) return true;
  }
  if (free == 0 || !(best > 1e-26 * <f64>points)) return true;
  const decrement = nextTrial();
  if (decrement * <f64>effectivePoints() * 0.5 < GAIN * best || passes >= PASSES) return true;
  tryAt(trialPtr);
  return false;
}

/** Gradient and Gauss–Newton matrix from the coefficients into x, at freePtr. */
function toFreeSpace(): void {
  slopesAt(freePtr);
  for (let i = 0; i < free; i++) {
    put(slopePtr, i, at(gradientPtr, i));
    for (let j = 0; j <= i; j++) {
      const value = at(matrixPtr, i * MAX_FREE + j);
      put(curvaturePtr, i * MAX_FREE + j, value);
      put(curvaturePtr, j * MAX_FREE + i, value);
    }
  }
  slopesTransposed(slopePtr, 1);
  for (let i = 0; i < free; i++) slopesTransposed(curvaturePtr + (<usize>(i * MAX_FREE) << 3), 1);
  for (let j = 0; j < free; j++) slopesTransposed(curvaturePtr + (<usize>j << 3), MAX_FREE);
}

/** Sets the next trial; returns the fall of Σ e² that the quadratic model promises. */
function nextTrial(): f64 {
  let ridge = 1e-12;
  for (let round = 0; round < 8; round++) {
    for (let i = 0; i < free; i++) {
      for (let j = 0; j <= i; j++) {
        put(dampedPtr, i * MAX_FREE + j, at(curvaturePtr, i * MAX_FREE + j));
      }
      const diagonal = at(curvaturePtr, i * MAX_FREE + i);
      put(dampedPtr, i * MAX_FREE + i, diagonal * (1 + damping) + (ridge * best) / <f64>points);
      put(stepPtr, i, -at(slopePtr, i));
    }
    if (solvePositive(dampedPtr, MAX_FREE, stepPtr, free)) break;
    ridge *= 1000;
    memory.fill(stepPtr, 0, <usize>free << 3);
  }
  let longest = 0.0;
  let promise = 0.0;
  for (let i = 0; i < free; i++) {
    longest = max(longest, abs(at(stepPtr, i)));
    promise -= at(stepPtr, i) * at(slopePtr, i);
  }
  const shrink = longest > STRIDE ? STRIDE / longest : 1.0;
  for (let i = 0; i < free; i++) put(trialPtr, i, at(freePtr, i) + shrink * at(stepPtr, i));
  return promise;
}
