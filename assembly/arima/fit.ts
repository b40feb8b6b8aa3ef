// Fitting as a resumable machine: difference → (orders) → guess → conditional sum of squares → exact
// maximum likelihood → the answer in params. Every step costs a known number of units, and the result does
// not depend on how many are given at a time.
//
// params, f64[PARAMS_CAPACITY], both ways (in: only when evaluating at given parameters):
//   0 p, 1 d, 2 q, 3 P, 4 D, 5 Q, 6 s, 7 constant (0 or 1), 8 sigma2 (in: NaN = concentrated),
//   9 logLikelihood, 10 aicc, 11 exact (1) or conditional (0), 12 points in the likelihood,
//   13 constant: mean of w, 14–18 ar, 19–23 ma, 24–25 seasonalAr, 26–27 seasonalMa

import {
  ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, HISTORY_CAPACITY, MORE, OK,
  SEASON_CAPACITY, historyPtr, paramsPtr,
} from "../abi";
import {
  AR, LANE_E, LANE_W, MA, MAX_FREE, MAX_ORDER, MAX_SEASONAL, SAR, SLOTS, SMA, STATE_CAPACITY, arSpan, at,
  clearPads, coefPtr, coefficientCount, constant, d, differenceSpan, lane, maSpan, p, put, q, s, sd,
  setDifferences, setOrders, sp, sq, stateSize,
} from "./orders";
import * as arma11 from "./arma11";
import * as css from "./css";
import {
  absoluteMax, centre, count, degenerate, difference, first, hasGaps, levelPtr, moveCentre, observed, points, scale,
  standardise, useLevels,
} from "./difference";
import * as diffuse from "./diffuse";
import { fillLevels, filledPtr } from "./filled";
import {
  forecastReset, forecastSteps, horizonFits, keepLevels, tailFromLanes, tailFromState, tailPtr,
} from "./forecast";
import * as gauss from "./gauss";
import * as kalman from "./kalman";
import { expand } from "./polynomial";
import * as quasi from "./quasi";
import { chooseDifferences, chosenConstant, searchBegin, searchStep } from "./search";
import { guess, guesses } from "./start";
import { clearCoefficients, rootsBeyond, toCoefficients } from "./transform";

/** Order value that asks for a choice. */
export const AUTO: i32 = -1;
/** Values of `constant`. */
const CONSTANT_ON: i32 = 1;
const CONSTANT_AUTO: i32 = 2;
/** Flags: evaluate at params; stop after the conditional sum of squares; without arma11.ts. */
const EVALUATE: i32 = 1;
const CONDITIONAL: i32 = 2;
const GENERIC: i32 = 4;

const STATE_MAX: i32 = 100;
/** Units of one exact fit; beyond, the best point so far is taken. */
const UNITS_MAX: i32 = 250_000_000;
/** Twice the log-likelihood that may still be to be gained at the end. */
const EXACT_GAIN: f64 = 2e-6;
/** Levels of an integrated filter: as many as this many units of one pass allow. */
const PASS_UNITS: i32 = 8_000_000;
const LEVELS_MIN: i32 = 400;
/** Larger values have no finite sum of squares. */
const PEAK_MAX: f64 = 1e150;

/** Points up to which several starts are tried. */
const SEVERAL_MAX: i32 = 2_000;

const IDLE: i32 = 0;
const SEARCH: i32 = 1;
const START: i32 = 2;
const CSS: i32 = 3;
const EXACT: i32 = 4;
const LAST: i32 = 5;
const DONE: i32 = 6;

let stage: i32 = IDLE;
let flags: i32 = 0;
let wanted: i32 = 0;
let skipped: i32 = 0;
let begun: i32 = 0;
/** Largest |y| of the history. */
let peak: f64 = 0;
let length: i32 = 0;
let spent: i32 = 0;
/** The start in work, and the best of those before. */
let attempt: i32 = 0;
let bestValue: f64 = Infinity;
const bestPtr: usize = memory.data(MAX_FREE * 8, 16);
let exact: bool = false;
let integrated: bool = false;
let estimated: i32 = 0;
let givenSigma2: f64 = NaN;
let evaluating: bool = false;
/** True when arma11.ts has made the last pass already. */
let quick: bool = false;
let sigma2: f64 = 0;

