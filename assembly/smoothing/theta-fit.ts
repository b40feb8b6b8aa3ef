// Estimating a Theta model: ℓ_0, α and θ by least squares of the one-step errors (Fiorucci et al.
// 2016, §3.3). Given α the errors are linear in ℓ_0 and in 1 − 1/θ, so those two are solved for
// exactly and α alone is searched (variable projection: Golub & Pereyra 1973, SIAM J. Numer. Anal.
// 10, 413–432). The bounds are the source's, θ ≥ 1 and α ≤ 0.99, but for α ≥ 0.01 where it has 0.1:
// a week of minutes holds levels that move more slowly than those of 18 yearly values.

import { ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT, OK } from "../abi";
import { SEASON_MAX, isSeasonal, seasonalIndexes } from "./classical";
import { Line } from "./line";
import { THETA_BYTES, Theta } from "./theta-state";

/** The last points that an estimate looks at: seven days of five-minute steps, or more seasons. */
const WINDOW: i32 = 2_016;
const SEASONS: i32 = 3;
const POINTS_MIN: i32 = 5;
const ALPHA_MIN: f64 = 0.01;
const ALPHA_MAX: f64 = 0.99;
/** Errors of the first values hang on ℓ_0 more than on the rest, and are not counted. */
const ERRORS_SKIPPED: i32 = 3;
const GRID: i32 = 12;
const SECTIONS: i32 = 24;
const GOLDEN: f64 = 0.6180339887498949;
/** θ where the errors do not tell it, that of Assimakopoulos & Nikolopoulos (2000): 1 − 1/2. */
const USUAL_WEIGHT: f64 = 0.5;
const SINGULAR: f64 = 1e-12;

const linePtr: usize = memory.data(64, 16);

/** ℓ_0 and 1 − 1/θ that are best at the α tried last. */
let bestLevel: f64 = 0;
let bestWeight: f64 = 0;

// @ts-ignore: decorator
@inline
function valueAt(values: usize, i: i32): f64 {
  return load<f64>(values + (<usize>i << 3));
}

/**
 * Fits `model` to the last of n values (oldest first, NaN = missing), and leaves it behind the last
 * one. Takes 37 passes of some 30 ns a point: 2 ms for 2,016, 7 ms at most.
 *
 * @param model THETA_BYTES of the owner's, its `indexes` f64[min(seasonLength, SEASON_MAX)]
 * @param seasonLength steps, ≥ 1; a season is taken only where the test sees it, and not above
 *   SEASON_MAX (2,160: a day of 40 s)
 * @param dynamic DOTM, else OTM
 * @returns OK, or ERR_OPTION, ERR_TOO_SHORT (five observed), ERR_NOT_FINITE
 */
export function estimateTheta(
  model: Theta, values: usize, n: i32, seasonLength: i32, dynamic: bool,
): i32 {
  if (seasonLength < 1) return ERR_OPTION;
  const m = seasonLength <= SEASON_MAX ? seasonLength : 1;
  let from = max(0, n - max(WINDOW, SEASONS * m));
  while (from < n && valueAt(values, from) != valueAt(values, from)) from++;
  const length = n - from;
  const start = values + (<usize>from << 3);
  model.dynamic = dynamic;
  chooseSeason(model, start, length, m);
  const refusal = choosePlace(model, start, length);
  if (refusal != OK) return refusal;

  model.intercept = 0;
  model.slope = 0;
  if (!dynamic) fitLine(model, start, length);
  const alpha = chooseAlpha(model, start, length);
  sumOfSquares(model, start, length, alpha);
  return settle(model, start, length, alpha, bestLevel, bestWeight);
}

/**
 * Sets a model to given parameters, for values whose season, if any, is `model`'s already, and
 * leaves it behind the last of them.
 *
 * @param level ℓ_0, in the metric's unit
 */
export function evaluateTheta(
  model: Theta, values: usize, n: i32, dynamic: bool, alpha: f64, weight: f64, level: f64,
): i32 {
  if (!(alpha > 0) || !(alpha <= 1) || !(weight >= 0) || !(weight <= 1)) return ERR_OPTION;
  model.dynamic = dynamic;
  model.seasonLength = 1;
  const refusal = choosePlace(model, values, n);
  if (refusal != OK) return refusal;
  // The level of values counted from their origin: the line's part of it, (1 − 1/θ) origin, stays.
  const moved = (level - (1 - weight) * model.origin) / model.unit;
  model.intercept = 0;
  model.slope = 0;
  if (!dynamic) fitLine(model, values, n);
  return settle(model, values, n, alpha, moved, weight);
}

/** A season by factors where all values are positive, else by terms. */
function chooseSeason(model: Theta, values: usize, n: i32, seasonLength: i32): void {
  model.seasonLength = 1;
  model.multiplicative = false;
  if (!isSeasonal(values, n, seasonLength)) return;
  let positive = true;
  for (let i = 0; i < n; i++) positive = positive && !(valueAt(values, i) <= 0);
  if (positive && seasonalIndexes(values, n, seasonLength, true, model.indexes)) {
    model.multiplicative = true;
  } else if (!seasonalIndexes(values, n, seasonLength, false, model.indexes)) {
    return;
  }
  model.seasonLength = seasonLength;
}

