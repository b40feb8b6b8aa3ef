// BFGS (Nocedal & Wright 2006, alg. 6.1) that asks for one function value at a time, so that
// whoever evaluates may be interrupted anywhere. Gradients are central differences; the first
// inverse Hessian is given, so that few iterations are needed from a good start.

import { MAX_FREE, at, put } from "./orders";
import { solvePositive } from "./vector";

/** Where the next value is wanted, f64[MAX_FREE]. */
export const askPtr: usize = memory.data(MAX_FREE * 8, 16);
/** Best point so far, and its value. */
export const foundPtr: usize = memory.data(MAX_FREE * 8, 16);
export let found: f64 = Infinity;

const gradientPtr: usize = memory.data(MAX_FREE * 8, 16);
const earlierPtr: usize = memory.data(MAX_FREE * 8, 16);
const stepPtr: usize = memory.data(MAX_FREE * 8, 16);
const changePtr: usize = memory.data(MAX_FREE * 8, 16);
const inversePtr: usize = memory.data(MAX_FREE * MAX_FREE * 8, 16);
const factorPtr: usize = memory.data(MAX_FREE * MAX_FREE * 8, 16);

const VALUE: i32 = 0;
const FORWARD: i32 = 1;
const BACKWARD: i32 = 2;
const LINE: i32 = 3;

const DIFFERENCE: f64 = 1e-5;
const ITERATIONS: i32 = 100;
const HALVINGS: i32 = 14;
const STRIDE: f64 = 1.5;
const RIVALRY: f64 = 0.02;

let phase: i32 = VALUE;
let free: i32 = 0;
let coordinate: i32 = 0;
let ahead: f64 = 0;
let iteration: i32 = 0;
let halving: i32 = 0;
let length: f64 = 1;
let slope: f64 = 0;
let tolerance: f64 = 0;
let rival: f64 = 0;
let hasEarlier: bool = false;

/**
 * Starts at `x`.
 *
 * @param hessian f64[k × MAX_FREE], approximate second derivatives of the function times `factor`
 * @param gain ends when the quadratic model promises less than this
 * @param best value of another search; ends also when it is promised a small part of the way there
 */
export function quasiBegin(
  x: usize, k: i32, hessian: usize, factor: f64, gain: f64, best: f64,
): void {
  free = k;
  rival = best;
  tolerance = gain;
  iteration = 0;
  hasEarlier = false;
  phase = VALUE;
  found = Infinity;
  memory.copy(foundPtr, x, <usize>k << 3);
  memory.copy(askPtr, x, <usize>k << 3);
  invert(hessian, factor);
}

function invert(hessian: usize, factor: f64): void {
  for (let column = 0; column < free; column++) {
    for (let i = 0; i < free; i++) {
      for (let j = 0; j <= i; j++) {
        put(factorPtr, i * MAX_FREE + j, at(hessian, i * MAX_FREE + j) * factor);
      }
      const diagonal = at(factorPtr, i * MAX_FREE + i);
      put(factorPtr, i * MAX_FREE + i, diagonal * 1.001 + 1e-6);
      put(stepPtr, i, i == column ? 1 : 0);
    }
    const solved = solvePositive(factorPtr, MAX_FREE, stepPtr, free);
    for (let i = 0; i < free; i++) {
      put(inversePtr, i * MAX_FREE + column, solved ? at(stepPtr, i) : i == column ? 1.0 : 0.0);
    }
  }
}

/** Takes the value at askPtr; true when the search is over. */
export function quasiTell(value: f64): bool {
  if (phase == VALUE) {
    found = value;
    if (free == 0 || !(value < Infinity)) return true;
    askGradient();
    return false;
  }
  if (phase == FORWARD) {
    ahead = value;
    put(askPtr, coordinate, at(foundPtr, coordinate) - reach(coordinate));
    phase = BACKWARD;
    return false;
  }
  if (phase == BACKWARD) {
    put(gradientPtr, coordinate, ((ahead - value) * 0.5) / reach(coordinate));
    put(askPtr, coordinate, at(foundPtr, coordinate));
    coordinate++;
    if (coordinate < free) {
      put(askPtr, coordinate, at(foundPtr, coordinate) + reach(coordinate));
      phase = FORWARD;
      return false;
    }
    if (hasEarlier) updateInverse();
    return askLine();
  }
  if (value <= found + 1e-4 * length * slope) {
    found = value;
    memory.copy(foundPtr, askPtr, <usize>free << 3);
    memory.copy(earlierPtr, gradientPtr, <usize>free << 3);
    for (let i = 0; i < free; i++) put(stepPtr, i, at(stepPtr, i) * length);
    hasEarlier = true;
    if (++iteration >= ITERATIONS) return true;
    askGradient();
    return false;
  }
  if (++halving > HALVINGS) return true;
  length *= 0.5;
  askAlong();
  return false;
}

function askGradient(): void {
  memory.copy(askPtr, foundPtr, <usize>free << 3);
  coordinate = 0;
  put(askPtr, 0, at(foundPtr, 0) + reach(0));
  phase = FORWARD;
}

/** Half the width of a difference: x of a root near the unit circle is large. */
function reach(i: i32): f64 {
  return DIFFERENCE * (1 + abs(at(foundPtr, i)));
}

function askAlong(): void {
  for (let i = 0; i < free; i++) put(askPtr, i, at(foundPtr, i) + length * at(stepPtr, i));
}

/** Direction −H g; true when it promises too little. */
function askLine(): bool {
  let longest = 0.0;
  slope = 0;
  for (let i = 0; i < free; i++) {
    let sum = 0.0;
    for (let j = 0; j < free; j++) sum -= at(inversePtr, i * MAX_FREE + j) * at(gradientPtr, j);
    put(stepPtr, i, sum);
    slope += sum * at(gradientPtr, i);
    longest = max(longest, abs(sum) / (1 + abs(at(foundPtr, i))));
  }
  if (!(-0.5 * slope > max(tolerance, RIVALRY * (found - rival)))) return true;
  length = longest > STRIDE ? STRIDE / longest : 1;
  halving = 0;
  phase = LINE;
  askAlong();
  return false;
}

/** H := (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ (op. cit. eq. 6.17). */
function updateInverse(): void {
  let curvature = 0.0;
  for (let i = 0; i < free; i++) {
    const y = at(gradientPtr, i) - at(earlierPtr, i);
    curvature += y * at(stepPtr, i);
    put(earlierPtr, i, y);
  }
  if (!(curvature > 1e-14)) return;
  const rho = 1 / curvature;
  let quadratic = 0.0;
  for (let i = 0; i < free; i++) {
    let sum = 0.0;
    for (let j = 0; j < free; j++) sum += at(inversePtr, i * MAX_FREE + j) * at(earlierPtr, j);
    put(changePtr, i, sum);
    quadratic += sum * at(earlierPtr, i);
  }
  const factor = rho * (1 + rho * quadratic);
  for (let i = 0; i < free; i++) {
    for (let j = 0; j < free; j++) {
      const cross = at(changePtr, i) * at(stepPtr, j) + at(stepPtr, i) * at(changePtr, j);
      const cell = i * MAX_FREE + j;
      put(
        inversePtr, cell,
        at(inversePtr, cell) + factor * at(stepPtr, i) * at(stepPtr, j) - rho * cross,
      );
    }
  }
}