function validOrder(value: i32, most: i32): bool {
  return value >= AUTO && value <= most;
}

/**
 * Starts a fit of the first n values of history; NaN = missing, at the end too.
 *
 * @param s season length in steps, 2..SEASON_CAPACITY, or 0 for no seasonal part
 * @param constantMode 0 none, 1 on (mean at d + D = 0, drift at d + D = 1), 2 auto
 * @param mode bit 0: evaluate at params, bit 1: conditional sum of squares only, bit 2: by the generic code
 *   alone, also where there is a special one
 */
export function arimaBegin(
  n: i32, arOrder: i32, differences: i32, maOrder: i32, seasonalAr: i32, seasonalDifferences: i32,
  seasonalMa: i32, seasonLength: i32, constantMode: i32, mode: i32,
): i32 {
  stage = IDLE;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (!validOrder(arOrder, MAX_ORDER) || !validOrder(maOrder, MAX_ORDER)) return ERR_OPTION;
  if (!validOrder(differences, 2) || !validOrder(seasonalDifferences, 1)) return ERR_OPTION;
  if (!validOrder(seasonalAr, MAX_SEASONAL) || !validOrder(seasonalMa, MAX_SEASONAL)) return ERR_OPTION;
  if (constantMode < 0 || constantMode > 2) return ERR_OPTION;
  const seasonal = seasonLength > 0;
  if (seasonal ? seasonLength < 2 || seasonLength > SEASON_CAPACITY : seasonLength != 0) {
    return ERR_OPTION;
  }
  if (!seasonal && (seasonalAr > 0 || seasonalDifferences > 0 || seasonalMa > 0)) return ERR_OPTION;
  const trimmed = trim(n);
  if (trimmed != OK) return trimmed;

  flags = mode;
  spent = 0;
  quick = false;
  evaluating = (mode & EVALUATE) != 0;
  clearPads();
  forecastReset();
  useLevels(begun, length);
  setDifferences(differences, seasonal ? seasonalDifferences : 0, seasonLength);
  if (differences < 0 || (seasonal && seasonalDifferences < 0)) {
    if (evaluating) return ERR_OPTION;
    chooseDifferences(differences, seasonalDifferences);
  }
  if (count <= differenceSpan()) return ERR_TOO_SHORT;
  const P = seasonal ? seasonalAr : 0;
  const Q = seasonal ? seasonalMa : 0;
  wanted = constantOf(constantMode);
  if (evaluating) return beginEvaluation(arOrder, maOrder, P, Q);
  const auto = arOrder < 0 || maOrder < 0 || P < 0 || Q < 0;
  if (auto) {
    const choosing = constantMode == CONSTANT_AUTO && d + sd == 1;
    if (!searchBegin(arOrder, maOrder, P, Q, wanted, choosing, peak)) return ERR_TOO_SHORT;
    stage = SEARCH;
  } else {
    setOrders(arOrder, maOrder, P, Q, wanted);
    stage = START;
  }
  return OK;
}

/** 1 when the constant belongs to the model: auto is a mean at d + D = 0 and nothing else. */
function constantOf(mode: i32): i32 {
  if (d + sd == 0) return mode == 0 ? 0 : 1;
  return d + sd == 1 && mode == CONSTANT_ON ? 1 : 0;
}

/** Finds the observed part: begun, length and the missing steps behind it. */
function trim(n: i32): i32 {
  let from = 0;
  let to = n;
  while (from < to && at(historyPtr, from) != at(historyPtr, from)) from++;
  while (to > from && at(historyPtr, to - 1) != at(historyPtr, to - 1)) to--;
  peak = absoluteMax(historyPtr + (<usize>from << 3), to - from);
  if (peak > PEAK_MAX) return ERR_NOT_FINITE;
  begun = from;
  length = to - from;
  skipped = n - to;
  return length > 0 ? OK : ERR_TOO_SHORT;
}

