// Missing values filled where a method needs every step: the deviation from what is usual at that
// phase of the season, linearly between the neighbours of a gap (as forecast::na.interp of R does
// on the seasonally adjusted series; Hyndman & Khandakar 2008). A gap that is short against the
// season holds less of it than the means of its phases have noise, and is bridged linearly alone.

import { at, put } from "../arima/orders";

/** A gap longer than this part of the season gets the season's shape. */
const SHORT_PART: i32 = 24;

/** Means of each phase of the n values into means, f64[season], NaN where nothing is observed. */
function phaseMeans(values: usize, n: i32, season: i32, means: usize): void {
  for (let phase = 0; phase < season; phase++) {
    let sum = 0.0;
    let count = 0.0;
    for (let i = phase; i < n; i += season) {
      const value = at(values, i);
      if (value != value) continue;
      count += 1;
      sum += (value - sum) / count;
    }
    put(means, phase, count > 0 ? sum : NaN);
  }
}

/** Fills values[from .. to), both neighbours being observed; -1 and n stand for no neighbour. */
function bridge(values: usize, from: i32, to: i32, n: i32, season: i32, means: usize): void {
  const left = from > 0 ? at(values, from - 1) : NaN;
  const right = to < n ? at(values, to) : NaN;
  const shaped = season > 0 && to - from > season / SHORT_PART;
  const usualLeft = shaped && from > 0 ? at(means, (from - 1) % season) : 0.0;
  const usualRight = shaped && to < n ? at(means, to % season) : 0.0;
  const before = from > 0 ? left - usualLeft : right - usualRight;
  const after = to < n ? right - usualRight : before;
  const width = <f64>(to - from + 1);
  for (let i = from; i < to; i++) {
    const share = <f64>(i - from + 1) / width;
    const usual = shaped ? at(means, i % season) : 0.0;
    const level = before + share * (after - before);
    // A phase that nobody has seen is passed over on the straight line between the neighbours.
    put(values, i, usual == usual ? usual + level : level + (1 - share) * usualLeft
      + share * usualRight);
  }
}

/**
 * Fills the missing of n values in place.
 *
 * @param season steps, 0 = none; used where the values hold two
 * @param means scratch f64[season]
 * @returns how many were filled, −1 when nothing is observed
 */
export function fillGaps(values: usize, n: i32, season: i32, means: usize): i32 {
  let missing = 0;
  for (let i = 0; i < n; i++) missing += <i32>(at(values, i) != at(values, i));
  if (missing == n) return -1;
  if (missing == 0) return 0;
  const shape = season > 0 && n >= 2 * season ? season : 0;
  if (shape > 0) phaseMeans(values, n, shape, means);
  for (let i = 0; i < n; i++) {
    if (at(values, i) == at(values, i)) continue;
    let to = i + 1;
    while (to < n && at(values, to) != at(values, to)) to++;
    bridge(values, i, to, n, shape, means);
    i = to;
  }
  return missing;
}
