// Fitting as a resumable machine: difference → (orders) → guess → conditional sum of squares →
// exact maximum likelihood → the answer in params (answer.ts). Every step costs a known number of
// units, and the result does not depend on how many are given at a time.

import {
  ERR_CAPACITY, ERR_OPTION, ERR_STATE, ERR_TOO_SHORT, HISTORY_CAPACITY, MORE, OK, SEASON_CAPACITY,
  historyPtr,
} from "../abi";
import {
  MAX_ORDER, MAX_SEASONAL, arSpan, at, clearPads, coefficientCount, constant, d, differenceSpan,
  maSpan, p, put, q, sd, setDifferences, setOrders, sp, sq,
} from "./orders";
import { answer, sigma2 } from "./answer";
import * as arma11 from "./arma11";
import * as arma11Exact from "./arma11-exact";
import * as css from "./css";
import {
  centre, count, degenerate, difference, hasGaps, levelPtr, moveCentre, points, standardise,
  useLevels,
} from "./difference";
import * as diffuse from "./diffuse";
import * as exactly from "./exact";
import { fillLevels, filledPtr } from "./filled";
import {
  forecastReset, forecastSteps, horizonFits, keepLevels, lastLevelsPtr, tailFromLanes,
  tailFromState, tailPtr,
} from "./forecast";
import * as gauss from "./gauss";
import * as kalman from "./kalman";
import { expand } from "./polynomial";
import { begun, givenMean, givenSigma2, length, peak, readGiven, skipped, trim } from "./request";
import { chooseDifferences, chosenConstant, searchBegin, searchStep } from "./search";
import { guess } from "./start";
import { clearCoefficients, toCoefficients } from "./transform";

/** Order value that asks for a choice. */
const AUTO: i32 = -1;
/** Values of `constantMode`. */
const CONSTANT_ON: i32 = 1;
const CONSTANT_AUTO: i32 = 2;
/** Bits of `mode`. */
const EVALUATE: i32 = 1;
const CONDITIONAL: i32 = 2;
const GENERIC: i32 = 4;

/** Levels of an integrated filter: as many as this many units of one pass allow. */
const PASS_UNITS: i32 = 10_000_000;
const LEVELS_MIN: i32 = 400;

const IDLE: i32 = 0;
const SEARCH: i32 = 1;
const START: i32 = 2;
const CSS: i32 = 3;
const EXACT: i32 = 4;
const LAST: i32 = 5;
const DONE: i32 = 6;

let stage: i32 = IDLE;
let mode: i32 = 0;
/** 1 when the model has a constant, also after it has moved into the centre of w. */
let wanted: i32 = 0;
let exact: bool = false;
/** True when arma11.ts has made the last pass already. */
let quick: bool = false;
/** Whether the state's covariance is part of a forecast's. */
let uncertain: bool = false;

// @ts-ignore: decorator
@inline
function within(order: i32, most: i32): bool {
  return order >= AUTO && order <= most;
}

/**
 * Starts a fit of the first n values of history; NaN = missing, at the end too. An order of −1 is
 * chosen.
 *
 * @param seasonLength season length in steps, 2..SEASON_CAPACITY, or 0 for no seasonal part
 * @param constantMode 0 none, 1 on (mean at d + D = 0, drift at d + D = 1), 2 auto (the mean, and
 *   the drift when AICc wants it in a search)
 * @param modeBits 1: evaluate at params, 2: conditional sum of squares only, 4: by the generic code
 *   alone, also where there is a special one
 */
export function arimaBegin(
  n: i32, ar: i32, differences: i32, ma: i32, seasonalAr: i32, seasonalDifferences: i32,
  seasonalMa: i32, seasonLength: i32, constantMode: i32, modeBits: i32,
): i32 {
  stage = IDLE;
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (!within(ar, MAX_ORDER) || !within(ma, MAX_ORDER)) return ERR_OPTION;
  if (!within(differences, 2)) return ERR_OPTION;
  const seasonal = seasonLength != 0;
  if (seasonal && (seasonLength < 2 || seasonLength > SEASON_CAPACITY)) return ERR_OPTION;
  const most = seasonal ? MAX_SEASONAL : 0;
  if (!within(seasonalAr, most) || !within(seasonalMa, most)) return ERR_OPTION;
  if (!within(seasonalDifferences, seasonal ? 1 : 0)) return ERR_OPTION;
  if (constantMode < 0 || constantMode > CONSTANT_AUTO) return ERR_OPTION;
  const refusal = trim(n);
  if (refusal != OK) return refusal;

  mode = modeBits;
  quick = false;
  clearPads();
  forecastReset();
  useLevels(begun, length);
  const D = seasonal ? seasonalDifferences : 0;
  setDifferences(differences, D, seasonLength);
  if (differences < 0 || D < 0) {
    if ((mode & EVALUATE) != 0) return ERR_OPTION;
    chooseDifferences(differences, D);
  }
  if (count <= differenceSpan()) return ERR_TOO_SHORT;
  wanted = constantOf(constantMode);
  const P = seasonal ? seasonalAr : 0;
  const Q = seasonal ? seasonalMa : 0;
  if ((mode & EVALUATE) != 0) return beginEvaluation(ar, ma, P, Q);
  if (ar >= 0 && ma >= 0 && P >= 0 && Q >= 0) {
    setOrders(ar, ma, P, Q, wanted);
    stage = START;
    return OK;
  }
  const choosing = constantMode == CONSTANT_AUTO && d + sd == 1;
  if (!searchBegin(ar, ma, P, Q, wanted, choosing, peak)) return ERR_TOO_SHORT;
  stage = SEARCH;
  return OK;
}

