// Orders when they are left open. D by the strength of the season, d by repeated KPSS tests, then
// p, q, P, Q and the constant by a stepwise search for the least AICc (Hyndman & Khandakar 2008, J.
// Stat. Softw. 27(3), §3.1–3.2). Candidates share d and D, see the same last points and are
// compared by their conditional sum of squares; the winner is then fitted to the whole history.

import {
  AR, LANE_CONSTANT, LANE_E, LANE_W, MA, MAX_ORDER, MAX_SEASONAL, SAR, SMA,
  arSpan, at, coefPtr, coefficientCount, constant, lane, maSpan, p, put, q, s, setDifferences,
  setOrders, sp, sq,
} from "./orders";
import { effectivePoints } from "./css";
import {
  count, degenerate, difference, first, levelPtr, observed, points, scale, standardise, useLevels,
} from "./difference";
import * as gauss from "./gauss";
import { guess } from "./start";
import { rootsBeyond, toCoefficients } from "./transform";
import { KPSS_CRITICAL, kpssLevel } from "../stats/kpss";
import { STRENGTH_CRITICAL, seasonalStrength } from "../stats/seasonal-strength";

/** Points that the search looks at. */
const WINDOW: i32 = 2_000;
/** Candidates at most, as many as Hyndman & Khandakar's own program. */
const CANDIDATES: i32 = 94;
/** Roots nearer to the unit circle than this disqualify a candidate (op. cit. §3.2). */
const MODULUS_MIN: f64 = 1.001;
const DELTAS: i32 = 16;
const STARTS: i32 = 5;

const seenPtr: usize = memory.data(648, 16);
/** Best orders: p, q, P, Q, constant. */
const bestPtr: usize = memory.data(5 * 4, 16);
/** Orders of the candidate in work. */
const candidatePtr: usize = memory.data(5 * 4, 16);
/** What may vary: the wanted order, or −1. */
const openPtr: usize = memory.data(5 * 4, 16);
/** Steps in (p, q, P, Q, constant), one row each; the last toggles the constant. */
const deltaPtr: usize = memory.data<i8>([
  1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0,
  1, 1, 0, 0, 0, -1, -1, 0, 0, 0, 1, -1, 0, 0, 0, -1, 1, 0, 0, 0,
  0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0,
  0, 0, 1, 1, 0, 0, 0, -1, -1, 0, 0, 0, 1, -1, 0, 0, 0, 0, 0, 1,
]);
/** First candidates (op. cit. §3.2, step 1), and white noise without the constant. */
const startPtr: usize = memory.data<i8>([
  2, 2, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0,
]);

let trying: bool = false;
let peak: f64 = 0;
let next: i32 = 0;
let starting: bool = true;
let tried: i32 = 0;
let bestAicc: f64 = Infinity;
/** 1 when the chosen model has a constant. */
export let chosenConstant: i32 = 0;

function small(table: usize, index: i32): i32 {
  return load<i8>(table + index);
}

function word(table: usize, index: i32): i32 {
  return load<i32>(table + (<usize>index << 2));
}

function setWord(table: usize, index: i32, value: i32): void {
  store<i32>(table + (<usize>index << 2), value);
}

/** Restricts the levels in use to the last `most`, beginning with an observed one. */
function lastLevels(most: i32): void {
  if (count <= most) return;
  let skip = count - most;
  while (at(levelPtr(), skip) != at(levelPtr(), skip)) skip++;
  useLevels(first + skip, count - skip);
}

/** Sets d and D where they are negative, from the levels in use (which it may shorten). */
export function chooseDifferences(differences: i32, seasonalDifferences: i32): void {
  const from = first;
  const length = count;
  let seasonal = s > 0 ? seasonalDifferences : 0;
  if (seasonal < 0) {
    lastLevels(max(WINDOW, 4 * s));
    const strength = seasonalStrength(levelPtr(), count, s, lane(LANE_E));
    seasonal = strength > STRENGTH_CRITICAL ? 1 : 0;
    useLevels(from, length);
  }
  let chosen = differences;
  if (chosen < 0) {
    lastLevels(WINDOW + (seasonal == 1 ? s : 0));
    if (seasonal == 1 && count <= 2 * s) useLevels(from, length);
    for (chosen = 0; chosen < 2; chosen++) {
      setDifferences(chosen, seasonal, s);
      difference();
      if (kpssLevel(lane(LANE_CONSTANT), compress()) <= KPSS_CRITICAL) break;
    }
    useLevels(from, length);
  }
  setDifferences(chosen, seasonal, s);
}

/** Observed w, closed up, into the lane that the test works in. */
function compress(): i32 {
  const w = lane(LANE_W);
  const to = lane(LANE_CONSTANT);
  let n = 0;
  for (let t = 0; t < points; t++) {
    const value = at(w, t);
    if (value == value) {
      put(to, n, value);
      n++;
    }
  }
  return n;
}

