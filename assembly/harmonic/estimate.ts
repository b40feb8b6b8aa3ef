// Estimates the harmonic model on a stretch of values, in steps of a few milliseconds at most.
//
//   1 least squares on level and Fourier terms, shrunk term by term (shrink.ts);
//   2 an autoregression of what is left; innovations beyond 4 robust deviations are cut off there,
//     so that a spike bends neither season nor autoregression;
//   3 generalised least squares: the same regression on the series filtered by that autoregression
//     (Cochrane & Orcutt 1949; in the frequency domain the filter is one factor per term), where
//     the noise is white and the shrinkage right; then the autoregression of what that leaves.
//
// A lasting change of the level is noted, and left to the autoregression: to take it out of the
// values before cost skill where it was tried.
//
// Seen once as it is and, where nothing is negative, once through a shifted log; the greater
// profile likelihood wins (Box & Cox 1964, eq. 8). The model's shape is De Livera, Hyndman &
// Snyder's (2011, JASA 106), with fixed seasons whose newest instances weigh most.

import { ERR_NOT_FINITE, ERR_TOO_SHORT, OK, SEASON_CAPACITY, work } from "../abi";
import { powerOfTwo } from "../arima/difference";
import { at, put } from "../arima/orders";
import { affine, dot } from "../arima/vector";
import { fillGaps } from "../stats/fill";
import { medianOf } from "../stats/select";
import { AR_CAPACITY, filterAr, fitAr, variance } from "./autoregression";
import { findShift } from "./level-shift";
import { fillGram, openPairs, rightPtr, shrink, solutionPtr } from "./shrink";
import {
  PAIRS_CAPACITY, analyse, chooseTerms, cycles, filterGain, gainImaginary, gainReal, pairs,
  seasonSteps, synthesise,
} from "./spectrum";
import { Harmonic } from "./state";

const POINTS_MIN: i32 = 2;
/** Larger values have no finite sum of squares. */
const PEAK_MAX: f64 = 1e150;
/** Variance of values of size 1 below which there is nothing but rounding. */
const VARIANCE_MIN: f64 = 1e-26;
/** The weight of a step is halved over this part of the values. */
const HALF_LIFE: f64 = 0.5;
/** Part of the mean that the log is shifted by. */
const SHIFT: f64 = 0.1;
/** Robust deviations beyond which an innovation is cut off; 1.4826 makes the MAD a deviation. */
const CUT: f64 = 4 * 1.4826;

/** Work buffers: the values in units, seen through the log, without outliers, what is left over,
 *  scratch. The last three belong to the Gram matrix. */
const VALUES: i32 = 0;
const SEEN: i32 = 1;
const CLEAN: i32 = 2;
const REST: i32 = 3;
const SCRATCH: i32 = 4;

/** Places that are kept of the newest outliers: steps before the end, 1 = the last value. */
export const OUTLIERS_KEPT: i32 = 16;
export const outliersPtr: usize = memory.data(OUTLIERS_KEPT * 8, 16);
const placesPtr: usize = memory.data(OUTLIERS_KEPT * 8, 16);
const candidateProfilePtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
const termsPtr: usize = memory.data(2 * PAIRS_CAPACITY * 8, 16);
const arPtr: usize = memory.data(AR_CAPACITY * 8, 16);
const reversedPtr: usize = memory.data(AR_CAPACITY * 8, 16);

const IDLE: i32 = 0;
const LEAST: i32 = 1;
const CUT_OFF: i32 = 2;
const GENERAL: i32 = 3;
const JUDGE: i32 = 4;

let stage: i32 = IDLE;
let source: usize = 0;
let into: Harmonic = changetype<Harmonic>(0);
let points: i32 = 0;
let decay: f64 = 1;
let mean: f64 = 0;
/** The candidate in work. */
let shift: f64 = 0;
let level: f64 = 0;
let order: i32 = 0;
let cutNow: i32 = 0;
let shiftedNow: i32 = 0;
/** Profile log-likelihood of a point under the best candidate so far. */
let score: f64 = -Infinity;

