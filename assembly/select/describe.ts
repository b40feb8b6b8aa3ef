// What the ensemble is made of, for people, into params: P, then (season, slot) seconds of P
// profiles, then counts of the baseline's members, of medians and of what is learnt, 1 where
// logarithms are taken, the steps of the window learnt from; then for the first band and for the
// last the share of each candidate, its recent mean error, and the weight of each member when the
// mean of the candidates is taken apart.

import { paramsPtr } from "../abi";
import { COMBINATION } from "../smoothing/blend";
import { profile, profiles } from "../smoothing/members";
import { features, members, plainMembers } from "./members";
import { bands } from "./walk";
import { RECENT, WEIGHTS, candidates, combination } from "./weights";

let at: usize = 0;

// @ts-ignore: decorator
@inline
function put(value: f64): void {
  store<f64>(at, value);
  at += 8;
}

// @ts-ignore: decorator
@inline
function share(q: i32, k: i32): f64 {
  let total = 0.0;
  for (let c = 0; c < candidates; c++) total += weight(q, WEIGHTS + c);
  return weight(q, WEIGHTS + k) / total;
}

// @ts-ignore: decorator
@inline
function weight(q: i32, k: i32): f64 {
  return load<f64>(combination(q) + (<usize>k << 3));
}

function describeBand(q: i32, scale: f64): void {
  for (let k = 0; k < candidates; k++) put(share(q, k));
  for (let k = 0; k < candidates; k++) put(weight(q, RECENT + k) * scale);
  for (let m = 0; m < members; m++) {
    let sum = m < plainMembers ? share(q, 0) * weight(q, m) : 0.0;
    if (candidates > 1) sum += share(q, 1) * weight(q, COMBINATION + m);
    if (m >= features) sum += share(q, 2 + m - features);
    put(sum);
  }
}

/** Writes it; `isLogarithmic` of the regressions, `length` = steps that they have learnt from. */
export function describe(scale: f64, isLogarithmic: bool, length: i32): void {
  at = paramsPtr;
  put(<f64>profiles);
  for (let j = 0; j < profiles; j++) {
    put(profile(j).seasonSeconds);
    put(profile(j).slotSeconds);
  }
  put(<f64>plainMembers);
  put(<f64>(features - plainMembers));
  put(<f64>(members - features));
  put(isLogarithmic ? 1.0 : 0.0);
  put(<f64>length);
  describeBand(0, scale);
  describeBand(bands - 1, scale);
}