function beginEvaluation(ar: i32, ma: i32, seasonalAr: i32, seasonalMa: i32): i32 {
  if (ar < 0 || ma < 0 || seasonalAr < 0 || seasonalMa < 0) return ERR_OPTION;
  const mean = at(paramsPtr, 13);
  givenSigma2 = at(paramsPtr, 8);
  wanted = mean != 0 ? 1 : wanted;
  if (!(abs(mean) < Infinity) || givenSigma2 <= 0 || givenSigma2 == Infinity) return ERR_OPTION;
  setOrders(ar, ma, seasonalAr, seasonalMa, 0);
  clearCoefficients();
  memory.copy(coefPtr + AR * 8, paramsPtr + 14 * 8, <usize>ar << 3);
  memory.copy(coefPtr + MA * 8, paramsPtr + 19 * 8, <usize>ma << 3);
  memory.copy(coefPtr + SAR * 8, paramsPtr + 24 * 8, <usize>seasonalAr << 3);
  memory.copy(coefPtr + SMA * 8, paramsPtr + 26 * 8, <usize>seasonalMa << 3);
  if (!rootsBeyond(coefPtr + AR * 8, ar, 1, 1) || !rootsBeyond(coefPtr + MA * 8, ma, -1, 1)) {
    return ERR_OPTION;
  }
  if (!rootsBeyond(coefPtr + SAR * 8, seasonalAr, 1, 1)) return ERR_OPTION;
  if (!rootsBeyond(coefPtr + SMA * 8, seasonalMa, -1, 1)) return ERR_OPTION;
  difference();
  standardise(false, true, mean, peak);
  estimated = 0;
  exact = isExact();
  beginLast();
  return OK;
}

/** Whether the state is small enough for the exact likelihood. */
function isExact(): bool {
  if ((flags & CONDITIONAL) != 0) return false;
  integrated = hasGaps() && diffuse.integratedSize() <= STATE_MAX;
  return hasGaps() ? integrated : stateSize() <= STATE_MAX;
}

/**
 * Goes on with the fit.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, OK with the answer in params, or a refusal
 */
export function arimaAdvance(units: i32): i32 {
  if (stage == IDLE) return ERR_STATE;
  while (stage != DONE) {
    if (units <= 0) return MORE;
    let cost = 1000;
    if (stage == SEARCH) {
      cost = searchStep();
      if (cost == 0) {
        useLevels(begun, length);
        wanted = chosenConstant;
        stage = START;
      }
    } else if (stage == START) {
      const refusal = beginFit();
      if (refusal != OK) {
        stage = IDLE;
        return refusal;
      }
    } else if (stage == CSS) {
      cost = gauss.gaussCost();
      if (gauss.gaussStep()) endCss();
    } else if (stage == EXACT) {
      cost = exactCost();
      if (exactBlock()) exactValue();
    } else {
      cost = exact ? exactCost() : css.blockCost();
      if (lastBlock()) {
        const refusal = finish();
        if (refusal != OK) {
          stage = IDLE;
          return refusal;
        }
      }
    }
    spent += cost;
    units -= cost;
  }
  return OK;
}

function beginFit(): i32 {
  difference();
  standardise(constant == 1, false, 0, peak);
  exact = isExact();
  estimated = coefficientCount() + constant;
  if (integrated) shortenToBudget();
  givenSigma2 = NaN;
  const span = max(arSpan(), maSpan());
  if (css.effectivePoints() < estimated + 2 || points < span + 1) return ERR_TOO_SHORT;
  if (degenerate) {
    setOrders(p, q, sp, sq, 0);
    clearCoefficients();
    beginLast();
    return OK;
  }
  spent = 0;
  attempt = 0;
  bestValue = Infinity;
  guess(gauss.freePtr, 0);
  put(gauss.freePtr, coefficientCount(), 0);
  if (isArma11() && arma11.conditionalFit()) {
    quick = !exact || (gauss.best > 1e-26 * <f64>points && arma11.exactFit());
    if (quick) return finish();
    endCss();
    return OK;
  }
  gauss.gaussBegin();
  stage = CSS;
  return OK;
}

