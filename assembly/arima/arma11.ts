// ARMA(1,1) without constant, season and gaps, the commonest model by far: the same conditional fit
// as css.ts and gauss.ts make, with all recursions of a pass in registers. Those files are its
// oracle (test/arima/oracle.test.ts); where this one does not converge, they go on.

import { AR, LANE_W, MA, MAX_FREE, at, coefPtr, lane, put } from "./orders";
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

/** Forecast of the next w. */
export let ahead: f64 = 0;

// @ts-ignore: decorator
@inline
function sum(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/**
 * One pass. The recursion e_t = x_t − θ e_{t−1} is taken two steps at a time, e_t = x_t − θ x_{t−1}
 * + θ² e_{t−2}, so that two neighbours share a vector and the chain of dependent steps is half as
 * long. With z_t = w_t − θ w_{t−1} the inputs of e and a are z_t − φ z_{t−1} and −z_{t−1}.
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
export function partial(x: f64): f64 {
  const bound = min(max(x, -FREE_MAX), FREE_MAX);
  return bound / sqrt(1 + bound * bound);
}

/** Fewest points of w. */
export const POINTS_MIN: i32 = 8;

/**
 * Conditional fit from the guess in gauss.freePtr; leaves its outcome there, in the curvature, and
 * in the coefficient slots.
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
