// Counts: values that are all whole multiples of one unit. Around a forecast of 0.3 the quantile of
// sparse counts is 1 or 2, never 0.97; rounding to the nearest multiple keeps what the coverage is
// made of, whatever the forecast was when the errors were noted.

import { historyPtr } from "../abi";

/** Distance from a whole multiple that rounding errors may have, in units. */
const TOLERANCE: f64 = 1e-6;
/** A unit of less than this part of the expected error is too fine to matter. */
const COARSE: f64 = 0.05;

let unit: f64 = 0;

/** Finds the unit of the history, of which no value exceeds `scale`; 0 when there is none. */
export function findUnit(n: i32, scale: f64): void {
  unit = Infinity;
  let before = 0.0;
  for (let i = 0; i < n; i++) {
    const value = load<f64>(historyPtr + (<usize>i << 3));
    if (value != value) continue;
    const change = abs(value - before);
    if (change > TOLERANCE * scale) unit = min(unit, change);
    before = value;
  }
  if (unit == Infinity) unit = 0;
  for (let i = 0; i < n && unit > 0; i++) {
    const multiple = load<f64>(historyPtr + (<usize>i << 3)) / unit;
    if (abs(multiple - nearest(multiple)) > TOLERANCE * max(1, abs(multiple))) unit = 0;
  }
}

/** The multiple of the unit nearest to a quantile, if the unit is coarse beside its spread. */
export function roundToUnit(value: f64, spread: f64): f64 {
  if (unit < COARSE * spread || unit == 0) return value;
  return nearest(value / unit) * unit;
}
