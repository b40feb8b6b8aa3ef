// The members of the ensemble at one origin: those of the baseline, the medians of the last days
// and weeks, the regressions on all of these, the analogues and the harmonic model.

import { historyPtr } from "../abi";
import {
  forecastMembers, last, membersPtr, nextStep, observe, resetMembers,
} from "../smoothing/members";
import { forecastAnalog } from "./analog";
import { forecastPeriodic } from "./periodic";
import { REGRESSIONS, forecastRegressions, noteRecent } from "./regression";
import { forecastUsual, resetUsual } from "./usual";

/** Groups of members that can be left out: bits of `without`. */
const MEDIANS: i32 = 1;
export const LEARNT: i32 = 2;
const ANALOGUES: i32 = 4;
export const PERIODIC: i32 = 8;
/** Most members that are learnt: regressions, analogues and the harmonic model. */
export const LEARNT_CAPACITY: i32 = REGRESSIONS + 2;

/** Members of the baseline; those that the regressions are on; all. */
export let plainMembers: i32 = 0;
export let features: i32 = 0;
export let members: i32 = 0;

/** Whether analogues and the harmonic model are among what is learnt, behind the regressions. */
let analogues: i32 = 0;
export let periodic: i32 = 0;

let usual: i32 = 0;
let seen: i32 = 0;

/**
 * Begins with the value at index `start` of the history, which is observed.
 *
 * @param steps of history from there on
 * @param span steps of history that decide on what there is, of which two days are needed
 * @param startSeconds epoch seconds at which that step starts
 * @param learns whether there is anything learnt
 * @param without groups of members that are left out
 * @param season steps of a season beside the calendar's, 0 = none
 */
export function resetAll(
  start: i32, steps: i32, span: i32, step: f64, startSeconds: f64, horizon: i32, learns: bool,
  without: i32, season: f64,
): void {
  const value = load<f64>(historyPtr + (<usize>start << 3));
  plainMembers = resetMembers(value, step, steps, span, startSeconds, horizon);
  seen = start;
  usual = (without & MEDIANS) != 0 ? 0 : resetUsual(start, span, <i32>step, season);
  features = plainMembers + usual;
  analogues = (without & ANALOGUES) != 0 ? 0 : 1;
  periodic = learns && (without & PERIODIC) == 0 ? 1 : 0;
  members = features + (learns ? REGRESSIONS + analogues + periodic : 0);
  noteRecent(start, value, true);
}

/** Takes in the step i of the history, the one after the step before. */
export function observeAll(i: i32): void {
  nextStep();
  const value = load<f64>(historyPtr + (<usize>i << 3));
  if (value == value) {
    observe(value, i - seen);
    seen = i;
  }
  noteRecent(i, last, false);
}

/** The features of the regressions `steps` after step i, into membersPtr. */
export function forecastFeatures(i: i32, steps: i32): void {
  forecastMembers(steps);
  if (usual > 0) forecastUsual(i, steps, last, membersPtr + (<usize>plainMembers << 3));
}

/** What the regressions and analogues say, from the features that were written last, behind them;
 *  returns where the harmonic model's word belongs. */
export function addRegressions(i: i32, steps: i32): usize {
  const at = membersPtr + (<usize>features << 3);
  forecastRegressions(i, steps, at);
  if (analogues > 0) store<f64>(at, forecastAnalog(i, steps, last), REGRESSIONS << 3);
  return at + (<usize>(REGRESSIONS + analogues) << 3);
}

/** What is learnt says, from the features that were written last, behind them. */
export function addLearnt(i: i32, steps: i32): void {
  if (members == features) return;
  const at = addRegressions(i, steps);
  if (periodic > 0) store<f64>(at, forecastPeriodic(i, steps, last));
}
