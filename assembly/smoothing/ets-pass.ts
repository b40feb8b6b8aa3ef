// The likelihood of an exponential smoothing model and its gradient, over a window of values:
// Hyndman et al. 2008, eq. 5.3, σ² concentrated out; the derivatives by one pass backwards
// (Griewank & Walther, Evaluating Derivatives, 2nd ed., ch. 3), about twice the work of the value,
// however many initial states there are.

import { ADDITIVE, MULTIPLICATIVE } from "./ets-state";

/** The last values that an estimate looks at: seven days of five-minute steps. */
export const WINDOW: i32 = 2_016;
/** Longest season with free initial states: a day of five-minute steps. */
export const SEASON_MAX: i32 = 288;

/** Variance of errors, in units of the largest value, below which the model is taken for exact. */
const VARIANCE_MIN: f64 = 1e-28;
/** Least forecast of a model of relative errors, in the same unit. */
const EXPECTED_MIN: f64 = 1e-12;
/** Logarithms are taken of products within these bounds. */
const PRODUCT_MIN: f64 = 1e-200;
const PRODUCT_MAX: f64 = 1e200;

/** The window, scaled; NaN = missing. */
export const valuesPtr: usize = memory.data(WINDOW * 8, 16);
/** Of each step: error (relative with a multiplicative season), level + slope, slope before. */
const errorsPtr: usize = memory.data(WINDOW * 8, 16);
const basesPtr: usize = memory.data(WINDOW * 8, 16);
const slopesPtr: usize = memory.data(WINDOW * 8, 16);
/** Season of each step, the initial ones first, and the derivative by it. */
export const seasonsPtr: usize = memory.data((WINDOW + SEASON_MAX) * 8, 16);
export const seasonGradientPtr: usize = memory.data((WINDOW + SEASON_MAX) * 8, 16);

export let points: i32 = 0;
export let observed: i32 = 0;

// The model.
export let relative: bool = false;
export let trend: i32 = 0;
export let season: i32 = 0;
export let m: i32 = 1;

// The parameters.
export let alpha: f64 = 0;
export let beta: f64 = 0;
export let gamma: f64 = 0;
export let phi: f64 = 1;
export let level0: f64 = 0;
export let slope0: f64 = 0;

/** Σ e², and Σ log μ where errors are relative. */
export let squares: f64 = 0;
export let logs: f64 = 0;

// The derivatives of `objective` by them.
export let alphaGradient: f64 = 0;
export let betaGradient: f64 = 0;
export let gammaGradient: f64 = 0;
export let phiGradient: f64 = 0;
export let levelGradient: f64 = 0;
export let slopeGradient: f64 = 0;

export function setWindow(n: i32, count: i32): void {
  points = n;
  observed = count;
}

export function setModel(isRelative: bool, trendKind: i32, seasonKind: i32, length: i32): void {
  relative = isRelative;
  trend = trendKind;
  season = seasonKind;
  m = length;
}

export function setSmoothing(a: f64, b: f64, c: f64, damping: f64): void {
  alpha = a;
  beta = b;
  gamma = c;
  phi = damping;
}

export function setStart(level: f64, slope: f64): void {
  level0 = level;
  slope0 = slope;
}

function meanSquare(): f64 {
  return squares / <f64>observed + VARIANCE_MIN;
}

/** −log L up to a constant: n/2 log(Σ e² / n) + Σ log μ; Infinity where the model breaks down. */
export function objective(): f64 {
  return run() ? 0.5 * <f64>observed * Math.log(meanSquare()) + logs : Infinity;
}

/** The log-likelihood at the last objective, of values in units of `unit`. */
export function logLikelihood(unit: f64): f64 {
  const n = <f64>observed;
  const concentrated = Math.log(2 * Math.PI) + 1 + Math.log(meanSquare());
  return -0.5 * n * concentrated - logs - n * Math.log(unit);
}

