// Minimising a smooth function of many variables from its gradient: limited-memory BFGS (Nocedal &
// Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5) with a backtracking line search
// (op. cit., algorithm 3.1, steps by quadratic interpolation). The caller evaluates: it takes a
// point from askPtr, writes the gradient there to gradientPtr, and tells the value.

import { dot, addScaled } from "../arima/vector";

/** Variables at most. */
export const VARIABLES_CAPACITY: i32 = 296;
const PAIRS: i32 = 8;
const ITERATIONS: i32 = 120;
const HALVINGS: i32 = 20;
/** Share of the decrease that the slope promises (Armijo's condition). */
const SUFFICIENT: f64 = 1e-4;
/** Ends when this many steps one after the other gain less than the tolerance. */
const IDLE_STEPS: i32 = 2;
const ROW: usize = <usize>VARIABLES_CAPACITY << 3;

export const askPtr: usize = memory.data(VARIABLES_CAPACITY * 8, 16);
export const gradientPtr: usize = memory.data(VARIABLES_CAPACITY * 8, 16);
/** Best point so far, and its value. */
export const foundPtr: usize = memory.data(VARIABLES_CAPACITY * 8, 16);
export let found: f64 = Infinity;

const slopePtr: usize = memory.data(VARIABLES_CAPACITY * 8, 16);
const directionPtr: usize = memory.data(VARIABLES_CAPACITY * 8, 16);
/** Steps and changes of the gradient, the newest PAIRS of them in a ring. */
const stepsPtr: usize = memory.data(PAIRS * VARIABLES_CAPACITY * 8, 16);
const changesPtr: usize = memory.data(PAIRS * VARIABLES_CAPACITY * 8, 16);
const curvaturesPtr: usize = memory.data(PAIRS * 8, 16);
const sharesPtr: usize = memory.data(PAIRS * 8, 16);

let variables: i32 = 0;
let tolerance: f64 = 0;
let pairs: i32 = 0;
let newest: i32 = 0;
let iteration: i32 = 0;
let halving: i32 = 0;
let idle: i32 = 0;
let length: f64 = 1;
let descent: f64 = 0;
let curvature: f64 = 0;
let started: bool = false;

// @ts-ignore: decorator
@inline
function bytes(): usize {
  return <usize>variables << 3;
}

// @ts-ignore: decorator
@inline
function row(table: usize, k: i32): usize {
  return table + <usize>k * ROW;
}

/** Starts at the `k` variables in askPtr; ends when steps gain less than `gain`. */
export function lbfgsBegin(k: i32, gain: f64): void {
  variables = k;
  tolerance = gain;
  pairs = 0;
  iteration = 0;
  idle = 0;
  found = Infinity;
  started = false;
}

/** Takes the value at askPtr, its gradient being in gradientPtr; true when the search is over. */
export function lbfgsTell(value: f64): bool {
  if (!started) {
    if (!(value < Infinity)) return true;
    started = true;
    accept(value);
    return !turn();
  }
  if (value <= found + SUFFICIENT * length * descent) {
    idle = found - value < tolerance ? idle + 1 : 0;
    remember();
    accept(value);
    return idle >= IDLE_STEPS || ++iteration >= ITERATIONS || !turn();
  }
  if (++halving > HALVINGS) return true;
  const least = (-0.5 * descent * length * length) / (value - found - descent * length);
  length = least > 0.1 * length && least < 0.5 * length ? least : 0.3 * length;
  ask();
  return false;
}

function accept(value: f64): void {
  found = value;
  memory.copy(foundPtr, askPtr, bytes());
  memory.copy(slopePtr, gradientPtr, bytes());
}

/** Keeps the step to askPtr and what it did to the gradient, where the function curves upwards. */
function remember(): void {
  const at = pairs == 0 ? 0 : (newest + 1) % PAIRS;
  const step = row(stepsPtr, at);
  const change = row(changesPtr, at);
  memory.copy(step, askPtr, bytes());
  addScaled(step, foundPtr, variables, -1);
  memory.copy(change, gradientPtr, bytes());
  addScaled(change, slopePtr, variables, -1);
  const product = dot(step, change, variables);
  const square = dot(change, change, variables);
  if (!(product > 1e-12 * square)) return;
  curvature = square / product;
  store<f64>(curvaturesPtr + (<usize>at << 3), product);
  newest = at;
  pairs = min(pairs + 1, PAIRS);
}

/** Takes the direction −H g by the two loops of algorithm 7.4; false when it leads nowhere. */
function turn(): bool {
  memory.copy(directionPtr, slopePtr, bytes());
  for (let k = 0; k < pairs; k++) {
    const at = (newest + PAIRS - k) % PAIRS;
    const product = load<f64>(curvaturesPtr + (<usize>at << 3));
    const share = dot(row(stepsPtr, at), directionPtr, variables) / product;
    store<f64>(sharesPtr + (<usize>at << 3), share);
    addScaled(directionPtr, row(changesPtr, at), variables, -share);
  }
  const steepest = sqrt(dot(slopePtr, slopePtr, variables));
  const shrink = -1 / (pairs > 0 ? curvature : max(steepest, 1));
  for (let i: usize = 0; i < bytes(); i += 8) {
    store<f64>(directionPtr + i, load<f64>(directionPtr + i) * shrink);
  }
  for (let k = pairs - 1; k >= 0; k--) {
    const at = (newest + PAIRS - k) % PAIRS;
    const product = load<f64>(curvaturesPtr + (<usize>at << 3));
    const share = load<f64>(sharesPtr + (<usize>at << 3));
    const again = dot(row(changesPtr, at), directionPtr, variables) / product;
    addScaled(directionPtr, row(stepsPtr, at), variables, -share - again);
  }
  descent = dot(directionPtr, slopePtr, variables);
  if (!(descent < 0) || !(descent > -Infinity)) return false;
  length = 1;
  halving = 0;
  ask();
  return true;
}

function ask(): void {
  memory.copy(askPtr, foundPtr, bytes());
  addScaled(askPtr, directionPtr, variables, length);
}