/**
 * Starts a search over the orders that are negative.
 *
 * @param wanted whether the model has a constant
 * @param choosing whether a constant (drift) is itself up to the search
 * @param largest largest |y| of the history
 * @returns false when there are too few points for any model
 */
export function searchBegin(
  ar: i32, ma: i32, seasonalAr: i32, seasonalMa: i32, wanted: i32, choosing: bool,
  largest: f64,
): bool {
  peak = largest;
  lastLevels(WINDOW);
  difference();
  setWord(openPtr, 0, ar);
  setWord(openPtr, 1, ma);
  setWord(openPtr, 2, s > 0 ? seasonalAr : 0);
  setWord(openPtr, 3, s > 0 ? seasonalMa : 0);
  setWord(openPtr, 4, choosing ? -1 : wanted);
  for (let i = 0; i < 4; i++) setWord(bestPtr, i, max(0, word(openPtr, i)));
  setWord(bestPtr, 4, choosing ? 0 : wanted);
  memory.fill(seenPtr, 0, 648);
  bestAicc = Infinity;
  starting = true;
  trying = false;
  next = 0;
  tried = 0;
  return points >= 3;
}

/** One block or one candidate's start; the units it took, 0 when the orders are chosen and set. */
export function searchStep(): i32 {
  if (trying) {
    const cost = gauss.gaussCost();
    if (gauss.gaussStep()) judge();
    return cost;
  }
  while (tried < CANDIDATES) {
    if (next >= (starting ? STARTS : DELTAS)) {
      if (!starting) break;
      starting = false;
      next = 0;
    }
    const row = next++;
    if (propose(row)) {
      tried++;
      return 10 * points + 1000;
    }
  }
  setOrders(
    word(bestPtr, 0), word(bestPtr, 1), word(bestPtr, 2), word(bestPtr, 3), word(bestPtr, 4),
  );
  chosenConstant = word(bestPtr, 4);
  return 0;
}

function limit(i: i32): i32 {
  return i < 2 ? MAX_ORDER : i < 4 ? (s > 0 ? MAX_SEASONAL : 0) : 1;
}

/** Sets up the candidate of a row of the table in use; false when it was seen or is impossible. */
function propose(row: i32): bool {
  let cell = 0;
  const orders = candidatePtr;
  for (let i = 0; i < 5; i++) {
    const open = word(openPtr, i);
    let value = open;
    if (open < 0) {
      value = starting
        ? min(small(startPtr, row * 5 + i), limit(i))
        : word(bestPtr, i) + small(deltaPtr, row * 5 + i);
      if (i == 4 && !starting) value &= 1;
      if (value < 0 || value > limit(i)) return false;
    }
    setWord(orders, i, value);
    cell = cell * (i < 2 ? 6 : i < 4 ? 3 : 2) + value;
  }
  if (load<u8>(seenPtr + cell) != 0) return false;
  store<u8>(seenPtr + cell, 1);
  setOrders(word(orders, 0), word(orders, 1), word(orders, 2), word(orders, 3), word(orders, 4));
  difference();
  standardise(constant == 1, false, 0, peak);
  const span = max(arSpan(), maSpan());
  const needed = coefficientCount() + constant + 2;
  if (points <= span || observed < needed || effectivePoints() < needed) return false;
  if (degenerate) {
    if (coefficientCount() == 0 && bestAicc == Infinity) take(-Infinity);
    return false;
  }
  guess(gauss.freePtr, 0);
  put(gauss.freePtr, coefficientCount(), 0);
  gauss.gaussBegin();
  trying = true;
  return true;
}

function take(aicc: f64): void {
  bestAicc = aicc;
  memory.copy(bestPtr, candidatePtr, 5 * 4);
  if (!starting) next = 0;
}

/** The AICc of the candidate that was just fitted decides. */
function judge(): void {
  trying = false;
  toCoefficients(gauss.freePtr);
  if (!rootsBeyond(coefPtr + AR * 8, p, 1, MODULUS_MIN)) return;
  if (!rootsBeyond(coefPtr + MA * 8, q, -1, MODULUS_MIN)) return;
  if (!rootsBeyond(coefPtr + SAR * 8, sp, 1, MODULUS_MIN)) return;
  if (!rootsBeyond(coefPtr + SMA * 8, sq, -1, MODULUS_MIN)) return;
  const n = <f64>observed;
  const k = <f64>(coefficientCount() + constant + 1);
  if (n - k - 1 < 1) return;
  const variance = max(gauss.best / <f64>max(1, effectivePoints()), 1e-26);
  const aicc =
    n * (Math.log(variance) + 2 * Math.log(scale)) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
  if (aicc < bestAicc) take(aicc);
}
