// Point forecasts and their standard errors (Box & Jenkins 1976, §5.1–5.2): the ARMA recursion from
// what is known at the end, differenced back exactly from the last levels; variance σ² Σ ψ_j² of
// the integrated process, to which an integrated state adds what gaps near the end left unknown.

import { HISTORY_CAPACITY, HORIZON_CAPACITY, meanPtr, sigmaPtr } from "../abi";
import {
  AR, LANE_AR, LANE_E, LANE_MA, LANE_W, MA, arSpan, at, coefPtr, d, differenceSpan, lane, maSpan, p,
  put, q, restPtr, s, sd, sp, sq, stateSize,
} from "./orders";
import { count, points, scale } from "./difference";
import * as diffuse from "./diffuse";
import { arLagPtr, arTermPtr, arTerms, lagAt, maLagPtr, maTermPtr, maTerms } from "./polynomial";
import { dot } from "./vector";

/** Steps between two looks at the budget while gaps are carried forward. */
const BLOCK: i32 = 16;
/** Behind the longest state, 5 + 2·10,080 + 1. */
const LEVELS_AT: i32 = 20_480;

/** Horizon of a forecast that is under way, or 0. */
let pending: i32 = 0;
/** Whether the integrated state has been carried forward, and how many steps. */
let carrying: bool = false;
let position: i32 = 0;
const keptPtr: usize = memory.data(112 * 8, 16);
const weightsPtr: usize = memory.data(112 * 8, 16);
const nextPtr: usize = memory.data(112 * 8, 16);

/** What is already known of each coming w (before the recursion on the coming ones), f64[span]. */
export function tailPtr(): usize {
  return restPtr();
}

/** The last d + sD levels. */
export function lastLevelsPtr(): usize {
  return restPtr() + LEVELS_AT * 8;
}

/** The tail from the residuals and w of the lanes. */
export function tailFromLanes(): void {
  const tail = tailPtr();
  const span = max(arSpan(), maSpan());
  memory.fill(tail, 0, <usize>span << 3);
  addTail(lane(LANE_W), arTerms, arLagPtr, arTermPtr);
  addTail(lane(LANE_E), maTerms, maLagPtr, maTermPtr);
}

function addTail(series: usize, terms: i32, lags: usize, weights: usize): void {
  const tail = tailPtr();
  for (let k = 0; k < terms; k++) {
    const lag = lagAt(lags, k);
    const weight = at(weights, k);
    for (let i = max(0, lag - points); i < lag; i++) {
      put(tail, i, at(tail, i) + weight * at(series, points - lag + i));
    }
  }
}

export function tailFromState(state: usize): void {
  memory.copy(tailPtr(), state, <usize>stateSize() << 3);
}

/** Keeps the last levels of the array at `levels`. */
export function keepLevels(levels: usize): void {
  const span = differenceSpan();
  memory.copy(lastLevelsPtr(), levels + (<usize>(count - span) << 3), <usize>span << 3);
}

/** Forecast w of `total` steps in units of the scaled w, and the ψ-weights of the levels. */
function recursions(total: i32): void {
  const f = lane(LANE_AR);
  const psi = lane(LANE_MA);
  const tail = tailPtr();
  const span = max(arSpan(), maSpan());
  memory.fill(psi, 0, <usize>total << 3);
  put(psi, 0, 1);
  for (let k = 0; k < maTerms; k++) {
    const lag = lagAt(maLagPtr, k);
    if (lag < total) put(psi, lag, at(psi, lag) + at(maTermPtr, k));
  }
  for (let h = 0; h < total; h++) {
    let ahead = h < span ? at(tail, h) : 0.0;
    let weight = at(psi, h);
    for (let k = 0; k < arTerms; k++) {
      const lag = lagAt(arLagPtr, k);
      if (lag > h) continue;
      ahead += at(arTermPtr, k) * at(f, h - lag);
      weight += at(arTermPtr, k) * at(psi, h - lag);
    }
    put(f, h, ahead);
    put(psi, h, weight);
  }
  for (let round = 0; round < d; round++) {
    let sum = 0.0;
    for (let h = 0; h < total; h++) {
      sum += at(psi, h);
      put(psi, h, sum);
    }
  }
  if (sd == 1) for (let h = s; h < total; h++) put(psi, h, at(psi, h) + at(psi, h - s));
}

/** u_{n−back} of the levels with the season differenced away. */
function lastSeasonal(back: i32): f64 {
  const levels = lastLevelsPtr();
  const last = differenceSpan() - 1 - back;
  return sd == 1 ? at(levels, last) - at(levels, last - s) : at(levels, last);
}

/** w forecasts of lane AR → levels in the same lane. */
function integrate(total: i32, centre: f64): void {
  const f = lane(LANE_AR);
  for (let h = 0; h < total; h++) put(f, h, at(f, h) * scale + centre);
  if (d == 2) {
    let slope = lastSeasonal(0) - lastSeasonal(1);
    for (let h = 0; h < total; h++) {
      slope += at(f, h);
      put(f, h, slope);
    }
  }
  if (d > 0) {
    let level = lastSeasonal(0);
    for (let h = 0; h < total; h++) {
      level += at(f, h);
      put(f, h, level);
    }
  }
  if (sd == 1) {
    const levels = lastLevelsPtr() + (<usize>(differenceSpan() - s) << 3);
    for (let h = 0; h < total; h++) {
      put(f, h, at(f, h) + (h < s ? at(levels, h) : at(f, h - s)));
    }
  }
}

