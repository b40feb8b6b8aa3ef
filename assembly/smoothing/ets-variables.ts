// The parameters of an exponential smoothing model as free variables: smoothing constants by
// logistic functions inside the usual region (Hyndman et al. 2008, §2.7: 0 < α < 1, 0 < β < α, 0 <
// γ < 1 − α, 0.8 ≤ φ ≤ 0.98 as in R's forecast::ets), initial states in units of the errors.

import { NONE } from "./ets-state";
import { DAMPED, MULTIPLICATIVE } from "./ets-state";
import { askPtr, foundPtr, gradientPtr } from "./lbfgs";
import * as pass from "./ets-pass";

const SHARE_MIN: f64 = 1e-4;
const PHI_MIN: f64 = 0.8;
const PHI_MAX: f64 = 0.98;
/** Where β / α, γ / (1 − α) and φ start. */
const SHARE_START: f64 = 0.1;
const PHI_START: f64 = 0.95;
/** Steps along which the likelihood curves about alike, so that the search takes few of them: of a
 *  logit by √points, of an initial state by the errors' size, of the slope by that of the level. */
const LOGIT_STEP: f64 = 2;
const STATE_STEP: f64 = 0.3;
const SLOPE_STEP: f64 = 0.1;

/** Length of a step of one of each logit, of level and slope, and of the seasons. */
let logitUnit: f64 = 1;
let levelUnit: f64 = 1;
let seasonUnit: f64 = 1;

export let variables: i32 = 0;

function logistic(x: f64): f64 {
  return 1 / (1 + Math.exp(-x));
}

/** The variable of a share, kept off the ends, where the likelihood would not answer any more. */
function logit(share: f64): f64 {
  const kept = min(max(share, SHARE_MIN), 1 - SHARE_MIN);
  return Math.log(kept / (1 - kept)) / logitUnit;
}

/** The inverse of `inside`. */
function outside(share: f64): f64 {
  return (share - SHARE_MIN) / (1 - 2 * SHARE_MIN);
}

/** A share of the interval [SHARE_MIN, 1 − SHARE_MIN]. */
function inside(share: f64): f64 {
  return SHARE_MIN + (1 - 2 * SHARE_MIN) * share;
}

/** Sets the smoothing constants to where a search may start. */
export function seed(alpha: f64): void {
  const beta = pass.trend == NONE ? 0.0 : alpha * SHARE_START;
  const gamma = pass.season == NONE ? 0.0 : (1 - alpha) * SHARE_START;
  pass.setSmoothing(alpha, beta, gamma, pass.trend == DAMPED ? PHI_START : 1);
}

/** Smoothing constants and initial states that the likelihood has to pay for, and σ². */
export function parameterCount(): i32 {
  const smoothing = 1 + <i32>(pass.trend != NONE) + <i32>(pass.season != NONE);
  const states = 1 + <i32>(pass.trend != NONE) + (pass.season != NONE ? pass.m - 1 : 0);
  return smoothing + <i32>(pass.trend == DAMPED) + states + 1;
}

/** Writes the pass' parameters into askPtr, its errors being those of the last objective. */
export function pack(): void {
  const spread = STATE_STEP * sqrt(pass.squares / <f64>pass.observed);
  logitUnit = LOGIT_STEP / sqrt(<f64>pass.observed);
  levelUnit = pass.relative ? spread * abs(pass.level0) : spread;
  seasonUnit = pass.season == MULTIPLICATIVE ? spread : levelUnit;
  if (!(levelUnit > 0)) levelUnit = 1;
  if (!(seasonUnit > 0)) seasonUnit = 1;
  let at = askPtr;
  store<f64>(at, logit(outside(pass.alpha)));
  at += 8;
  if (pass.trend != NONE) {
    store<f64>(at, logit(outside(pass.beta / pass.alpha)));
    at += 8;
  }
  if (pass.season != NONE) {
    store<f64>(at, logit(outside(pass.gamma / (1 - pass.alpha))));
    at += 8;
  }
  if (pass.trend == DAMPED) {
    store<f64>(at, logit((pass.phi - PHI_MIN) / (PHI_MAX - PHI_MIN)));
    at += 8;
  }
  store<f64>(at, pass.level0 / levelUnit);
  at += 8;
  if (pass.trend != NONE) {
    store<f64>(at, pass.slope0 / (SLOPE_STEP * levelUnit));
    at += 8;
  }
  if (pass.season != NONE) {
    for (let k = 0; k < pass.m; k++, at += 8) {
      store<f64>(at, load<f64>(pass.seasonsPtr + (<usize>k << 3)) / seasonUnit);
    }
  }
  variables = <i32>((at - askPtr) >> 3);
}