/** Values that were filled; of the winner: first step of a new level (0 = none), innovations that
 *  were cut off, and terms in use. */
export let shifted: i32 = 0;
export let filled: i32 = 0;
export let cut: i32 = 0;
export let open: i32 = 0;

/** Weighted sums of what is regressed. */
let weights: f64 = 0;
let total: f64 = 0;
let squares: f64 = 0;

function weigh(x: usize, from: i32): void {
  let weight = 1.0;
  weights = total = squares = 0;
  for (let t = points - 1; t >= from; t--) {
    const value = at(x, t);
    weights += weight;
    total += weight * value;
    squares += weight * value * value;
    weight *= decay;
  }
}

/**
 * Starts the estimation.
 *
 * @param values n values, NaN = missing; they must stay until it is done
 * @param short season in steps or 0, @param long a multiple of it or 0: see chooseTerms
 * @param target where the model goes; its three buffers are its owner's
 */
export function estimateBegin(
  values: usize, n: i32, short: i32, long: i32, target: Harmonic,
): i32 {
  stage = IDLE;
  let observed = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let t = 0; t < n; t++) {
    const value = at(values, t);
    if (value != value) continue;
    observed++;
    lowest = min(lowest, value);
    highest = max(highest, value);
  }
  if (observed < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(highest - lowest < Infinity) || !(max(highest, -lowest) < PEAK_MAX)) return ERR_NOT_FINITE;
  into = target;
  source = values;
  points = n;
  target.unit = powerOfTwo(max(highest, -lowest));
  target.lowest = lowest / target.unit;
  target.highest = highest / target.unit;
  chooseTerms(n, short, long);
  affine(work(VALUES), values, n, 1 / target.unit, 0);
  filled = fillGaps(work(VALUES), n, seasonSteps, work(SCRATCH));
  decay = Math.exp(-Math.LN2 / (HALF_LIFE * <f64>n));
  mean = 0;
  for (let t = 0; t < n; t++) mean += at(work(VALUES), t) / <f64>n;
  score = -Infinity;
  beginCandidate(0);
  return OK;
}

/** The values seen through the log with this shift, 0 = as they are. */
function beginCandidate(candidate: f64): void {
  shift = candidate;
  const seen = work(SEEN);
  const values = work(VALUES);
  if (shift > 0) {
    for (let t = 0; t < points; t++) put(seen, t, shift * Math.log1p(at(values, t) / shift));
  } else {
    memory.copy(seen, values, <usize>points << 3);
  }
  memory.copy(work(CLEAN), seen, <usize>points << 3);
  order = 0;
  cutNow = 0;
  stage = LEAST;
}

/** Season and level by regression on the clean values, filtered by the autoregression so far. */
function regress(): void {
  const clean = work(CLEAN);
  if (pairs > 0) {
    const filtered = work(SCRATCH);
    filterAr(clean, points, arPtr, order, filtered);
    weigh(filtered, order);
    analyse(filtered, order, points, decay, rightPtr + 8);
    put(rightPtr, 0, total);
    fillGram(order, points, decay);
    shrink(squares, points - order);
    unfilter();
    synthesise(termsPtr, candidateProfilePtr);
  }
  subtractSeason(clean);
  weigh(work(REST), 0);
  level = total / weights;
}

/** What the terms are before the filter. */
function unfilter(): void {
  for (let k = 0; k < pairs; k++) {
    filterGain(cycles(k), arPtr, order);
    const power = gainReal * gainReal + gainImaginary * gainImaginary;
    const a = at(solutionPtr, 1 + 2 * k);
    const b = at(solutionPtr, 2 + 2 * k);
    put(termsPtr, 2 * k, (a * gainReal - b * gainImaginary) / power);
    put(termsPtr, 2 * k + 1, (b * gainReal + a * gainImaginary) / power);
  }
}

