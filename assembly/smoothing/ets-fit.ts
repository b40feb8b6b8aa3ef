// Fitting exponential smoothing: each admissible form by maximum likelihood, the one of least AICc
// wins (Hyndman et al. 2008, §5.2 and ch. 7; the forms are those that R's forecast::ets looks at:
// no multiplicative trend, no additive errors beside a multiplicative season). A resumable machine:
// a call goes on for a number of units, and the result does not depend on how many.

import {
  ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, MORE, OK, historyPtr, paramsPtr,
} from "../abi";
import { Ets, MULTIPLICATIVE, NONE } from "./ets-state";
import { startStates } from "./ets-start";
import {
  pack, packGradient, parameterCount, seed, unpack, unpackFound, variables,
} from "./ets-variables";
import { askPtr, found, lbfgsBegin, lbfgsTell } from "./lbfgs";
import * as pass from "./ets-pass";

/** Form (error, trend, season) has number 9·error + 3·trend + season: its bit in `forms`. They are
 *  looked at in the order of (trend, season, error), as relative errors start where additive ones
 *  have ended. */
const FORMS: i32 = 18;
export const ALL_FORMS: i32 = (1 << FORMS) - 1;
/** Log-likelihood below which a step gains nothing. */
const GAIN: f64 = 1e-7;
/** Units of one step of a pass with its gradient, and of one variable. */
const POINT_UNITS: i32 = 30;
const VARIABLE_UNITS: i32 = 60;

const SEEDS: i32 = 5;
const seedsPtr: usize = memory.data<f64>([0.02, 0.1, 0.3, 0.6, 0.9]);

const NEXT: i32 = 0;
const SEED: i32 = 1;
const DESCENT: i32 = 2;
const DONE: i32 = 3;

let stage: i32 = DONE;
let fitting: Ets = changetype<Ets>(0);
let window: usize = 0;
let allowed: i32 = 0;
let positive: bool = false;
let peak: f64 = 0;
let longest: i32 = 1;
let turn: i32 = 0;
/** Trend and season, 3·trend + season, that the pass is at the optimum of; −1 = of none. */
let fitted: i32 = -1;
let seeded: i32 = 0;
let seedBest: f64 = Infinity;
let seedAlpha: f64 = 0;
let bestAicc: f64 = Infinity;

/**
 * Starts fitting `model` to the last 2,016 of n values (oldest first, NaN = missing), which must
 * stay as they are until it is done.
 *
 * @param model ETS_BYTES of the owner's, its `seasons` f64[min(seasonLength, 288)]
 * @param seasonLength steps, 1 = none; seasonal forms are left out above 288 (so many free states
 *   say nothing that a decomposition would not say better), and without two seasons of values
 * @param forms bits of the forms to look at, ALL_FORMS for all
 */
export function etsBegin(
  model: Ets, values: usize, n: i32, seasonLength: i32, forms: i32,
): i32 {
  stage = DONE;
  if (seasonLength < 1) return ERR_OPTION;
  let from = max(0, n - pass.WINDOW);
  while (from < n && isMissing(values, from)) from++;
  window = values + (<usize>from << 3);
  const length = n - from;
  if (!takeWindow(length)) return ERR_NOT_FINITE;
  fitting = model;
  allowed = forms;
  longest = seasonLength <= pass.SEASON_MAX && length >= 2 * seasonLength ? seasonLength : 1;
  turn = -1;
  fitted = -1;
  bestAicc = Infinity;
  stage = NEXT;
  return OK;
}

function isMissing(values: usize, i: i32): bool {
  const value = load<f64>(values + (<usize>i << 3));
  return value != value;
}

/** Copies the window in units of its largest value. */
function takeWindow(n: i32): bool {
  peak = 0;
  positive = true;
  let count = 0;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    const value = load<f64>(window + i);
    if (value != value) continue;
    count++;
    peak = max(peak, abs(value));
    positive = positive && value > 0;
  }
  if (!(peak < Infinity)) return false;
  if (peak == 0) peak = 1;
  for (let i: usize = 0, end = <usize>n << 3; i < end; i += 8) {
    store<f64>(pass.valuesPtr + i, load<f64>(window + i) / peak);
  }
  pass.setWindow(n, count);
  return true;
}

/** @returns MORE, OK with the model behind the last value, or ERR_TOO_SHORT, ERR_STATE */
export function etsAdvance(units: i32): i32 {
  if (stage == DONE) return ERR_STATE;
  while (units > 0) {
    units -= pass.points * POINT_UNITS + variables * VARIABLE_UNITS + 100;
    if (stage == NEXT) {
      if (nextForm()) continue;
      stage = DONE;
      if (bestAicc == Infinity) return ERR_TOO_SHORT;
      settle(fitting, window);
      return OK;
    }
    if (stage == SEED) {
      trySeed();
      continue;
    }
    unpack(askPtr);
    const value = pass.objective();
    if (value < Infinity) {
      pass.differentiate();
      packGradient();
    }
    if (lbfgsTell(value)) judge();
  }
  return MORE;
}