/** Sets the pass' parameters from the variables. */
export function unpack(from: usize): void {
  const alpha = inside(logistic(load<f64>(from) * logitUnit));
  let beta = 0.0;
  let gamma = 0.0;
  let phi = 1.0;
  let at = from + 8;
  if (pass.trend != NONE) {
    beta = alpha * inside(logistic(load<f64>(at) * logitUnit));
    at += 8;
  }
  if (pass.season != NONE) {
    gamma = (1 - alpha) * inside(logistic(load<f64>(at) * logitUnit));
    at += 8;
  }
  if (pass.trend == DAMPED) {
    phi = PHI_MIN + (PHI_MAX - PHI_MIN) * logistic(load<f64>(at) * logitUnit);
    at += 8;
  }
  pass.setSmoothing(alpha, beta, gamma, phi);
  const level = load<f64>(at) * levelUnit;
  at += 8;
  let slope = 0.0;
  if (pass.trend != NONE) {
    slope = load<f64>(at) * SLOPE_STEP * levelUnit;
    at += 8;
  }
  pass.setStart(level, slope);
  if (pass.season == NONE) return;
  for (let k = 0; k < pass.m; k++, at += 8) {
    store<f64>(pass.seasonsPtr + (<usize>k << 3), load<f64>(at) * seasonUnit);
  }
}

/** The parameters at the best point. */
export function unpackFound(): void {
  unpack(foundPtr);
}

/** Turns the pass' derivatives into those by the variables. */
export function packGradient(): void {
  const alpha = pass.alpha;
  let byAlpha = pass.alphaGradient;
  let at = gradientPtr + 8;
  if (pass.trend != NONE) {
    const share = pass.beta / alpha;
    byAlpha += pass.betaGradient * share;
    store<f64>(at, pass.betaGradient * alpha * slopeOf(share));
    at += 8;
  }
  if (pass.season != NONE) {
    const share = pass.gamma / (1 - alpha);
    byAlpha -= pass.gammaGradient * share;
    store<f64>(at, pass.gammaGradient * (1 - alpha) * slopeOf(share));
    at += 8;
  }
  if (pass.trend == DAMPED) {
    const share = (pass.phi - PHI_MIN) / (PHI_MAX - PHI_MIN);
    const turn = (PHI_MAX - PHI_MIN) * share * (1 - share) * logitUnit;
    store<f64>(at, pass.phiGradient * turn);
    at += 8;
  }
  store<f64>(gradientPtr, byAlpha * slopeOf(alpha));
  store<f64>(at, pass.levelGradient * levelUnit);
  at += 8;
  if (pass.trend != NONE) {
    store<f64>(at, pass.slopeGradient * SLOPE_STEP * levelUnit);
    at += 8;
  }
  if (pass.season == NONE) return;
  for (let k: usize = 0, end = <usize>pass.m << 3; k < end; k += 8) {
    store<f64>(at + k, load<f64>(pass.seasonGradientPtr + k) * seasonUnit);
  }
}

/** d share / d variable. */
function slopeOf(share: f64): f64 {
  const range = 1 - 2 * SHARE_MIN;
  const s = (share - SHARE_MIN) / range;
  return range * s * (1 - s) * logitUnit;
}
