// MSTL: a series as several seasons + trend + remainder (Bandara, Hyndman & Bergmeir 2021, "MSTL: a
// seasonal-trend decomposition algorithm for time series with multiple seasonal patterns", alg. 1):
// STL for each season in turn, shortest first, on what the others leave, twice.
//
// A state machine: each step is one inner pass of STL, a few milliseconds at most.

import { ERR_CAPACITY, ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT, OK } from "../abi";
import { HISTORY_CAPACITY, SEASON_CAPACITY, work } from "../abi";
import { absoluteMax } from "../arima/difference";
import { at, put } from "../arima/orders";
import { fillGaps } from "../stats/fill";
import { innerStep, setWindows, weighRemainder } from "./stl";

/** Larger values have no finite sum of squares. */
const PEAK_MAX: f64 = 1e150;
/** Cycles that the shortest season is smoothed over, and how many more each longer one is. */
const WINDOW: i32 = 11;
const WINDOW_MORE: i32 = 4;
/** Times that each season is taken anew where there are several. */
const ROUNDS: i32 = 2;
const SEASONS_CAPACITY: i32 = 2;

const periodsPtr: usize = memory.data(SEASONS_CAPACITY * 4, 16);
export let seasons: i32 = 0;
/** Values that were filled. */
export let filled: i32 = 0;

let points: i32 = 0;
let innerPasses: i32 = 2;
let outerPasses: i32 = 0;
let degree: i32 = 0;
let isQuick: bool = true;
let round: i32 = 0;
let season: i32 = 0;
let outer: i32 = 0;
let inner: i32 = 0;

/** f64[HISTORY_CAPACITY] each: the series less its seasons, the trend, and the seasons. */
export const adjustedPtr: usize = work(0);
export const trendPtr: usize = work(1);
export const shortSeasonPtr: usize = work(2);
export const longSeasonPtr: usize = work(3);

// @ts-ignore: decorator
@inline
function seasonPtr(k: i32): usize {
  return k == 0 ? shortSeasonPtr : longSeasonPtr;
}

/** Length of season k in steps. */
export function periodOf(k: i32): i32 {
  return load<i32>(periodsPtr + (<usize>k << 2));
}

function addSeason(period: i32): void {
  store<i32>(periodsPtr + (<usize>seasons << 2), period);
  memory.fill(seasonPtr(seasons), 0, <usize>points << 3);
  seasons++;
}

/** How STL runs: passes of its loops, degree of the season, and whether it jumps as R's does. */
export function setPasses(
  innerLoop: i32, outerLoop: i32, seasonDegree: i32, withJumps: bool,
): void {
  degree = seasonDegree;
  innerPasses = innerLoop;
  outerPasses = outerLoop;
  isQuick = withJumps;
}

/**
 * Starts the decomposition.
 *
 * @param values n values, NaN = missing, which are filled
 * @param short season in steps, 2..SEASON_CAPACITY, or 0 for none
 * @param long a longer one, or 0; each counts where n values hold two of it
 */
export function decomposeBegin(values: usize, n: i32, short: i32, long: i32): i32 {
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (short < 0 || short == 1 || short > SEASON_CAPACITY) return ERR_OPTION;
  if (long < 0 || long > SEASON_CAPACITY || (long > 0 && long <= short)) return ERR_OPTION;
  if (!(absoluteMax(values, n) < PEAK_MAX)) return ERR_NOT_FINITE;
  points = n;
  seasons = 0;
  if (short > 0 && n > 2 * short) addSeason(short);
  if (long > 0 && n > 2 * long) addSeason(long);
  memory.copy(adjustedPtr, values, <usize>n << 3);
  filled = fillGaps(adjustedPtr, n, seasons > 0 ? periodOf(0) : 0, work(4));
  if (filled < 0) return ERR_TOO_SHORT;
  round = season = outer = inner = 0;
  return OK;
}

/** One step; true when all components are there. Without a season the series is the adjusted. */
export function decomposeStep(): bool {
  if (seasons == 0) return true;
  const adjusted = adjustedPtr;
  const component = seasonPtr(season);
  if (outer == 0 && inner == 0) {
    for (let t = 0; t < points; t++) put(adjusted, t, at(adjusted, t) + at(component, t));
    setWindows(periodOf(season), WINDOW + WINDOW_MORE * season, degree, isQuick);
    memory.fill(trendPtr, 0, <usize>points << 3);
  }
  const robust: usize = outer > 0 ? work(7) : 0;
  innerStep(adjusted, points, periodOf(season), robust, component, trendPtr);
  if (++inner < innerPasses) return false;
  inner = 0;
  if (outer < outerPasses) {
    weighRemainder(adjusted, points, component, trendPtr);
    outer++;
    return false;
  }
  outer = 0;
  for (let t = 0; t < points; t++) put(adjusted, t, at(adjusted, t) - at(component, t));
  if (++season < seasons) return false;
  season = 0;
  return ++round == (seasons > 1 ? ROUNDS : 1);
}

/** About nanoseconds of a step. */
export function decomposeCost(): i32 {
  return seasons > 0 ? 150 * points : 0;
}

/** What the last cycles of all seasons add up to, by phase of the longest, f64[its length]. */
export function lastCycles(to: usize): i32 {
  if (seasons == 0) return 0;
  const length = periodOf(seasons - 1);
  for (let back = 1; back <= length; back++) {
    const t = points - back;
    let sum = 0.0;
    for (let k = 0; k < seasons; k++) {
      const period = periodOf(k);
      sum += at(seasonPtr(k), points - 1 - ((back - 1) % period));
    }
    put(to, t % length, sum);
  }
  return length;
}
