// The harmonic model (harmonic/) as a member: estimated on the window up to its middle and again at
// later parts of it, rolled on between them, so that what it said at past origins used nothing that
// came later. The estimate at the window's end is kept and rolls on from there at every call.

import { HORIZON_CAPACITY, OK, SEASON_CAPACITY, historyPtr } from "../abi";
import { AR_CAPACITY } from "../harmonic/autoregression";
import { estimateBegin, estimateCost, estimateStep } from "../harmonic/estimate";
import { HARMONIC_BYTES, Harmonic } from "../harmonic/state";
import { end, first, lastOfHalf } from "./epoch";

const DAY_SECONDS: i32 = 86_400;
const DAYS_OF_WEEK: i32 = 7;
/** Parts of the window; it is estimated at the end of each from the middle one on. */
const PARTS: i32 = 8;
/** Units of a step that is only rolled over, and of one of a forecast. */
const ROLL_UNITS: i32 = 100;
const FORECAST_UNITS: i32 = 60;

const modelPtr: usize = memory.data(HARMONIC_BYTES, 16);
const residualsPtr: usize = memory.data(AR_CAPACITY * 8, 16);
const coefficientsPtr: usize = memory.data(AR_CAPACITY * 8, 16);
const profilePtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
/** The record and the residuals at the window's end. */
const keptModelPtr: usize = memory.data(HARMONIC_BYTES, 16);
const keptResidualsPtr: usize = memory.data(AR_CAPACITY * 8, 16);
const pathPtr: usize = memory.data(HORIZON_CAPACITY * 8, 16);

let day: i32 = 0;
let week: i32 = 0;
let horizon: i32 = 0;
let part: i32 = 0;
let cursor: i32 = 0;
let estimating: bool = false;
/** False where the values refuse an estimate: the last value then stands in. */
let fitted: bool = false;
/** The step from which the path goes. */
let pathFrom: i32 = -1;

// @ts-ignore: decorator
@inline
function model(): Harmonic {
  return changetype<Harmonic>(modelPtr);
}

/** Last step of the part. */
function endOfPart(): i32 {
  return 2 * part == PARTS ? lastOfHalf() : first + ((end - first) * part) / PARTS;
}

function estimate(): void {
  const steps = endOfPart() - first + 1;
  const values = historyPtr + (<usize>first << 3);
  fitted = estimating = estimateBegin(values, steps, day, week, model()) == OK;
  cursor = endOfPart() + 1;
}

/** Begins on the window, with nothing learnt. */
export function beginPeriodic(stepSeconds: i32, steps: i32): void {
  horizon = steps;
  const length = DAY_SECONDS / stepSeconds;
  day = DAY_SECONDS % stepSeconds == 0 && length > 1 && length <= SEASON_CAPACITY ? length : 0;
  week = day * DAYS_OF_WEEK <= SEASON_CAPACITY ? day * DAYS_OF_WEEK : 0;
  model().profile = profilePtr;
  model().coefficients = coefficientsPtr;
  model().residuals = residualsPtr;
  part = PARTS / 2;
  estimate();
}

/** Takes in the value of a step, NaN = missing. */
export function observePeriodic(value: f64): void {
  if (fitted) model().observe(value);
  pathFrom = -1;
}

/**
 * Goes on with the window by one step of an estimate or of the history.
 *
 * @param remember told of each step rolled over, so that it asks what was said there
 * @returns units, 0 at the end
 */
export function advancePeriodic(remember: (i: i32) => void): i32 {
  if (estimating) {
    const cost = estimateCost();
    estimating = !estimateStep();
    return cost;
  }
  if (cursor > end) {
    memory.copy(keptModelPtr, modelPtr, HARMONIC_BYTES);
    memory.copy(keptResidualsPtr, residualsPtr, AR_CAPACITY * 8);
    return 0;
  }
  observePeriodic(load<f64>(historyPtr + (<usize>cursor << 3)));
  remember(cursor);
  const units = ROLL_UNITS + (pathFrom == cursor ? FORECAST_UNITS * horizon : 0);
  cursor++;
  while (part < PARTS && cursor > first + (end - first) * (part + 1) / PARTS) {
    part++;
    estimate();
  }
  return units;
}

/** The model as it was at the window's end, from where it rolls on. */
export function resetPeriodic(): void {
  memory.copy(modelPtr, keptModelPtr, HARMONIC_BYTES);
  memory.copy(residualsPtr, keptResidualsPtr, AR_CAPACITY * 8);
  pathFrom = -1;
}

/** The median `steps` after step i, which was observed last; `last` where there is no estimate. */
export function forecastPeriodic(i: i32, steps: i32, last: f64): f64 {
  if (!fitted) return last;
  if (pathFrom != i) model().forecast(horizon, pathPtr);
  pathFrom = i;
  return load<f64>(pathPtr + (<usize>(steps - 1) << 3));
}