/** The origin and unit of the adjusted values: the first one, and their largest distance to it. */
function choosePlace(model: Theta, values: usize, n: i32): i32 {
  model.phase = 0;
  model.origin = 0;
  model.unit = 1;
  let origin = NaN;
  let unit = 0.0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const x = model.adjust(valueAt(values, i));
    model.phase = model.seasonLength > 1 ? (model.phase + 1) % model.seasonLength : 0;
    if (x != x) continue;
    if (count == 0) origin = x;
    count++;
    unit = max(unit, abs(x - origin));
  }
  if (count < POINTS_MIN) return ERR_TOO_SHORT;
  if (!(unit < Infinity)) return ERR_NOT_FINITE;
  model.origin = origin;
  model.unit = unit > 0 ? unit : 1;
  return OK;
}

/** The line of OTM: through all values. */
function fitLine(model: Theta, values: usize, n: i32): void {
  const line = changetype<Line>(linePtr);
  line.reset();
  model.phase = 0;
  for (let i = 0; i < n; i++) {
    const x = model.adjust(valueAt(values, i));
    if (x == x) line.add(<f64>(i + 1), x);
    model.phase = model.seasonLength > 1 ? (model.phase + 1) % model.seasonLength : 0;
  }
  model.intercept = line.intercept;
  model.slope = line.slope;
}

/**
 * Least sum of squares over ℓ_0 and 1 − 1/θ at one α; they are left in bestLevel and bestWeight.
 *
 * ℓ = p + ℓ_0 q + w r, so e = (x − p) − ℓ_0 q − w (r + drift): one pass for the normal equations.
 */
function sumOfSquares(model: Theta, values: usize, n: i32, alpha: f64): f64 {
  model.alpha = alpha;
  model.weight = 0;
  model.start(0);
  let fromLevel = 1.0;
  let fromWeight = 0.0;
  let ee = 0.0;
  let eq = 0.0;
  let ev = 0.0;
  let qq = 0.0;
  let qv = 0.0;
  let vv = 0.0;
  for (let i = 0; i < n; i++) {
    const x = model.adjust(valueAt(values, i));
    const drift = model.drift();
    const seen = x == x;
    if (seen) {
      if (i >= ERRORS_SKIPPED) {
        const e = x - model.level;
        const v = fromWeight + drift;
        ee += e * e;
        eq += e * fromLevel;
        ev += e * v;
        qq += fromLevel * fromLevel;
        qv += fromLevel * v;
        vv += v * v;
      }
      fromLevel *= 1 - alpha;
      fromWeight *= 1 - alpha;
    } else {
      fromWeight += alpha * drift;
    }
    model.advance(x);
  }
  bestWeight = USUAL_WEIGHT;
  const determinant = qq * vv - qv * qv;
  if (determinant > SINGULAR * qq * vv) {
    bestWeight = min(max((qq * ev - qv * eq) / determinant, 0), 1);
  }
  bestLevel = qq > SINGULAR ? (eq - bestWeight * qv) / qq : 0;
  const linear = bestLevel * eq + bestWeight * ev;
  const square =
    bestLevel * bestLevel * qq + 2 * bestLevel * bestWeight * qv + bestWeight * bestWeight * vv;
  return max(ee - 2 * linear + square, 0);
}

/** The best α of a grid, and then between its neighbours by golden sections. */
function chooseAlpha(model: Theta, values: usize, n: i32): f64 {
  const width = (ALPHA_MAX - ALPHA_MIN) / <f64>(GRID - 1);
  let best = ALPHA_MIN;
  let least = Infinity;
  for (let k = 0; k < GRID; k++) {
    const alpha = ALPHA_MIN + <f64>k * width;
    const squares = sumOfSquares(model, values, n, alpha);
    if (squares < least) {
      least = squares;
      best = alpha;
    }
  }
  let low = max(best - width, ALPHA_MIN);
  let high = min(best + width, ALPHA_MAX);
  let left = high - GOLDEN * (high - low);
  let right = low + GOLDEN * (high - low);
  let atLeft = sumOfSquares(model, values, n, left);
  let atRight = sumOfSquares(model, values, n, right);
  for (let k = 0; k < SECTIONS; k++) {
    if (atLeft <= atRight) {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - GOLDEN * (high - low);
      atLeft = sumOfSquares(model, values, n, left);
    } else {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + GOLDEN * (high - low);
      atRight = sumOfSquares(model, values, n, right);
    }
  }
  const middle = 0.5 * (low + high);
  return sumOfSquares(model, values, n, middle) < least ? middle : best;
}

/** Takes the parameters, runs over the values and notes the spread of the errors. */
function settle(
  model: Theta, values: usize, n: i32, alpha: f64, level: f64, weight: f64,
): i32 {
  model.alpha = alpha;
  model.weight = weight;
  model.start(level);
  let squares = 0.0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    const x = model.adjust(valueAt(values, i));
    const error = x - model.expected();
    if (error == error && i >= ERRORS_SKIPPED) {
      squares += error * error;
      count++;
    }
    model.advance(x);
  }
  if (count < 1) return ERR_TOO_SHORT;
  model.sigma = sqrt(squares / <f64>count);
  return abs(model.level) < Infinity ? OK : ERR_NOT_FINITE;
}