/** Values less their season. */
function subtractSeason(values: usize): void {
  const rest = work(REST);
  memory.copy(rest, values, <usize>points << 3);
  if (pairs == 0) return;
  let phase = 0;
  for (let t = 0; t < points; t++) {
    put(rest, t, at(rest, t) - at(candidateProfilePtr, phase));
    phase = phase + 1 >= seasonSteps ? 0 : phase + 1;
  }
}

/** Takes the level off what is left over, and fits the autoregression to it. */
function fitRest(): void {
  const rest = work(REST);
  affine(rest, rest, points, 1, -level);
  order = fitAr(rest, points, arPtr);
}

/** Cuts outliers off what is left over and off the clean values. */
function cutOutliers(): void {
  const rest = work(REST);
  const clean = work(CLEAN);
  const scratch = work(SCRATCH);
  filterAr(rest, points, arPtr, order, scratch);
  for (let t = 0; t < points; t++) put(scratch, t, abs(at(scratch, t)));
  const bound = CUT * medianOf(scratch + (<usize>order << 3), points - order);
  if (!(bound > 0)) return;
  for (let i = 0; i < order; i++) put(reversedPtr, i, at(arPtr, order - 1 - i));
  for (let t = order; t < points; t++) {
    const expected = dot(reversedPtr, rest + (<usize>(t - order) << 3), order);
    const innovation = at(rest, t) - expected;
    if (abs(innovation) <= bound) continue;
    const excess = innovation > 0 ? innovation - bound : innovation + bound;
    put(rest, t, at(rest, t) - excess);
    put(clean, t, at(clean, t) - excess);
    put(placesPtr, cutNow & (OUTLIERS_KEPT - 1), <f64>(points - t));
    cutNow++;
  }
  order = fitAr(rest, points, arPtr);
}

/** Keeps the candidate when it is the likeliest so far. */
function judge(): void {
  let slope = 0.0;
  if (shift > 0) {
    for (let t = 0; t < points; t++) slope += Math.log1p(at(work(VALUES), t) / shift);
  }
  const likelihood = -0.5 * Math.log(max(variance, VARIANCE_MIN)) - slope / <f64>points;
  if (!(likelihood > score)) return;
  score = likelihood;
  into.shift = shift;
  into.level = level;
  into.order = order;
  into.variance = variance;
  into.season = seasonSteps;
  memory.copy(into.coefficients, arPtr, <usize>order << 3);
  memory.copy(into.profile, candidateProfilePtr, <usize>seasonSteps << 3);
  cut = cutNow;
  memory.copy(outliersPtr, placesPtr, OUTLIERS_KEPT * 8);
  shifted = shiftedNow;
  open = pairs > 0 ? openPairs() : 0;
}

/** Gives the model its last residuals: missing values are what it expected. */
function settle(): void {
  let last = points - 1;
  while (at(source, last) != at(source, last)) last--;
  const from = max(0, last - 2 * AR_CAPACITY);
  memory.fill(into.residuals, 0, AR_CAPACITY * 8);
  into.missed = 0;
  into.phase = into.season > 0 ? from % into.season : 0;
  for (let t = from; t < points; t++) into.observe(at(source, t));
}

/** One step; true when the model is in the record given at the start. */
export function estimateStep(): bool {
  if (stage == LEAST) {
    regress();
    stage = CUT_OFF;
  } else if (stage == CUT_OFF) {
    fitRest();
    shiftedNow = findShift(work(REST), points, work(SCRATCH));
    cutOutliers();
    stage = GENERAL;
  } else if (stage == GENERAL) {
    regress();
    stage = JUDGE;
  } else if (stage == JUDGE) {
    subtractSeason(work(SEEN));
    fitRest();
    judge();
    if (shift == 0 && into.lowest >= 0 && mean > 0) {
      beginCandidate(SHIFT * mean);
    } else {
      stage = IDLE;
      settle();
    }
  }
  return stage == IDLE;
}

/** About nanoseconds of the next step. */
export function estimateCost(): i32 {
  return points * 100 + pairs * (seasonSteps + 40 * pairs);
}
