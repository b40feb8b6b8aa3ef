// The drift alarm: the test of Page and Hinkley (Page 1954, "Continuous inspection schemes"; Gama
// et al. 2004, "Learning with drift detection") on the sizes of the walk-forward errors, each over
// the size that the older two thirds of the record make one expect. A run of larger ones means that
// what the errors are like has changed; the change began where their cumulated excess was lowest.
// The errors before count for a fifth from then on, so that the quantiles are soon those of the new
// kind, and wider meanwhile, because fewer errors are left beside the prior.

import { bands, countOf, noted } from "./record";
import { items, ratioOf, rowAt, weightAt } from "./spread";

/** Excess of the mean size that is not yet drift. */
const TOLERANCE: f64 = 0.5;
/** Excess that raises the alarm, cumulated over origins. */
export const ALARM: f64 = 8;
const RATIO_MAX: f64 = 4;
const OLD_WEIGHT: f64 = 0.2;

const nextPtr: usize = memory.data(16 * 4, 16);

/** Cumulated excess since it was lowest. */
export let excess: f64 = 0;
/** Step of the history after which the excess rose; -1 while there is none. */
export let since: i32 = -1;

// @ts-ignore: decorator
@inline
function nextAt(row: i32): usize {
  return nextPtr + (<usize>row << 2);
}

/** The band whose next error became known first, or -1 after the last. */
function earliest(): i32 {
  let found = -1;
  let time = i32.MAX_VALUE;
  for (let row = 0; row < bands; row++) {
    const k = load<i32>(nextAt(row));
    if (k == countOf(row)) continue;
    const entry = noted(row, k);
    if (entry.origin + entry.steps >= time) continue;
    time = entry.origin + entry.steps;
    found = row;
  }
  return found;
}

/** First of a band's errors among all. */
function firstOf(row: i32): i32 {
  let first = 0;
  for (let before = 0; before < row; before++) first += countOf(before);
  return first;
}

/** Runs the test over the errors of the bands in the order in which they became known. */
export function watchDrift(): bool {
  memory.fill(nextPtr, 0, 16 * 4);
  let sum = 0.0;
  let lowest = 0.0;
  since = -1;
  for (let row = earliest(); row >= 0; row = earliest()) {
    const k = load<i32>(nextAt(row));
    store<i32>(nextAt(row), k + 1);
    const ratio = min(ratioOf(firstOf(row) + k), RATIO_MAX);
    sum += (ratio - 1 - TOLERANCE) / <f64>bands;
    if (sum > lowest) continue;
    lowest = sum;
    since = noted(row, k).origin + noted(row, k).steps;
  }
  excess = sum - lowest;
  return excess > ALARM;
}

/** Takes weight from the errors that became known up to `since`. */
export function forgetBefore(): void {
  let k = 0;
  for (let p = 0; p < items; p++, k++) {
    const row = <i32>load<f64>(rowAt(p));
    if (p > 0 && <i32>load<f64>(rowAt(p - 1)) != row) k = 0;
    const entry = noted(row, k);
    if (entry.origin + entry.steps > since) continue;
    store<f64>(weightAt(p), OLD_WEIGHT * load<f64>(weightAt(p)));
  }
}