/** 1 when the constant belongs to the model: auto is a mean at d + D = 0 and nothing else. */
function constantOf(constantMode: i32): i32 {
  if (d + sd == 0) return constantMode == 0 ? 0 : 1;
  return d + sd == 1 && constantMode == CONSTANT_ON ? 1 : 0;
}

function beginEvaluation(ar: i32, ma: i32, seasonalAr: i32, seasonalMa: i32): i32 {
  const refusal = readGiven(ar, ma, seasonalAr, seasonalMa);
  if (refusal != OK) return refusal;
  if (givenMean() != 0) wanted = 1;
  setOrders(ar, ma, seasonalAr, seasonalMa, 0);
  difference();
  standardise(false, true, givenMean(), peak);
  exact = exactly.chooseFilter();
  beginLast();
  return OK;
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
    if (stage == SEARCH) {
      const cost = searchStep();
      units -= cost;
      if (cost == 0) endSearch();
    } else if (stage == CSS) {
      units -= gauss.gaussCost();
      if (gauss.gaussStep()) endCss();
    } else if (stage == EXACT) {
      units -= exactly.passCost();
      if (exactly.climbStep()) endEstimation();
    } else {
      units -= stage == START ? 1000 : exact ? exactly.passCost() : css.blockCost();
      const refusal = stage == START ? beginFit() : lastBlock() ? finish() : OK;
      if (refusal != OK) {
        stage = IDLE;
        return refusal;
      }
    }
  }
  return OK;
}

/** The orders are chosen: the winner sees the whole history. */
function endSearch(): void {
  useLevels(begun, length);
  wanted = chosenConstant;
  stage = START;
}

function prepare(): void {
  difference();
  standardise(constant == 1, false, 0, peak);
  exact = exactly.chooseFilter() && (mode & CONDITIONAL) == 0;
}

function beginFit(): i32 {
  prepare();
  if (exact && exactly.integrated) shortenToBudget();
  const needed = coefficientCount() + constant + 2;
  if (css.effectivePoints() < needed || points <= max(arSpan(), maSpan())) return ERR_TOO_SHORT;
  if (degenerate) {
    setOrders(p, q, sp, sq, 0);
    clearCoefficients();
    beginLast();
    return OK;
  }
  guess(gauss.freePtr, 0);
  put(gauss.freePtr, coefficientCount(), 0);
  if (isArma11() && arma11.conditionalFit()) {
    quick = !exact || (exactly.worthClimbing() && arma11Exact.exactFit());
    if (quick) return finish();
    endCss();
    return OK;
  }
  gauss.gaussBegin();
  stage = CSS;
  return OK;
}

/** Whether arma11.ts can fit it; its passes are one slice, under a millisecond for all points. */
function isArma11(): bool {
  if (p != 1 || q != 1 || sp + sq + constant > 0 || (mode & GENERIC) != 0) return false;
  return !hasGaps() && points >= arma11.POINTS_MIN;
}

/** An integrated filter of many dimensions sees only the end of a long history. */
function shortenToBudget(): void {
  const size = diffuse.integratedSize();
  const most = max(max(LEVELS_MIN, 4 * differenceSpan()), PASS_UNITS / (size * size));
  if (count <= most) return;
  let from = begun + length - most;
  while (at(historyPtr, from) != at(historyPtr, from)) from++;
  useLevels(from, begun + length - from);
  prepare();
}

function endCss(): void {
  stage = EXACT;
  if (exact && exactly.worthClimbing()) {
    if (exactly.climb()) return;
  } else {
    exactly.settle();
  }
  endEstimation();
}

/** Takes the best parameters; a constant moves into the centre of w. */
function endEstimation(): void {
  toCoefficients(exactly.bestPtr);
  const profiled = exact && !exactly.integrated;
  if (constant == 1 && !profiled) moveConstant(at(exactly.bestPtr, coefficientCount()));
  beginLast();
}

function moveConstant(mean: f64): void {
  moveCentre(mean);
  setOrders(p, q, sp, sq, 0);
}

function beginLast(): void {
  stage = LAST;
  if (exact) exactly.passBegin(0);
  else css.passBegin(0);
}

/** One block of the passes at the final parameters; a profiled constant takes one of its own. */
function lastBlock(): bool {
  if (!exact) return css.passBlock();
  if (!exactly.passBlock()) return false;
  if (constant == 0) return !exactly.traceBegin();
  moveConstant(kalman.profiled);
  beginLast();
  return false;
}

/** Keeps what the forecast needs and writes the answer. */
function finish(): i32 {
  const n = exact ? exactly.passPoints() : css.effectivePoints();
  let squares = exact ? exactly.passSquares() : css.squares;
  let logF = exact ? exactly.passLogF() : 0.0;
  if (quick) {
    squares = exact ? arma11Exact.squares : gauss.best;
    logF = exact ? arma11Exact.logF : 0;
    expand();
    put(tailPtr(), 0, exact ? arma11Exact.ahead : arma11.ahead);
  } else if (!exact) {
    if (hasGaps()) fillLevels();
    tailFromLanes();
  } else if (kalman.plain && !exactly.integrated) {
    tailFromLanes();
  } else {
    tailFromState(exactly.integrated ? diffuse.statePtr : kalman.statePtr);
  }
  if (exact && exactly.integrated) diffuse.writeLevels(lastLevelsPtr());
  else keepLevels(!exact && hasGaps() ? filledPtr() : levelPtr());
  const refusal = answer(n, squares, logF, givenSigma2, wanted, exact);
  uncertain = exact && !quick && exactly.uncertain();
  if (refusal == OK) stage = DONE;
  return refusal;
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
  const left = forecastSteps(horizon, skipped, uncertain, centre, sigma2, units);
  return left < 0 ? MORE : OK;
}