/** Whether arma11.ts can fit it; it makes its passes in one slice, under a millisecond for all points. */
function isArma11(): bool {
  if (p != 1 || q != 1 || sp + sq + constant > 0 || (flags & GENERIC) != 0) return false;
  return !hasGaps() && points >= arma11.POINTS_MIN;
}

/** An integrated filter of many dimensions sees only the end of a long history. */
function shortenToBudget(): void {
  const size = diffuse.integratedSize();
  const most = max(max(LEVELS_MIN, 4 * differenceSpan()), PASS_UNITS / (3 * size * size));
  if (count <= most) return;
  let from = begun + length - most;
  while (at(historyPtr, from) != at(historyPtr, from)) from++;
  useLevels(from, begun + length - from);
  difference();
  standardise(constant == 1, false, 0, peak);
  exact = isExact();
}

function endCss(): void {
  if (exact && gauss.best > 1e-26 * <f64>points) {
    beginExact(2 / gauss.best);
    return;
  }
  memory.copy(quasi.foundPtr, gauss.freePtr, MAX_FREE * 8);
  endEstimation();
}

/** Climbs from gauss.freePtr; `factor` times the curvature there is about the Hessian. */
function beginExact(factor: f64): void {
  const free = coefficientCount() + (integrated ? constant : 0);
  const gain = EXACT_GAIN / <f64>observed;
  quasi.quasiBegin(gauss.freePtr, free, gauss.curvaturePtr, factor, gain);
  stage = EXACT;
  askExact();
}

/** Starts evaluations until one can run or the search is over. */
function askExact(): void {
  while (true) {
    toCoefficients(quasi.askPtr);
    const mean = constant == 1 ? at(quasi.askPtr, coefficientCount()) : 0;
    const possible = integrated ? diffuse.diffuseBegin(mean) : kalman.likelihoodBegin();
    if (possible) return;
    if (quasi.quasiTell(Infinity)) {
      endEstimation();
      return;
    }
  }
}

function exactCost(): i32 {
  return integrated ? diffuse.diffuseCost() : kalman.likelihoodCost();
}

function exactBlock(): bool {
  return integrated ? diffuse.diffuseBlock() : kalman.likelihoodBlock();
}

/** −2/n of the concentrated log-likelihood, without its constant part. */
function exactValue(): void {
  const n = <f64>(integrated ? diffuse.used : points);
  const squares = integrated ? diffuse.squares : kalman.squares;
  const logF = integrated ? diffuse.logF : kalman.logF;
  const value = Math.log(max(squares / n, 1e-26)) + logF / n;
  if (quasi.quasiTell(value == value ? value : Infinity) || spent > UNITS_MAX) endEstimation();
  else askExact();
}

/** Starts from the next guess; false when there is none, or no time for it. */
function beginAgain(): bool {
  if (quasi.found < bestValue || attempt == 0) {
    bestValue = quasi.found;
    memory.copy(bestPtr, quasi.foundPtr, MAX_FREE * 8);
  }
  attempt++;
  if (!exact || attempt >= guesses() || points > SEVERAL_MAX || spent > UNITS_MAX / 4) return false;
  guess(gauss.freePtr, attempt);
  put(gauss.freePtr, coefficientCount(), 0);
  gauss.unitCurvature();
  beginExact(1);
  return true;
}

/** Takes the best parameters; a constant moves into the centre of w. */
function endEstimation(): void {
  if (beginAgain()) return;
  toCoefficients(bestPtr);
  if (constant == 1 && exact && !integrated) {
    kalman.likelihoodBegin();
    stage = LAST;
    return;
  }
  if (constant == 1) {
    moveCentre(at(bestPtr, coefficientCount()));
    setOrders(p, q, sp, sq, 0);
  }
  beginLast();
}

