// From the members' walk-forward errors to one forecast: a few candidates, and the mean of the
// middle half of them.
//
// Candidates are the baseline's blend, a blend of all members, each regression and the analogues
// alone. Blends shrink what is by chance; the interquartile mean of the candidates forgives the one
// that has just broken as a median does, without its jumps. Weights are (1 / recent mean error)^1.5
// in units of the best (Bates & Granger 1969, who take the square of it, for plain means).

import { ERRORS_CAPACITY, MEMBERS_CAPACITY, blend, combinedPtr, dot } from "../smoothing/blend";
import { COMBINATION, errorRow } from "../smoothing/blend";
import { LEARNT_CAPACITY, features, members, plainMembers } from "./members";
import { countOf, noted } from "../risk/record";
import { BANDS_CAPACITY, bandErrors, bandMiddle, bands } from "./walk";

/** The baseline's blend, the blend of all, what is learnt. */
export const CANDIDATES_CAPACITY: i32 = 2 + LEARNT_CAPACITY;
/** Fewer walk-forward errors than this tell nothing about a band. */
const ERRORS_MIN: i32 = 8;
/** Part of the best member's squared error added to each one's own (blend.ts). */
const PLAIN_RIDGE: f64 = 0.02;
const ALL_RIDGE: f64 = 0.1;

/** A combination: two blends, the candidates' weights, their recent mean errors, then the root mean
 *  square and the mean absolute size of the combination's own errors. */
export const WEIGHTS: i32 = 2 * COMBINATION;
export const RECENT: i32 = WEIGHTS + CANDIDATES_CAPACITY;
export const SIGMA: i32 = RECENT + CANDIDATES_CAPACITY;
export const COMBINED: i32 = SIGMA + 2;

const combinationsPtr: usize = memory.data(BANDS_CAPACITY * COMBINED * 8, 16);
/** Errors of the candidates, in rows of blend.ts, and of the mean of the middle ones. */
const candidatesPtr: usize = memory.data(
  (CANDIDATES_CAPACITY + 1) * (ERRORS_CAPACITY + 8) * 8, 16,
);
const valuesPtr: usize = memory.data(CANDIDATES_CAPACITY * 8, 16);
const trustedPtr: usize = memory.data(CANDIDATES_CAPACITY * 8, 16);
/** The members' errors at one origin. */
const columnPtr: usize = memory.data(MEMBERS_CAPACITY * 8, 16);
const orderPtr: usize = memory.data(CANDIDATES_CAPACITY * 4, 16);

export let candidates: i32 = 0;

// @ts-ignore: decorator
@inline
export function combination(q: i32): usize {
  return combinationsPtr + <usize>(q * COMBINED) * 8;
}

/** Two blends where there are members beside the baseline's, then what is learnt. */
export function chooseCandidates(): void {
  candidates = members == plainMembers ? 1 : 2 + members - features;
}

// @ts-ignore: decorator
@inline
function candidateErrors(k: i32): usize {
  return errorRow(candidatesPtr, k);
}

/** Errors of the mean of the middle candidates, of the band whose weights were found last. */
// @ts-ignore: decorator
@inline
export function combinedErrors(): usize {
  return candidateErrors(CANDIDATES_CAPACITY);
}

/** The mean of the values between the quartiles of their weights; values `stride` bytes apart. */
function middleMean(values: usize, stride: usize, weights: usize, count: i32): f64 {
  let total = 0.0;
  for (let k = 0; k < count; k++) {
    total += load<f64>(weights + (<usize>k << 3));
    let at = k;
    for (; at > 0; at--) {
      const before = load<i32>(orderPtr + (<usize>(at - 1) << 2));
      const value = load<f64>(values + <usize>k * stride);
      if (load<f64>(values + <usize>before * stride) <= value) break;
      store<i32>(orderPtr + (<usize>at << 2), before);
    }
    store<i32>(orderPtr + (<usize>at << 2), k);
  }
  let below = 0.0;
  let sum = 0.0;
  for (let k = 0; k < count; k++) {
    const place = load<i32>(orderPtr + (<usize>k << 2));
    const weight = load<f64>(weights + (<usize>place << 3));
    const share = min(below + weight, 0.75 * total) - max(below, 0.25 * total);
    if (share > 0) sum += share * load<f64>(values + <usize>place * stride);
    below += weight;
  }
  return sum / (0.5 * total);
}

/**
 * One forecast of the members' ones, at `from`, by a combination.
 *
 * @param shift added to the first candidate, which alone knows of it
 * @param trust in the others, 0..1
 */
