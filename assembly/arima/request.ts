// What the host hands in: the history's observed part, and parameters to evaluate at.

import { ERR_NOT_FINITE, ERR_OPTION, ERR_TOO_SHORT, OK, historyPtr, paramsPtr } from "../abi";
import { AR, MA, SAR, SMA, at, coefPtr } from "./orders";
import { absoluteMax } from "./difference";
import { clearCoefficients, rootsBeyond } from "./transform";

/** Larger values have no finite sum of squares. */
const PEAK_MAX: f64 = 1e150;

/** First observed point, points from there to the last observed one, and missing ones behind it. */
export let begun: i32 = 0;
export let length: i32 = 0;
export let skipped: i32 = 0;
/** Largest |y|. */
export let peak: f64 = 0;
/** Innovation variance to evaluate at, NaN = concentrated. */
export let givenSigma2: f64 = NaN;

/** Finds the observed part of the first n values. */
export function trim(n: i32): i32 {
  let from = 0;
  let to = n;
  while (from < to && at(historyPtr, from) != at(historyPtr, from)) from++;
  while (to > from && at(historyPtr, to - 1) != at(historyPtr, to - 1)) to--;
  peak = absoluteMax(historyPtr + (<usize>from << 3), to - from);
  if (peak > PEAK_MAX) return ERR_NOT_FINITE;
  begun = from;
  length = to - from;
  skipped = n - to;
  givenSigma2 = NaN;
  return length > 0 ? OK : ERR_TOO_SHORT;
}

/** Mean of w to evaluate at. */
export function givenMean(): f64 {
  return at(paramsPtr, 13);
}

/** Takes `n` coefficients of params; false when they are not stationary or not invertible. */
function take(from: i32, slot: i32, n: i32, sign: f64): bool {
  const to = coefPtr + (<usize>slot << 3);
  memory.copy(to, paramsPtr + (<usize>from << 3), <usize>n << 3);
  return rootsBeyond(to, n, sign, 1);
}

/** Reads the parameters to evaluate at into the coefficient slots. */
export function readGiven(ar: i32, ma: i32, seasonalAr: i32, seasonalMa: i32): i32 {
  if (ar < 0 || ma < 0 || seasonalAr < 0 || seasonalMa < 0) return ERR_OPTION;
  givenSigma2 = at(paramsPtr, 8);
  if (!(abs(givenMean()) < Infinity)) return ERR_OPTION;
  if (givenSigma2 <= 0 || givenSigma2 == Infinity) return ERR_OPTION;
  clearCoefficients();
  if (!take(14, AR, ar, 1) || !take(19, MA, ma, -1)) return ERR_OPTION;
  return take(24, SAR, seasonalAr, 1) && take(26, SMA, seasonalMa, -1) ? OK : ERR_OPTION;
}
