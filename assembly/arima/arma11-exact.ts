// The exact fit of an ARMA(1,1) without constant, season and gaps, after arma11.ts: Newton steps
// with the Gauss–Newton matrix of the conditional fit and a gradient from central differences,
// whose four points and the centre run through the data together as lanes of three vectors.
// kalman.ts and quasi.ts are its oracle.

import { AR, LANE_W, MA, MAX_FREE, at, coefPtr, lane, put } from "./orders";
import { partial } from "./arma11";
import { points } from "./difference";
import * as gauss from "./gauss";

/** Σ v²/F and Σ log F. */
export let squares: f64 = 0;
export let logF: f64 = 0;
/** Forecast of the next w. */
export let ahead: f64 = 0;

const DIFFERENCE: f64 = 1e-5;
const NEWTONS: i32 = 8;
/** Log-likelihood still to be gained. */
const GAIN: f64 = 1e-6;
/** F has converged when it is this near to σ². */
const F_NEAR: f64 = 1e-11;
/** Steps until F must have converged; a root nearer to the unit circle is the generic filter's. */
const STEADY_MAX: i32 = 600;

/** φ, θ, e, Σ v²/F and Σ log F of six evaluations (the last repeats the centre). */
const phiPtr: usize = memory.data(6 * 8, 16);
const thetaPtr: usize = memory.data(6 * 8, 16);
const residualPtr: usize = memory.data(6 * 8, 16);
const squarePtr: usize = memory.data(6 * 8, 16);
const logPtr: usize = memory.data(6 * 8, 16);

/**
 * The steps in which F still falls, for evaluation k up to `to` (exclusive): the innovations
 * algorithm (Brockwell & Davis 1991, ex. 5.3.1). Without a `to`, until F has converged.
 *
 * @returns the steps it took, or −1 when F does not converge in time
 */
function transient(k: i32, to: i32): i32 {
  const w = lane(LANE_W);
  const phi = at(phiPtr, k);
  const theta = at(thetaPtr, k);
  let variance = (1 + theta * (theta + 2 * phi)) / (1 - phi * phi);
  const most = min(points, to > 0 ? to : STEADY_MAX);
  let v = at(w, 0);
  let total = (v * v) / variance;
  let product = variance;
  let t = 1;
  for (; t < most; t++) {
    const pull = v / variance;
    variance = 1 + theta * theta - (theta * theta) / variance;
    if (to == 0 && variance - 1 < F_NEAR) break;
    v = at(w, t) - phi * at(w, t - 1) - theta * pull;
    total += (v * v) / variance;
    product *= variance;
  }
  if (to == 0 && !(t < most)) return -1;
  put(residualPtr, k, v);
  put(squarePtr, k, total);
  put(logPtr, k, product);
  return t;
}

/** All evaluations; false when one of them needs the generic filter. */
function evaluate(): bool {
  let steady = 0;
  for (let k = 0; k < 5; k++) {
    if (!(at(phiPtr, k) * at(phiPtr, k) < 1)) return false;
    const steps = transient(k, 0);
    if (steps < 0) return false;
    steady = max(steady, steps);
  }
  for (let k = 0; k < 5; k++) transient(k, steady);
  copyCentre();
  let w = lane(LANE_W) + (<usize>steady << 3);
  const end = lane(LANE_W) + (<usize>points << 3);
  const phiA = v128.load(phiPtr);
  const phiB = v128.load(phiPtr, 16);
  const phiC = v128.load(phiPtr, 32);
  const thetaA = v128.load(thetaPtr);
  const thetaB = v128.load(thetaPtr, 16);
  const thetaC = v128.load(thetaPtr, 32);
  let eA = v128.load(residualPtr);
  let eB = v128.load(residualPtr, 16);
  let eC = v128.load(residualPtr, 32);
  let sumA = v128.load(squarePtr);
  let sumB = v128.load(squarePtr, 16);
  let sumC = v128.load(squarePtr, 32);
  for (; w < end; w += 8) {
    const now = v128.load_splat<f64>(w);
    const before = v128.load_splat<f64>(w - 8);
    eA = f64x2.sub(f64x2.sub(now, f64x2.mul(before, phiA)), f64x2.mul(eA, thetaA));
    eB = f64x2.sub(f64x2.sub(now, f64x2.mul(before, phiB)), f64x2.mul(eB, thetaB));
    eC = f64x2.sub(f64x2.sub(now, f64x2.mul(before, phiC)), f64x2.mul(eC, thetaC));
    sumA = f64x2.add(sumA, f64x2.mul(eA, eA));
    sumB = f64x2.add(sumB, f64x2.mul(eB, eB));
    sumC = f64x2.add(sumC, f64x2.mul(eC, eC));
  }
  v128.store(residualPtr, eA);
  v128.store(residualPtr, eB, 16);
  v128.store(residualPtr, eC, 32);
  v128.store(squarePtr, sumA);
  v128.store(squarePtr, sumB, 16);
  v128.store(squarePtr, sumC, 32);
  return true;
}