export function combined(at: usize, from: usize, shift: f64, trust: f64): f64 {
  store<f64>(valuesPtr, dot(at, from, plainMembers) + shift);
  if (candidates == 1) return load<f64>(valuesPtr);
  store<f64>(valuesPtr, dot(at + (COMBINATION << 3), from, members), 8);
  const learnt = <usize>(members - features) << 3;
  memory.copy(valuesPtr + 16, from + (<usize>features << 3), learnt);
  memory.copy(trustedPtr, at + (WEIGHTS << 3), CANDIDATES_CAPACITY << 3);
  for (let k: usize = 8; k < <usize>candidates << 3; k += 8) {
    store<f64>(trustedPtr + k, trust * load<f64>(trustedPtr + k));
  }
  return middleMean(valuesPtr, 8, trustedPtr, candidates);
}

/** Mean |error| of the candidate in row k, recent ones counting more. */
function recentError(k: i32, count: i32): f64 {
  let sum = 0.0;
  let total = 0.0;
  for (let i = 0; i < count; i++) {
    const importance = <f64>(i + 1) * <f64>(i + 1);
    sum += importance * abs(load<f64>(candidateErrors(k) + (<usize>i << 3)));
    total += importance;
  }
  return sum / total;
}

/** Blends of band q, weights of its candidates, errors of the mean of the middle ones. */
function combine(q: i32, scale: f64): void {
  const count = countOf(q);
  const bytes = <usize>count << 3;
  const at = combination(q);
  const weights = at + (WEIGHTS << 3);
  blend(bandErrors(q), count, plainMembers, PLAIN_RIDGE, at);
  memory.copy(candidateErrors(0), combinedPtr, bytes);
  if (candidates > 1) {
    blend(bandErrors(q), count, members, ALL_RIDGE, at + (COMBINATION << 3));
    memory.copy(candidateErrors(1), combinedPtr, bytes);
  }
  for (let k = 2; k < candidates; k++) {
    memory.copy(candidateErrors(k), errorRow(bandErrors(q), features + k - 2), bytes);
  }
  let best = Infinity;
  for (let k = 0; k < candidates; k++) {
    const error = recentError(k, count);
    store<f64>(at + (<usize>(RECENT + k) << 3), error);
    best = min(best, error);
  }
  for (let k = 0; k < candidates; k++) {
    const error = load<f64>(at + (<usize>(RECENT + k) << 3));
    const share = error > 0 ? best / error : 1.0;
    store<f64>(weights + (<usize>k << 3), share * sqrt(share));
  }
  const row = candidateErrors(1) - candidateErrors(0);
  let size = 0.0;
  for (let i: usize = 0; i < bytes; i += 8) {
    const error = middleMean(candidateErrors(0) + i, row, weights, candidates);
    store<f64>(combinedErrors() + i, error);
    size += abs(error);
    const entry = noted(q, <i32>(i >> 3));
    entry.point = entry.actual + error * scale;
  }
  const sigma = sqrt(dot(combinedErrors(), combinedErrors(), count) / <f64>count);
  store<f64>(at + (SIGMA << 3), sigma);
  store<f64>(at + (SIGMA << 3), size / <f64>count, 8);
}

/** What a combination that the few errors of band q had no part in would have said. */
function noteBorrowed(q: i32, scale: f64): void {
  for (let i = 0; i < countOf(q); i++) {
    for (let m = 0; m < members; m++) {
      const error = load<f64>(errorRow(bandErrors(q), m) + (<usize>i << 3));
      store<f64>(columnPtr + (<usize>m << 3), error);
    }
    const entry = noted(q, i);
    entry.point = entry.actual + combined(combination(q), columnPtr, 0, 1) * scale;
  }
}

/**
 * The combination of each band; where errors are too few, that of the band before with its errors
 * times √h, or the mean over five minutes.
 *
 * @param walk root mean square of the change of the last value, over the scale
 */
export function combineBands(walk: f64, scale: f64): void {
  for (let q = 0; q < bands; q++) {
    const at = combination(q);
    if (countOf(q) >= ERRORS_MIN) {
      combine(q, scale);
      continue;
    }
    if (q > 0) {
      const growth = sqrt(bandMiddle(q) / bandMiddle(q - 1));
      memory.copy(at, combination(q - 1), COMBINED << 3);
      store<f64>(at + (SIGMA << 3), load<f64>(at + (SIGMA << 3)) * growth);
      store<f64>(at + (SIGMA << 3), load<f64>(at + (SIGMA << 3), 8) * growth, 8);
    } else {
      memory.fill(at, 0, COMBINED << 3);
      store<f64>(at, 1, 8);
      store<f64>(at + (WEIGHTS << 3), 1);
      store<f64>(at + (SIGMA << 3), walk);
      store<f64>(at + (SIGMA << 3), walk, 8);
    }
    noteBorrowed(q, scale);
  }
}