/** Forgets a forecast that was not finished. */
export function forecastReset(): void {
  pending = 0;
  carrying = false;
}

/**
 * Fills mean and sigma with the steps after the end of the history.
 *
 * @param horizon steps, 1..HORIZON_CAPACITY
 * @param skipped missing steps between the last observation and the end of the history
 * @param integrated whether the integrated state holds what is known
 * @param sigma2 innovation variance in the metric's unit squared
 * @returns units left, or −1 when more are needed
 */
export function forecastSteps(
  horizon: i32, skipped: i32, integrated: bool, centre: f64, sigma2: f64, units: i32,
): i32 {
  const total = horizon + skipped;
  if (isShort() && skipped == 0 && !integrated) {
    shortForecast(horizon, centre, sigma2);
    return max(units, 0);
  }
  if (pending != horizon) {
    endCarry();
    recursions(total);
    if (integrated) beginCarry();
    else integrate(total, centre);
    pending = horizon;
  }
  while (carrying && position < total) {
    if (units <= 0) return -1;
    units -= carry(min(total, position + BLOCK));
  }
  const f = lane(LANE_AR);
  const psi = lane(LANE_MA);
  const excess = lane(LANE_W);
  let sum = 0.0;
  for (let h = 0; h < skipped; h++) sum += at(psi, h) * at(psi, h);
  for (let h = 0; h < horizon; h++) {
    const k = h + skipped;
    sum += at(psi, k) * at(psi, k);
    const variance = integrated ? sum + at(excess, k) : sum;
    put(meanPtr, h, at(f, k));
    put(sigmaPtr, h, sqrt(sigma2 * variance));
  }
  endCarry();
  pending = 0;
  return max(units, 0);
}

/** ARMA orders up to one, at most one difference, no season: everything fits in registers. */
function isShort(): bool {
  return p <= 1 && q <= 1 && sp + sq + sd == 0 && d <= 1;
}

function shortForecast(horizon: i32, centre: f64, sigma2: f64): void {
  const phi = p == 1 ? at(coefPtr, AR) : 0;
  const theta = q == 1 ? at(coefPtr, MA) : 0;
  const sigma = sqrt(sigma2);
  const sums: f64 = d == 1 ? 1 : 0;
  let step = p + q > 0 ? at(tailPtr(), 0) * scale : 0.0;
  let level = d == 1 ? at(lastLevelsPtr(), 0) : 0.0;
  let psi = 1.0;
  let weight = 1.0;
  let sum = 1.0;
  let factor = phi + theta;
  const end = <usize>horizon << 3;
  for (let h: usize = 0; h < end; h += 8) {
    level = sums * level + step + centre;
    store<f64>(meanPtr + h, level);
    store<f64>(sigmaPtr + h, sigma * sqrt(sum));
    step *= phi;
    psi *= factor;
    factor = phi;
    weight = sums * weight + psi;
    sum += weight * weight;
  }
}

function beginCarry(): void {
  carrying = true;
  position = 0;
  memory.copy(keptPtr, diffuse.statePtr, 112 * 8);
  memory.fill(weightsPtr, 0, 112 * 8);
  diffuse.observeWeights(weightsPtr);
}

/** Puts the integrated state back to the end of the history. */
function endCarry(): void {
  if (!carrying) return;
  carrying = false;
  memory.copy(diffuse.statePtr, keptPtr, 112 * 8);
}

/** Carries the integrated state forward; returns the units it took. */
function carry(to: i32): i32 {
  const f = lane(LANE_AR);
  const psi = lane(LANE_MA);
  const excess = lane(LANE_W);
  const size = diffuse.size;
  const from = position;
  for (; position < to; position++) {
    const z = diffuse.observe(diffuse.statePtr);
    put(f, position, diffuse.pathAt(count + position) + scale * z);
    diffuse.advanceState();
    let variance = 0.0;
    if (!diffuse.known) {
      for (let i = 0; i < size; i++) {
        variance += at(weightsPtr, i) * dot(diffuse.row(diffuse.variancePtr, i), weightsPtr, size);
      }
      diffuse.transposed(weightsPtr, nextPtr);
    }
    // The innovation of the step itself is in P too, and in the sum of ψ² already.
    put(excess, position, max(variance - at(psi, position) * at(psi, position), 0));
  }
  return (to - from) * (diffuse.known ? 2 * size + 10 : size * size + 2 * size + 10);
}

/** True when `horizon` more steps behind `skipped` fit the buffers. */
export function horizonFits(horizon: i32, skipped: i32): bool {
  return horizon >= 1 && horizon <= HORIZON_CAPACITY && horizon + skipped <= HISTORY_CAPACITY;
}
