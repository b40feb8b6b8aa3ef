// Exact maximum likelihood: BFGS over one of the two filters, from one start or several.

import { MAX_FREE, at, coefficientCount, constant, put, stateSize } from "./orders";
import { hasGaps, observed, points } from "./difference";
import * as diffuse from "./diffuse";
import * as gauss from "./gauss";
import * as kalman from "./kalman";
import * as quasi from "./quasi";
import { guess, guesses } from "./start";
import { toCoefficients } from "./transform";

/** Dimensions up to which the likelihood is exact. */
const STATE_MAX: i32 = 100;
/** Units of one fit; beyond, the best point so far is taken. */
const UNITS_MAX: i32 = 150_000_000;
/** Variances of w, in units of σ², in which the filter would lose the likelihood's digits. */
const SPREAD_MAX: f64 = 1e9;
/** Climbs, where there are two coefficients or more: roots that nearly cancel make many optima. */
const STARTS: i32 = 8;
/** Points up to which several starts are tried, and the units that they may not exceed. */
const SEVERAL_MAX: i32 = 2_000;
const SEVERAL_UNITS_MAX: i32 = 60_000_000;
/** Twice the log-likelihood that may still be to be gained at the end. */
const GAIN: f64 = 2e-6;
/** Variance of the scaled w below which there is nothing left to climb. */
const VARIANCE_MIN: f64 = 1e-26;

/** True when the filter is the integrated one, for gaps. */
export let integrated: bool = false;
/** Best parameters of all starts so far, packed as gauss.freePtr. */
export const bestPtr: usize = memory.data(MAX_FREE * 8, 16);

/** True while diffuse.ts follows the covariance of a gap-free w, and behind that. */
let tracing: bool = false;
let bestValue: f64 = Infinity;
let attempt: i32 = 0;
let seed: u32 = 1;
let spent: i32 = 0;

/** Chooses the filter for the w in work; false when none is small enough. */
export function chooseFilter(): bool {
  tracing = false;
  integrated = hasGaps() && diffuse.integratedSize() <= STATE_MAX;
  return hasGaps() ? integrated : stateSize() <= STATE_MAX;
}

/** Whether a conditional fit left anything to climb. */
export function worthClimbing(): bool {
  return gauss.best > VARIANCE_MIN * <f64>points;
}

/** Starts from the conditional fit; false when there is nothing to evaluate. */
export function climb(): bool {
  attempt = 0;
  seed = 1;
  spent = 0;
  bestValue = Infinity;
  return climbFrom(2 / gauss.best);
}

/** Takes the conditional fit as it is. */
export function settle(): void {
  memory.copy(bestPtr, gauss.freePtr, MAX_FREE * 8);
}

/** Climbs from gauss.freePtr; `factor` times the curvature there is about the Hessian. */
function climbFrom(factor: f64): bool {
  const free = coefficientCount() + (integrated ? constant : 0);
  const gain = GAIN / <f64>observed;
  quasi.quasiBegin(gauss.freePtr, free, gauss.curvaturePtr, factor, gain, bestValue);
  return nextPass() || nextStart();
}

/** Starts the pass that is asked for; false when the climb is over instead. */
function nextPass(): bool {
  while (true) {
    toCoefficients(quasi.askPtr);
    const mean = constant == 1 ? at(quasi.askPtr, coefficientCount()) : 0;
    if (passBegin(mean) && kalman.spread < SPREAD_MAX) return true;
    if (quasi.quasiTell(Infinity)) return false;
  }
}

/** Starts from the next guess; false when there is none, or no time for it. */
function nextStart(): bool {
  if (quasi.found < bestValue || attempt == 0) {
    bestValue = quasi.found;
    memory.copy(bestPtr, quasi.foundPtr, MAX_FREE * 8);
  }
  attempt++;
  if (coefficientCount() < 2 || attempt >= STARTS) return false;
  if (points > SEVERAL_MAX || spent > SEVERAL_UNITS_MAX) return false;
  if (attempt < guesses()) guess(gauss.freePtr, attempt);
  else scatter();
  put(gauss.freePtr, coefficientCount(), 0);
  gauss.unitCurvature();
  return climbFrom(1);
}

/** A start beside the best point so far and one anywhere, in turns. */
function scatter(): void {
  for (let i = 0; i < coefficientCount(); i++) {
    seed = seed * 1664525 + 1013904223;
    const centre = (attempt & 1) == 1 ? at(bestPtr, i) : 0.0;
    put(gauss.freePtr, i, centre + <f64>(<i32>seed) * (2.0 / 2147483648));
  }
}

/** Starts a pass at the coefficient slots; `mean` is used by the integrated filter alone. */
export function passBegin(mean: f64): bool {
  return integrated ? diffuse.diffuseBegin(mean, true) : kalman.likelihoodBegin();
}

/**
 * Starts the pass behind the last one that follows the state's covariance, where a forecast needs
 * it; false where it has converged.
 */
export function traceBegin(): bool {
  if (tracing || integrated || kalman.plain) return false;
  tracing = true;
  return diffuse.diffuseBegin(0, false);
}

/** Whether the state at the end has a covariance besides that of its last innovation. */
export function uncertain(): bool {
  return (integrated || tracing) && !diffuse.known;
}

/** Price of one block in work units. */
export function passCost(): i32 {
  return integrated || tracing ? diffuse.diffuseCost() : kalman.likelihoodCost();
}

/** One block of a pass; true when it is complete. */
export function passBlock(): bool {
  return integrated || tracing ? diffuse.diffuseBlock() : kalman.likelihoodBlock();
}

export function passPoints(): i32 {
  return integrated ? diffuse.used : points;
}

export function passSquares(): f64 {
  return integrated ? diffuse.squares : kalman.squares;
}

export function passLogF(): f64 {
  return integrated ? diffuse.logF : kalman.logF;
}

/** One block of the climb; true when the best parameters are found. */
export function climbStep(): bool {
  spent += passCost();
  if (!passBlock()) return false;
  const n = <f64>passPoints();
  const value = Math.log(max(passSquares() / n, VARIANCE_MIN)) + passLogF() / n;
  if (!quasi.quasiTell(value == value ? value : Infinity) && spent < UNITS_MAX && nextPass()) {
    return false;
  }
  return !nextStart();
}