/** One pass forwards; false when a relative error has no sense. */
function run(): bool {
  const a = alpha;
  const b = beta;
  const c = gamma;
  const damping = phi;
  const seasonAhead = <usize>m << 3;
  let level = level0;
  let slope = slope0;
  let sum = 0.0;
  let product = 1.0;
  logs = 0;
  for (let t: usize = 0, end = <usize>points << 3; t < end; t += 8) {
    const x = load<f64>(valuesPtr + t);
    const seen = x == x;
    const base = level + damping * slope;
    store<f64>(basesPtr + t, base);
    store<f64>(slopesPtr + t, slope);
    let expected = base;
    let effect = 0.0;
    if (season != 0) {
      effect = load<f64>(seasonsPtr + t);
      expected = season == MULTIPLICATIVE ? base * effect : base + effect;
    }
    if (relative && seen) {
      if (!(expected > EXPECTED_MIN)) return false;
      product *= expected;
      if (product < PRODUCT_MIN || product > PRODUCT_MAX) {
        logs += Math.log(product);
        product = 1;
      }
    }
    if (season == MULTIPLICATIVE) {
      const error = seen ? x / expected - 1 : 0.0;
      store<f64>(errorsPtr + t, error);
      sum += error * error;
      level = base * (1 + a * error);
      slope = damping * slope + b * base * error;
      store<f64>(seasonsPtr + t + seasonAhead, effect * (1 + c * error));
    } else {
      const error = seen ? x - expected : 0.0;
      store<f64>(errorsPtr + t, error);
      const scaled = relative ? error / expected : error;
      sum += scaled * scaled;
      level = base + a * error;
      slope = damping * slope + b * error;
      if (season == ADDITIVE) store<f64>(seasonsPtr + t + seasonAhead, effect + c * error);
    }
  }
  logs += Math.log(product);
  squares = sum;
  return sum < Infinity;
}

/** The derivatives at the last objective, which must have been finite. */
export function differentiate(): void {
  alphaGradient = 0;
  betaGradient = 0;
  gammaGradient = 0;
  phiGradient = 0;
  levelGradient = 0;
  slopeGradient = 0;
  if (season != 0) memory.fill(seasonGradientPtr + (<usize>points << 3), 0, <usize>m << 3);
  if (season == MULTIPLICATIVE) backMultiplicative();
  else backAdditive();
}

/** Each adjoint is that of the state behind the step, and becomes that of the state before it. */
function backAdditive(): void {
  const a = alpha;
  const b = beta;
  const c = gamma;
  const damping = phi;
  const seasonAhead = <usize>m << 3;
  const weight = 1 / meanSquare();
  let level = 0.0;
  let slope = 0.0;
  let effect = 0.0;
  let byAlpha = 0.0;
  let byBeta = 0.0;
  let byGamma = 0.0;
  let byPhi = 0.0;
  for (let t: usize = <usize>points << 3; t > 0; ) {
    t -= 8;
    const x = load<f64>(valuesPtr + t);
    if (season != 0) effect = load<f64>(seasonGradientPtr + t + seasonAhead);
    let byExpected = 0.0;
    if (x == x) {
      const error = load<f64>(errorsPtr + t);
      byAlpha += level * error;
      byBeta += slope * error;
      byGamma += effect * error;
      if (relative) {
        const expected = x - error;
        const ratio = error / expected;
        byExpected = (1 - weight * ratio * (1 + ratio)) / expected;
      } else {
        byExpected = -weight * error;
      }
      byExpected -= a * level + b * slope + c * effect;
    }
    if (season != 0) store<f64>(seasonGradientPtr + t, effect + byExpected);
    const byBase = level + byExpected;
    byPhi += load<f64>(slopesPtr + t) * (slope + byBase);
    slope = damping * (slope + byBase);
    level = byBase;
  }
  alphaGradient = byAlpha;
  betaGradient = byBeta;
  gammaGradient = byGamma;
  phiGradient = byPhi;
  levelGradient = level;
  slopeGradient = slope;
}

function backMultiplicative(): void {
  const a = alpha;
  const b = beta;
  const c = gamma;
  const damping = phi;
  const seasonAhead = <usize>m << 3;
  const weight = 1 / meanSquare();
  let level = 0.0;
  let slope = 0.0;
  let byAlpha = 0.0;
  let byBeta = 0.0;
  let byGamma = 0.0;
  let byPhi = 0.0;
  for (let t: usize = <usize>points << 3; t > 0; ) {
    t -= 8;
    const x = load<f64>(valuesPtr + t);
    const error = load<f64>(errorsPtr + t);
    const base = load<f64>(basesPtr + t);
    const season = load<f64>(seasonsPtr + t);
    const effect = load<f64>(seasonGradientPtr + t + seasonAhead);
    let byExpected = 0.0;
    if (x == x) {
      byAlpha += level * base * error;
      byBeta += slope * base * error;
      byGamma += effect * season * error;
      const byError =
        base * (level * a + slope * b) + effect * season * c + weight * error;
      byExpected = (1 - byError * (1 + error)) / (base * season);
    }
    const byBase = level * (1 + a * error) + slope * b * error + byExpected * season;
    store<f64>(seasonGradientPtr + t, effect * (1 + c * error) + byExpected * base);
    byPhi += load<f64>(slopesPtr + t) * (slope + byBase);
    slope = damping * (slope + byBase);
    level = byBase;
  }
  alphaGradient = byAlpha;
  betaGradient = byBeta;
  gammaGradient = byGamma;
  phiGradient = byPhi;
  levelGradient = level;
  slopeGradient = slope;
}
