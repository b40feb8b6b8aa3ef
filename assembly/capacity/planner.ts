// Replicas from demand: need → ceil → bounds → change clamps (backwards, then forwards) → bounds.
//
// Each stage is kept in its own buffer, so that the host can explain every number. All are
// f64[HISTORY_CAPACITY], one element per step; replica counts are whole numbers held in f64, which
// keeps conversions out of the loop-carried chain.

import { ERR_CAPACITY, ERR_OPTION, HISTORY_CAPACITY, OK } from "../abi";

const F64: i32 = 8;

/** Demand of each step in the metric's unit; NaN repeats the need of the step before. */
export const demandPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);
/** demand × headroom / targetPerPod, before rounding. */
export const needPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);
/** ceil(need), bound to [min, max]. */
export const boundedPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);
/** After the backward clamp: raised so that the next step can be reached. */
export const raisedPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);
/** The plan: after the forward clamps and the bounds. */
export const planPtr: usize = memory.data(HISTORY_CAPACITY * F64, 16);

/** Products this close to an integer are that integer: 0.1 × 3 / 0.3 needs one pod, not two. */
const TOLERANCE: f64 = 1e-9;

// @ts-ignore: decorator
@inline
function ceilWhole(x: f64): f64 {
  return ceil(x - TOLERANCE);
}

// @ts-ignore: decorator
@inline
function floorWhole(x: f64): f64 {
  return floor(x + TOLERANCE);
}

// @ts-ignore: decorator
@inline
function bound(x: f64, low: f64, high: f64): f64 {
  return min(max(x, low), high);
}

/**
 * Plans `n` steps of the demand buffer.
 *
 * @param n steps, 1..HISTORY_CAPACITY
 * @param headroom factor on the demand, > 0
 * @param targetPerPod demand that one pod serves, > 0
 * @param minReplicas lower bound, ≥ 0
 * @param maxReplicas upper bound, ≥ minReplicas
 * @param upMaxFactor largest growth from one step to the next, > 1
 * @param downMaxPercent largest fall from one step to the next, 0..100
 * @param previous replicas of the step before the first, or negative for an unclamped start
 */
export function plan(
  n: i32,
  headroom: f64,
  targetPerPod: f64,
  minReplicas: f64,
  maxReplicas: f64,
  upMaxFactor: f64,
  downMaxPercent: f64,
  previous: f64,
): i32 {
  if (n < 1 || n > HISTORY_CAPACITY) return ERR_CAPACITY;
  if (!(headroom > 0) || !(targetPerPod > 0) || !(upMaxFactor > 1)) return ERR_OPTION;
  if (!(minReplicas >= 0) || !(maxReplicas >= minReplicas)) return ERR_OPTION;
  if (!(downMaxPercent >= 0) || !(downMaxPercent <= 100)) return ERR_OPTION;

  const end = <usize>n << 3;
  let carried = 0.0;
  for (let i: usize = 0; i < end; i += 8) {
    const need = (load<f64>(demandPtr + i) * headroom) / targetPerPod;
    carried = need == need ? need : carried;
    store<f64>(needPtr + i, carried);
    store<f64>(boundedPtr + i, bound(ceilWhole(carried), minReplicas, maxReplicas));
  }

  let next = 0.0;
  for (let i: usize = end; i > 0; i -= 8) {
    next = max(load<f64>(boundedPtr + i - 8), ceilWhole(next / upMaxFactor));
    store<f64>(raisedPtr + i - 8, next);
  }

  const keep = 1.0 - downMaxPercent / 100.0;
  let before = previous >= 0 ? previous : load<f64>(raisedPtr);
  for (let i: usize = 0; i < end; i += 8) {
    const low = floorWhole(before * keep);
    const high = ceilWhole(max(before, 1.0) * upMaxFactor);
    before = bound(bound(load<f64>(raisedPtr + i), low, high), minReplicas, maxReplicas);
    store<f64>(planPtr + i, before);
  }
  return OK;
}
