// Point forecasts and their standard errors (Box & Jenkins 1976, §5.1–5.2): the ARMA recursion from
// what is known at the end, differenced back exactly from the last levels; variance σ² Σ ψ_j² of
// the integrated process. Where the filter has not converged, or gaps near the end left something
// unknown, the state's own covariance P adds to it: P is peeled into Σ x xᵀ, and every x goes the
// way of the points, as ψ does.

import { HISTORY_CAPACITY, HORIZON_CAPACITY, meanPtr, sigmaPtr } from "../abi";
import {
  AR, LANE_AR, LANE_E, LANE_MA, LANE_W, MA, arSpan, at, coefPtr, d, differenceSpan, lane, maSpan, p,
  put, q, restPtr, s, sd, sp, sq, stateSize,
} from "./orders";
import { count, points, scale } from "./difference";
import * as diffuse from "./diffuse";
import { arLagPtr, arTermPtr, arTerms, lagAt, maLagPtr, maTermPtr, maTerms } from "./polynomial";
import { addScaled } from "./vector";

/** Behind the longest state, 5 + 2·10,080 + 1; as far behind it levels of an impulse, zeros. */
const LEVELS_AT: i32 = 20_480;
const ZEROS_AT: i32 = 30_720;
/** A pivot below this part of its variance is rounding. */
const ROUNDING: f64 = 1e-12;

/** Horizon of a forecast that is under way, or 0. */
let pending: i32 = 0;
/** Columns of the covariance that are done. */
let peeled: i32 = 0;

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
  memory.fill(tail, 0, <usize>stateSize() << 3);
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

/** x, the response of w to a state, f64[r] → its response over `total` steps. */
function unroll(x: usize, total: i32): void {
  const r = stateSize();
  if (r < total) memory.fill(x + (<usize>r << 3), 0, <usize>(total - r) << 3);
  for (let h = 0; h < total; h++) {
    let sum = at(x, h);
    for (let k = 0; k < arTerms; k++) {
      const lag = lagAt(arLagPtr, k);
      if (lag <= h) sum += at(arTermPtr, k) * at(x, h - lag);
    }
    put(x, h, sum);
  }
}

/** u_{n−back} of the levels with the season differenced away. */
function lastSeasonal(levels: usize, back: i32): f64 {
  const last = differenceSpan() - 1 - back;
  return sd == 1 ? at(levels, last) - at(levels, last - s) : at(levels, last);
}

/** Running sums from `start`. */
function cumulate(x: usize, total: i32, start: f64): void {
  for (let h = 0; h < total; h++) {
    start += at(x, h);
    put(x, h, start);
  }
}

/** w → levels, in place, behind the d + sD levels at `levels`. */
function integrate(x: usize, total: i32, levels: usize): void {
  if (d == 2) cumulate(x, total, lastSeasonal(levels, 0) - lastSeasonal(levels, 1));
  if (d > 0) cumulate(x, total, lastSeasonal(levels, 0));
  if (sd == 0) return;
  const season = levels + (<usize>d << 3);
  for (let h = 0; h < total; h++) put(x, h, at(x, h) + (h < s ? at(season, h) : at(x, h - s)));
}

/** Points and ψ-weights of the levels. */
function responses(total: i32, centre: f64): void {
  const f = lane(LANE_AR);
  const psi = lane(LANE_MA);
  const zeros = restPtr() + ZEROS_AT * 8;
  memory.copy(f, tailPtr(), <usize>stateSize() << 3);
  unroll(f, total);
  for (let h = 0; h < total; h++) put(f, h, at(f, h) * scale + centre);
  integrate(f, total, lastLevelsPtr());
  memory.fill(psi, 0, <usize>stateSize() << 3);
  put(psi, 0, 1);
  for (let k = 0; k < maTerms; k++) {
    const lag = lagAt(maLagPtr, k);
    put(psi, lag, at(psi, lag) + at(maTermPtr, k));
  }
  unroll(psi, total);
  memory.fill(zeros, 0, <usize>differenceSpan() << 3);
  integrate(psi, total, zeros);
  const excess = lane(LANE_W);
  for (let h = 0; h < total; h++) put(excess, h, -at(psi, h) * at(psi, h));
}

/** Adds what the next column of the covariance contributes; returns the units it took. */
function peel(total: i32): i32 {
  const left = diffuse.otherPtr;
  const size = diffuse.size;
  const k = peeled++;
  const column = diffuse.row(left, k);
  const pivot = at(column, k);
  if (!(pivot > ROUNDING * at(diffuse.row(diffuse.variancePtr, k), k))) return size;
  const x = lane(LANE_E);
  const r = stateSize();
  const levels = restPtr() + ZEROS_AT * 8;
  memory.copy(x, column, <usize>r << 3);
  for (let i = r; i < size; i++) put(levels, size - 1 - i, at(column, i));
  unroll(x, total);
  integrate(x, total, levels);
  const excess = lane(LANE_W);
  for (let h = 0; h < total; h++) {
    put(excess, h, at(excess, h) + (at(x, h) * at(x, h)) / pivot);
  }
  for (let i = k + 1; i < size; i++) {
    addScaled(diffuse.row(left, i), column, size, -at(column, i) / pivot);
  }
  return size * size + total * (10 + 2 * arTerms);
}

/** Forgets a forecast that was not finished. */
export function forecastReset(): void {
  pending = 0;
}

/**
 * Fills mean and sigma with the steps after the end of the history.
 *
 * @param horizon steps, 1..HORIZON_CAPACITY
 * @param skipped missing steps between the last observation and the end of the history
 * @param uncertain whether the filter's state has a covariance to be added
 * @param sigma2 innovation variance in the metric's unit squared
 * @returns units left, or −1 when more are needed
 */
export function forecastSteps(
  horizon: i32, skipped: i32, uncertain: bool, centre: f64, sigma2: f64, units: i32,
): i32 {
  const total = horizon + skipped;
  if (isShort() && skipped == 0 && !uncertain) {
    shortForecast(horizon, centre, sigma2);
    return max(units, 0);
  }
  if (pending != horizon) {
    responses(total, centre);
    memory.copy(diffuse.otherPtr, diffuse.variancePtr, diffuse.VARIANCE_BYTES);
    peeled = 0;
    pending = horizon;
  }
  while (uncertain && peeled < diffuse.size) {
    if (units <= 0) return -1;
    units -= peel(total);
  }
  const f = lane(LANE_AR);
  const psi = lane(LANE_MA);
  const excess = lane(LANE_W);
  let sum = 0.0;
  for (let k = 0; k < total; k++) {
    sum += at(psi, k) * at(psi, k);
    if (k < skipped) continue;
    // The innovation of the step itself is in P too, and in the sum of ψ² already.
    const variance = uncertain ? sum + max(at(excess, k), 0) : sum;
    put(meanPtr, k - skipped, at(f, k));
    put(sigmaPtr, k - skipped, sqrt(sigma2 * variance));
  }
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

/** True when `horizon` more steps behind `skipped` fit the buffers. */
export function horizonFits(horizon: i32, skipped: i32): bool {
  return horizon >= 1 && horizon <= HORIZON_CAPACITY && horizon + skipped <= HISTORY_CAPACITY;
}