function copyCentre(): void {
  put(phiPtr, 5, at(phiPtr, 4));
  put(thetaPtr, 5, at(thetaPtr, 4));
  put(residualPtr, 5, at(residualPtr, 4));
  put(squarePtr, 5, at(squarePtr, 4));
}

/** log(S/n) + Σ log F / n of evaluation k: what is minimised. */
function valueOf(k: i32): f64 {
  const n = <f64>points;
  return Math.log(at(squarePtr, k) / n) + Math.log(at(logPtr, k)) / n;
}

function place(k: i32, x: f64, y: f64): void {
  put(phiPtr, k, partial(x));
  put(thetaPtr, k, -partial(y));
}

/**
 * Exact fit from the conditional one; leaves the coefficients in their slots, squares, logF and
 * ahead.
 *
 * @returns false when the generic filter must do it
 */
export function exactFit(): bool {
  let x = at(gauss.freePtr, 0);
  let y = at(gauss.freePtr, 1);
  const factor = 2 / gauss.best;
  const xx = at(gauss.curvaturePtr, 0) * factor;
  const xy = at(gauss.curvaturePtr, 1) * factor;
  const yy = at(gauss.curvaturePtr, MAX_FREE + 1) * factor;
  const determinant = xx * yy - xy * xy;
  if (!(determinant > 0)) return false;
  let before = Infinity;
  for (let round = 0; round < NEWTONS; round++) {
    place(0, x + DIFFERENCE, y);
    place(1, x - DIFFERENCE, y);
    place(2, x, y + DIFFERENCE);
    place(3, x, y - DIFFERENCE);
    place(4, x, y);
    if (!evaluate()) return false;
    const value = valueOf(4);
    if (!(value <= before + 1e-12)) return false;
    before = value;
    const gradX = (valueOf(0) - valueOf(1)) * (0.5 / DIFFERENCE);
    const gradY = (valueOf(2) - valueOf(3)) * (0.5 / DIFFERENCE);
    const stepX = (xy * gradY - yy * gradX) / determinant;
    const stepY = (xy * gradX - xx * gradY) / determinant;
    const promise = -0.25 * (stepX * gradX + stepY * gradY) * <f64>points;
    if (promise < GAIN) {
      put(coefPtr, AR, at(phiPtr, 4));
      put(coefPtr, MA, at(thetaPtr, 4));
      put(gauss.freePtr, 0, x);
      put(gauss.freePtr, 1, y);
      squares = at(squarePtr, 4);
      logF = Math.log(at(logPtr, 4));
      ahead = at(phiPtr, 4) * at(lane(LANE_W), points - 1) + at(thetaPtr, 4) * at(residualPtr, 4);
      return true;
    }
    if (max(abs(stepX), abs(stepY)) > 1) return false;
    x += stepX;
    y += stepY;
  }
  return false;
}
