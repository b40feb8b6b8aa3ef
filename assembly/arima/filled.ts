// Gaps with a state too large for the exact filter: the conditional recursion on the levels
// themselves. A missing level is what the model predicts and its residual is zero, i.e. the filter
// with its limiting gain; what comes after it is seen against that prediction. Only the recursion's
// own memory is filled.

import { LANE_CONSTANT, LANE_E, LANE_W, at, d, differenceSpan, lane, put, s, sd } from "./orders";
import { centre, count, levelPtr, scale } from "./difference";
import { arLagPtr, arTermPtr, arTerms, lagAt, maLagPtr, maTermPtr, maTerms } from "./polynomial";

export function filledPtr(): usize {
  return lane(LANE_CONSTANT);
}

/** What levels before t add to level t: y_t − w_t. */
function carried(y: usize, t: i32): f64 {
  let sum = 0.0;
  if (d == 1) sum = at(y, t - 1);
  if (d == 2) sum = 2 * at(y, t - 1) - at(y, t - 2);
  if (sd == 0) return sum;
  sum += at(y, t - s);
  if (d == 1) sum -= at(y, t - s - 1);
  if (d == 2) sum -= 2 * at(y, t - s - 1) - at(y, t - s - 2);
  return sum;
}

/**
 * Writes levels, w and residuals (lanes CONSTANT, W and E) at the coefficients of the last pass.
 */
export function fillLevels(): void {
  const y = filledPtr();
  const w = lane(LANE_W);
  const e = lane(LANE_E);
  const span = differenceSpan();
  memory.copy(y, levelPtr(), <usize>count << 3);
  for (let t = 1; t < span; t++) {
    if (at(y, t) != at(y, t)) put(y, t, at(y, t - 1));
  }
  for (let t = span; t < count; t++) {
    const i = t - span;
    let prediction = 0.0;
    for (let k = 0; k < arTerms; k++) {
      const lag = lagAt(arLagPtr, k);
      if (i >= lag) prediction += at(arTermPtr, k) * at(w, i - lag);
    }
    for (let k = 0; k < maTerms; k++) {
      const lag = lagAt(maLagPtr, k);
      if (i >= lag) prediction += at(maTermPtr, k) * at(e, i - lag);
    }
    const before = carried(y, t);
    const missing = at(y, t) != at(y, t);
    if (missing) put(y, t, before + centre + scale * prediction);
    const value = missing ? prediction : (at(y, t) - before - centre) / scale;
    put(w, i, value);
    put(e, i, value - prediction);
  }
}
