// ARMA(1,1) without constant, season and gaps, the commonest model by far: the same conditional and exact
// fits as gauss.ts, css.ts, kalman.ts and quasi.ts, with all recursions of a pass in registers. Those files
// are its oracle (test/arima/oracle.test.ts); where this one does not converge, they go on.

import { LANE_W, MAX_FREE, at, coefPtr, AR, MA, lane, put } from "./orders";
import { points } from "./difference";
import * as gauss from "./gauss";

const PASSES: i32 = 20;
/** As gauss.ts: half the log-likelihood still to be gained. */
const GAIN: f64 = 1e-3;
const STRIDE: f64 = 2;
const FREE_MAX: f64 = 707.1;

/** Sums of one pass over t ≥ 1, e_0 = 0: e², and with a = ∂e/∂φ, b = ∂e/∂θ: ae, be, a², ab, b². */
let ee: f64 = 0;
let ae: f64 = 0;
let be: f64 = 0;
let aa: f64 = 0;
let ab: f64 = 0;
let bb: f64 = 0;
let lastE: f64 = 0;

/** Σ v²/F and Σ log F of the exact fit. */
export let squares: f64 = 0;
export let logF: f64 = 0;
/** Forecast of the next w. */
export let ahead: f64 = 0;

// @ts-ignore: decorator
@inline
function sum(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/**
 * One pass. The recursion e_t = x_t − θ e_{t−1} is taken two steps at a time, e_t = x_t − θ x_{t−1} +
 * θ² e_{t−2}, so that two neighbours share a vector and the chain of dependent steps is half as long. With
 * z_t = w_t − θ w_{t−1} the inputs of e and a are z_t − φ z_{t−1} and −z_{t−1}.
 */
function pass(phi: f64, theta: f64): void {
  const n = points;
  let w = lane(LANE_W);
  const w0 = load<f64>(w);
  const w1 = load<f64>(w, 8);
  const e1 = w1 - phi * w0;
  const e2 = load<f64>(w, 16) - phi * w1 - theta * e1;
  const a2 = theta * w0 - w1;
  let e = f64x2(e1, e2);
  let a = f64x2(-w0, a2);
  let b = f64x2(0, -e1);
  let sumEe = f64x2.mul(e, e);
  let sumAe = f64x2.mul(a, e);
  let sumBe = f64x2.mul(b, e);
  let sumAa = f64x2.mul(a, a);
  let sumAb = f64x2.mul(a, b);
  let sumBb = f64x2.mul(b, b);
  const c1 = f64x2.splat(theta);
  const c2 = f64x2.splat(theta * theta);
  const c = f64x2.splat(phi);
  let z = f64x2(w1 - theta * w0, load<f64>(w, 16) - theta * w1);
  const end = w + (<usize>(n - 4) << 3);
  for (; w < end; w += 16) {
    const zNext = f64x2.sub(v128.load(w, 24), f64x2.mul(v128.load(w, 16), c1));
    const zBetween = v128.shuffle<f64>(z, zNext, 1, 2);
    const next = f64x2.add(f64x2.sub(zNext, f64x2.mul(zBetween, c)), f64x2.mul(e, c2));
    const between = v128.shuffle<f64>(e, next, 1, 2);
    b = f64x2.add(f64x2.sub(f64x2.mul(e, c1), between), f64x2.mul(b, c2));
    a = f64x2.sub(f64x2.mul(a, c2), zBetween);
    z = zNext;
    e = next;
    sumEe = f64x2.add(sumEe, f64x2.mul(e, e));
    sumAe = f64x2.add(sumAe, f64x2.mul(a, e));
    sumBe = f64x2.add(sumBe, f64x2.mul(b, e));
    sumAa = f64x2.add(sumAa, f64x2.mul(a, a));
    sumAb = f64x2.add(sumAb, f64x2.mul(a, b));
    sumBb = f64x2.add(sumBb, f64x2.mul(b, b));
  }
  ee = sum(sumEe);
  ae = sum(sumAe);
  be = sum(sumBe);
  aa = sum(sumAa);
  ab = sum(sumAb);
  bb = sum(sumBb);
  lastE = f64x2.extract_lane(e, 1);
  if ((n & 1) == 0) last(phi, theta, f64x2.extract_lane(a, 1), f64x2.extract_lane(b, 1));
}

/** The point that no pair is left for. */
function last(phi: f64, theta: f64, a: f64, b: f64): void {
  const w = lane(LANE_W) + (<usize>(points - 1) << 3);
  const before = load<f64>(w - 8);
  const now = load<f64>(w) - phi * before - theta * lastE;
  const aNow = -before - theta * a;
  const bNow = -lastE - theta * b;
  lastE = now;
  ee += now * now;
  ae += aNow * now;
  be += bNow * now;
  aa += aNow * aNow;
  ab += aNow * bNow;
  bb += bNow * bNow;
}

// @ts-ignore: decorator
@inline
function partial(x: f64): f64 {
  const bound = min(max(x, -FREE_MAX), FREE_MAX);
  return bound / sqrt(1 + bound * bound);
}

/** Fewest points of w. */
export const POINTS_MIN: i32 = 8;

/**
 * Conditional fit from the guess in gauss.freePtr; leaves its outcome there, in the curvature, and in the
 * coefficient slots.
 *
 * @returns false when it did not converge (the generic machine then starts from the best point)
 */
export function conditionalFit(): bool {
  let x = at(gauss.freePtr, 0);
  let y = at(gauss.freePtr, 1);
  let best = Infinity;
  let damping = 0.0;
  let stepX = 0.0;
  let stepY = 0.0;
  let gradX = 0.0;
  let gradY = 0.0;
  let xx = 0.0;
  let xy = 0.0;
  let yy = 0.0;
  let done = false;
  for (let k = 0; k < PASSES; k++) {
    const phi = partial(x + stepX);
    const theta = -partial(y + stepY);
    pass(phi, theta);
    if (ee <= best) {
      x += stepX;
      y += stepY;
      best = ee;
      const restPhi = 1 - phi * phi;
      const restTheta = 1 - theta * theta;
      const slopeX = restPhi * sqrt(restPhi);
      const slopeY = -restTheta * sqrt(restTheta);
      gradX = ae * slopeX;
      gradY = be * slopeY;
      xx = aa * slopeX * slopeX;
      xy = ab * slopeX * slopeY;
      yy = bb * slopeY * slopeY;
      put(coefPtr, AR, phi);
      put(coefPtr, MA, theta);
      ahead = phi * at(lane(LANE_W), points - 1) + theta * lastE;
      damping = damping < 1e-3 ? 0 : damping * 0.1;
    } else {
      damping = damping == 0 ? 1e-3 : damping * 10;
      if (damping > 1e6) break;
    }
    const dampedX = xx * (1 + damping) + 1e-12 * xx;
    const dampedY = yy * (1 + damping) + 1e-12 * yy;
    const determinant = dampedX * dampedY - xy * xy;
    if (!(determinant > 0)) break;
    stepX = (xy * gradY - dampedY * gradX) / determinant;
    stepY = (xy * gradX - dampedX * gradY) / determinant;
    const promise = -(stepX * gradX + stepY * gradY);
    if (promise * <f64>(points - 1) * 0.5 < GAIN * best) {
      done = true;
      break;
    }
    const longest = max(abs(stepX), abs(stepY));
    if (longest > STRIDE) {
      stepX *= STRIDE / longest;
      stepY *= STRIDE / longest;
    }
  }
  // The last step is not worth a pass of its own, but a better start for an exact fit.
  put(gauss.freePtr, 0, done ? x + stepX : x);
  put(gauss.freePtr, 1, done ? y + stepY : y);
  put(gauss.curvaturePtr, 0, xx);
  put(gauss.curvaturePtr, 1, xy);
  put(gauss.curvaturePtr, MAX_FREE, xy);
  put(gauss.curvaturePtr, MAX_FREE + 1, yy);
  gauss.takeBest(best);
  return done;
}

// The exact fit: Newton steps with the Gauss–Newton matrix of the conditional fit and a gradient from central
// differences, whose four points and the centre run through the data together as lanes of three vectors.

const DIFFERENCE: f64 = 1e-5;
const NEWTONS: i32 = 8;
/** Log-likelihood still to be gained. */
const EXACT_GAIN: f64 = 1e-6;
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
 * The steps in which F still falls, for evaluation k up to `to` (exclusive): the innovations algorithm
 * (Brockwell & Davis 1991, ex. 5.3.1). Without a `to`, until F has converged.
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
 * Exact fit from the conditional one; leaves the coefficients in their slots, squares, logF and ahead.
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
    if (promise < EXACT_GAIN) {
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