function beginLast(): void {
  stage = LAST;
  if (!exact) css.passBegin(0);
  else if (integrated) diffuse.diffuseBegin(0);
  else kalman.likelihoodBegin();
}

/** One block of the pass at the final parameters; the profiled constant takes a pass of its own. */
function lastBlock(): bool {
  if (!exact) return css.passBlock();
  if (!exactBlock()) return false;
  if (constant == 0) return true;
  moveCentre(kalman.profiled);
  setOrders(p, q, sp, sq, 0);
  beginLast();
  return false;
}

function finish(): i32 {
  let n = 0;
  let squares = 0.0;
  let logF = 0.0;
  if (integrated && exact) {
    n = diffuse.used;
    squares = diffuse.squares;
    logF = diffuse.logF;
  } else {
    n = exact ? observed : css.effectivePoints();
    squares = exact ? kalman.squares : css.squares;
    logF = exact ? kalman.logF : 0;
    if (quick) {
      squares = exact ? arma11.squares : gauss.best;
      logF = exact ? arma11.logF : 0;
    }
    if (!exact && hasGaps()) {
      fillLevels();
      keepLevels(filledPtr());
    } else {
      keepLevels(levelPtr());
    }
    if (quick) {
      expand();
      put(tailPtr(), 0, arma11.ahead);
    } else if (exact && !kalman.plain) {
      tailFromState(kalman.statePtr);
    } else {
      tailFromLanes();
    }
  }
  if (n < 1) return ERR_TOO_SHORT;
  const unit = scale * scale;
  const concentrated = squares / <f64>n;
  const given = givenSigma2 == givenSigma2;
  sigma2 = given ? givenSigma2 : concentrated * unit;
  const variance = given ? givenSigma2 / unit : max(concentrated, 1e-26);
  const ratio = given ? (concentrated * <f64>n) / variance : <f64>n;
  const logLikelihood =
    -0.5 * (<f64>n * (Math.log(6.283185307179586) + Math.log(variance)) + ratio + logF)
    - <f64>n * Math.log(scale);
  const k = <f64>(coefficientCount() + wanted + 1);
  const room = <f64>n - k - 1;
  const aicc = -2 * logLikelihood + 2 * k + (2 * k * (k + 1)) / max(room, 1);
  if (!(abs(logLikelihood) < Infinity) || !(sigma2 < Infinity)) return ERR_NOT_FINITE;
  writeParams(n, logLikelihood, aicc);
  stage = DONE;
  return OK;
}

function writeParams(n: i32, logLikelihood: f64, aicc: f64): void {
  put(paramsPtr, 0, <f64>p);
  put(paramsPtr, 1, <f64>d);
  put(paramsPtr, 2, <f64>q);
  put(paramsPtr, 3, <f64>sp);
  put(paramsPtr, 4, <f64>sd);
  put(paramsPtr, 5, <f64>sq);
  put(paramsPtr, 6, <f64>s);
  put(paramsPtr, 7, <f64>wanted);
  put(paramsPtr, 8, sigma2);
  put(paramsPtr, 9, logLikelihood);
  put(paramsPtr, 10, aicc);
  put(paramsPtr, 11, exact ? 1 : 0);
  put(paramsPtr, 12, <f64>n);
  put(paramsPtr, 13, centre);
  memory.copy(paramsPtr + 14 * 8, coefPtr, SLOTS * 8);
}

/**
 * Forecasts the steps after the end of the history, which must not have changed since the fit.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, or OK with the answer in mean and sigma
 */
export function arimaForecast(horizon: i32, units: i32): i32 {
  if (stage != DONE) return ERR_STATE;
  if (!horizonFits(horizon, skipped)) return ERR_CAPACITY;
  const left = forecastSteps(horizon, skipped, integrated && exact, centre, sigma2, units);
  return left < 0 ? MORE : OK;
}
