// Estimates seasons and trend of a stretch of values, in steps of a few milliseconds: MSTL, then
// exponential smoothing or an ARIMA of what the seasons leave, chosen by AICc.

import { HISTORY_CAPACITY, MORE, OK, historyPtr } from "../abi";
import { arimaAdvance, arimaBegin } from "../arima/fit";
import { at } from "../arima/orders";
import { etsAdvance, etsBegin } from "../smoothing/ets-fit";
import {
  adjustedPtr, decomposeBegin, decomposeCost, decomposeStep, lastCycles, setPasses,
} from "./mstl";
import { Decomposed } from "./state";

/** Additive errors and no season, without trend, with one, and damped: bits of forms 0, 3 and 6. */
const ETS_FORMS: i32 = (1 << 0) | (1 << 3) | (1 << 6);
/** R's defaults, without robust rounds. */
const INNER: i32 = 2;
const OUTER: i32 = 0;
const DEGREE: i32 = 0;
/** Orders and constant of the ARIMA are searched, by conditional sums of squares. */
const AUTO: i32 = -1;
const CONSTANT_AUTO: i32 = 2;
const CONDITIONAL: i32 = 2;
/** Values behind which an ARIMA's first innovations are forgotten. */
const REPLAY: i32 = 1_000;

/** The history, while the ARIMA of the adjusted series stands in its buffer. */
const keptPtr: usize = memory.data(HISTORY_CAPACITY * 8, 16);

let into: Decomposed = changetype<Decomposed>(0);
let points: i32 = 0;
/** Values missing at the end. */
let trailing: i32 = 0;
let isDecomposing: bool = false;

/**
 * Starts the estimation; the season counts as in decomposeBegin.
 *
 * @param values n values, NaN = missing; they must stay until it is done
 * @param target where the model goes: its profile is its owner's, and so is the one of `ets` and
 *   `arima` that is not null, which says what forecasts the adjusted series
 */
export function mstlEstimateBegin(
  values: usize, n: i32, short: i32, long: i32, target: Decomposed,
): i32 {
  setPasses(INNER, OUTER, DEGREE, true);
  const refusal = decomposeBegin(values, n, short, long);
  if (refusal != OK) return refusal;
  into = target;
  points = n;
  target.lowest = Infinity;
  target.highest = -Infinity;
  trailing = 0;
  for (let t = 0; t < n; t++) {
    const value = at(values, t);
    trailing = value == value ? 0 : trailing + 1;
    if (value != value) continue;
    target.lowest = min(target.lowest, value);
    target.highest = max(target.highest, value);
  }
  isDecomposing = true;
  return OK;
}

/** The seasons are there: what they leave is to be fitted. */
function beginTrend(): i32 {
  isDecomposing = false;
  into.season = lastCycles(into.profile);
  const length = points - trailing;
  into.phase = into.season > 0 ? length % into.season : 0;
  const ets = into.ets;
  if (ets) return etsBegin(ets, adjustedPtr, length, 1, ETS_FORMS);
  memory.copy(keptPtr, historyPtr, HISTORY_CAPACITY * 8);
  memory.copy(historyPtr, adjustedPtr, <usize>length << 3);
  const refusal = arimaBegin(length, AUTO, AUTO, AUTO, 0, 0, 0, 0, CONSTANT_AUTO, CONDITIONAL);
  if (refusal != OK) restoreHistory();
  return refusal;
}

function restoreHistory(): void {
  memory.copy(historyPtr, keptPtr, HISTORY_CAPACITY * 8);
}

/** Behind the last value; missing ones at the end follow. */
function settle(): void {
  const arima = into.arima;
  if (arima) {
    arima.takeFit();
    const length = points - trailing;
    for (let t = max(0, length - REPLAY); t < length; t++) arima.observe(at(historyPtr, t));
  }
  for (let k = 0; k < trailing; k++) into.observe(NaN);
}

/**
 * Goes on.
 *
 * @param units about nanoseconds of arithmetic
 * @returns MORE, OK with the model in its record, or a refusal, which ends it
 */
export function mstlEstimate(units: i32): i32 {
  while (isDecomposing) {
    if (units <= 0) return MORE;
    units -= decomposeCost();
    if (!decomposeStep()) continue;
    const refusal = beginTrend();
    if (refusal != OK) return refusal;
  }
  const result = into.ets ? etsAdvance(max(units, 1)) : arimaAdvance(max(units, 1));
  if (result == MORE) return MORE;
  if (result == OK) settle();
  if (!into.ets) restoreHistory();
  return result;
}
