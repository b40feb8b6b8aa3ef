// What is taken of errors before enough were seen: normal values of the size that the model itself
// says at the first step, larger the farther ahead as far as the metric wanders, and of the peak
// the highest of several.

import { normalQuantile } from "../stats/normal";
import { changes, persistence } from "./signs";

/** Errors that the prior counts for. */
export const PRIOR_ERRORS: f64 = 8;
/** Of what the median is read off: nothing but the normal distribution. */
export const MEDIAN_PRIOR: f64 = 0;
/** 1 / mean absolute value of a standard normal variable: the prior's expected size is 1. */
const NORMAL_SPREAD: f64 = 1.2533141373155003;
/** Values of the prior, equally likely. */
export const PRIORS: i32 = 32;
/** The highest value of a walk over some steps is like that of so many independent ones as large as
 *  its last: of two for ever smaller steps (by reflection, Feller 1968, III.7), of one for one. */
const WALK_NORMALS: f64 = 1.5;

/** Size of an error `steps` ahead over that one step ahead: as large for noise around a level, as
 *  the square root of the steps for a walk. */
export function growthOf(steps: f64): f64 {
  return sqrt(steps / (steps - persistence * (steps - 1)));
}

/** Independent normal values whose highest is like the peak of so many steps. */
export function normalsOf(steps: i32): f64 {
  return <f64>steps - persistence * max(<f64>steps - WALK_NORMALS, 0);
}

/** Value k of the highest of so many. */
function highest(k: i32, normals: f64): f64 {
  const level = (<f64>k + 0.5) / <f64>PRIORS;
  return normalQuantile(normals == 1 ? level : Math.exp(Math.log(level) / normals));
}

/** Mean size of the highest of so many standard normal values. */
export function highestSize(normals: f64): f64 {
  let sum = 0.0;
  for (let k = 0; k < PRIORS; k++) sum += abs(highest(k, normals));
  return sum / <f64>PRIORS;
}

/**
 * Value k of the prior, over its mean size: MEDIAN_PRIOR is normal; otherwise the highest of that
 * many normal values, in standard deviations that are known from as many values as the history has
 * changes: Student's t (Fisher's expansion, first term).
 */
export function priorValue(k: i32, normals: f64): f64 {
  if (normals == MEDIAN_PRIOR) return highest(k, 1) * NORMAL_SPREAD;
  const value = highest(k, normals);
  return (value * (1 + (value * value + 1) / (4 * max(changes, 1)))) / highestSize(normals);
}
