// The drift alarm: the test of Page and Hinkley (Page 1954, "Continuous inspection schemes"; Gama
// et al. 2004, "Learning with drift detection") on the walk-forward errors, each over the size that
// the older two thirds of the record make one expect: on their sizes, and on each side, where a run
// of large errors of one sign rings soon and a spike, which both signs follow, does not. What the
// errors are like has changed then; the change began where their cumulated excess was 0 last. The
// errors before count for less from then on, so that the quantiles are soon those of the new kind,
// and wider meanwhile, because fewer errors are left beside the prior.

import { ROWS_CAPACITY, bands, countOf, noted, rows } from "./record";
import { scaledError, weightAt } from "./spread";

/** Errors up to which there is no drift: of any size, on one side. */
const USUAL: f64 = 1.5;
const SIDE_USUAL: f64 = 3;
/** What smaller errors count for, of either side. */
const SIDE_SMALL: f64 = 1;
/** Larger errors count for no more. */
const LARGEST: f64 = 4;
const SIDE_LARGEST: f64 = 8;
/** Excess that raises the alarm, cumulated over origins. */
export const ALARM: f64 = 8;
const OLD_WEIGHT: f64 = 0.2;
/** Errors of a row that those before a drift on one side count for. */
const OLD_ERRORS: f64 = 8;
/** The tests: of sizes, then of errors upwards and of errors downwards. */
const SIZES: usize = 0;
const UPWARDS: usize = 1;
const DOWNWARDS: usize = 2;
export const TESTS: usize = 3;

const nextPtr: usize = memory.data(ROWS_CAPACITY * 4, 16);
/** Of each test the cumulated excess, f64, and the step after which it rose, i32. */
const testsPtr: usize = memory.data(3 * 16, 16);

/** Largest excess of the tests. */
export let excess: f64 = 0;
/** Step of the history after which the excess rose that raised the alarm last. */
export let since: i32 = 0;

// @ts-ignore: decorator
@inline
function excessOf(test: usize): f64 {
  return load<f64>(testsPtr + (test << 4));
}

/** Adds to the cumulated excess of a test, which starts anew from 0. */
function cumulate(test: usize, error: f64, largest: f64, usual: f64, time: i32): void {
  const at = testsPtr + (test << 4);
  const sum = load<f64>(at) + (min(error, largest) - usual) / <f64>bands;
  store<f64>(at, max(sum, 0));
  if (sum <= 0) store<i32>(at, time, 8);
}

/** Runs the tests over the errors of the bands in the order in which they became known, up to the
 *  last step of the history. */
export function watchDrift(last: i32): void {
  memory.fill(nextPtr, 0, ROWS_CAPACITY << 2);
  memory.fill(testsPtr, 0, TESTS << 4);
  for (let time = 0; time <= last; time++) {
    let first = 0;
    for (let row = 0; row < bands; row++) {
      const next = nextPtr + (<usize>row << 2);
      for (; load<i32>(next) < countOf(row); store<i32>(next, load<i32>(next) + 1)) {
        const entry = noted(row, load<i32>(next));
        const known = entry.origin + entry.steps;
        if (known > time) break;
        const error = scaledError(first + load<i32>(next));
        const isLarge = abs(error) > SIDE_USUAL;
        cumulate(SIZES, abs(error), LARGEST, USUAL, known);
        cumulate(UPWARDS, isLarge ? error : SIDE_SMALL, SIDE_LARGEST, SIDE_USUAL, known);
        cumulate(DOWNWARDS, isLarge ? -error : SIDE_SMALL, SIDE_LARGEST, SIDE_USUAL, known);
      }
      first += countOf(row);
    }
  }
  excess = max(max(excessOf(SIZES), excessOf(UPWARDS)), excessOf(DOWNWARDS));
}

/** Where a test before `end` raised the alarm, takes weight from the errors that were known before
 *  its excess rose. */
export function forgetBefore(end: usize): void {
  for (let test: usize = 0; test < end; test++) {
    if (excessOf(test) <= ALARM) continue;
    since = load<i32>(testsPtr + (test << 4), 8);
    let p = 0;
    for (let row = 0; row < rows(); row++) {
      const share = test == SIZES ? OLD_WEIGHT : min(1, OLD_ERRORS / <f64>countOf(row));
      for (let k = 0; k < countOf(row); k++, p++) {
        const entry = noted(row, k);
        if (entry.origin + entry.steps > since) continue;
        store<f64>(weightAt(p), share * load<f64>(weightAt(p)));
      }
    }
  }
}