/** Sets up the next form that is allowed and possible; false when there is none. */
function nextForm(): bool {
  while (++turn < FORMS) {
    const relative = (turn & 1) == 1;
    const states = turn >> 1;
    const trend = states / 3;
    const season = states % 3;
    if (((allowed >> ((relative ? 9 : 0) + states)) & 1) == 0) continue;
    if (season == MULTIPLICATIVE && !relative) continue;
    if (relative && !positive) continue;
    if (season != NONE && longest < 2) continue;
    pass.setModel(relative, trend, season, season == NONE ? 1 : longest);
    if (pass.observed - parameterCount() < 2) continue;
    if (fitted == states && pass.objective() < Infinity) {
      descend();
      return true;
    }
    if (!startStates()) continue;
    seeded = 0;
    seedBest = Infinity;
    stage = SEED;
    return true;
  }
  return false;
}

/** Looks at the next start; behind the last one the descent begins from the best. */
function trySeed(): void {
  if (seeded < SEEDS) {
    const alpha = load<f64>(seedsPtr + (<usize>seeded << 3));
    seeded++;
    seed(alpha);
    const value = pass.objective();
    if (value < seedBest) {
      seedBest = value;
      seedAlpha = alpha;
    }
    return;
  }
  stage = NEXT;
  if (seedBest == Infinity) return;
  seed(seedAlpha);
  pass.objective();
  descend();
}

/** Begins the descent at the pass' parameters, whose objective was the last one. */
function descend(): void {
  pack();
  lbfgsBegin(variables, GAIN);
  stage = DESCENT;
}

/** The form is fitted: it is kept when its AICc is the least so far. */
function judge(): void {
  stage = NEXT;
  if (found == Infinity) return;
  unpackFound();
  pass.objective();
  fitted = 3 * pass.trend + pass.season;
  const k = <f64>parameterCount();
  const n = <f64>pass.observed;
  const logLikelihood = pass.logLikelihood(peak);
  const aicc = -2 * logLikelihood + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
  if (!(aicc < bestAicc)) return;
  bestAicc = aicc;
  keep(fitting, peak);
  fitting.logLikelihood = logLikelihood;
  fitting.aicc = aicc;
  fitting.sigma2 = pass.squares / (n - k + 1);
}

/** Takes over the pass' model at its start. */
export function keep(model: Ets, unit: f64): void {
  model.relativeError = pass.relative;
  model.trend = pass.trend;
  model.season = pass.season;
  model.seasonLength = pass.m;
  model.alpha = pass.alpha;
  model.beta = pass.beta;
  model.gamma = pass.gamma;
  model.phi = pass.phi;
  model.points = pass.observed;
  model.unit = unit;
  model.level = pass.level0;
  model.slope = pass.slope0;
  model.phase = 0;
  if (pass.season != NONE) memory.copy(model.seasons, pass.seasonsPtr, <usize>pass.m << 3);
}

/** Goes from the start behind the last value of the window. */
export function settle(model: Ets, values: usize): void {
  for (let i: usize = 0, end = <usize>pass.points << 3; i < end; i += 8) {
    model.observe(load<f64>(values + i));
  }
}

/**
 * Runs a model at given parameters over the history buffer, at most 2,016 steps of it.
 *
 * @param form 9·error + 3·trend + season; the parameters are in params (ets.ts)
 */
export function evaluate(model: Ets, n: i32, form: i32, seasonLength: i32): i32 {
  stage = DONE;
  if (form < 0 || form >= FORMS || n > pass.WINDOW) return ERR_OPTION;
  window = historyPtr;
  if (!takeWindow(n)) return ERR_NOT_FINITE;
  if (pass.observed < 1) return ERR_TOO_SHORT;
  const season = form % 3;
  pass.setModel(form >= 9, (form / 3) % 3, season, season == NONE ? 1 : seasonLength);
  pass.setSmoothing(
    load<f64>(paramsPtr, 16), load<f64>(paramsPtr, 24), load<f64>(paramsPtr, 32),
    load<f64>(paramsPtr, 40),
  );
  pass.setStart(load<f64>(paramsPtr, 80) / peak, load<f64>(paramsPtr, 88) / peak);
  const unit = season == MULTIPLICATIVE ? 1.0 : peak;
  for (let k: usize = 0, end = <usize>pass.m << 3; k < end; k += 8) {
    store<f64>(pass.seasonsPtr + k, load<f64>(paramsPtr + k, 128) / unit);
  }
  if (pass.objective() == Infinity) return ERR_NOT_FINITE;
  const given = load<f64>(paramsPtr, 48);
  keep(model, peak);
  const k = <f64>parameterCount();
  const count = <f64>pass.observed;
  model.logLikelihood = pass.logLikelihood(peak);
  model.aicc = -2 * model.logLikelihood + 2 * k + (2 * k * (k + 1)) / (count - k - 1);
  const square = model.relativeError ? 1.0 : peak * peak;
  model.sigma2 = given == given ? given / square : pass.squares / count;
  settle(model, historyPtr);
  return OK;
}
