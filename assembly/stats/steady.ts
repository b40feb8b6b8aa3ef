// A series freed of what hides its seasons, or of a season itself (for periods.ts).

import { at, put } from "../arima/orders";
import { dot } from "../arima/vector";
import { medianOf } from "./select";

const LAGS_AROUND: i32 = 24;
/** Robust deviations that a value may be from the trend: spikes are cut there. */
const CUT: f64 = 5 * 1.4826;

/**
 * Takes the straight line of least squares out of n values, and cuts what is far from it.
 *
 * @param scratch f64[points]
 */
export function detrend(values: usize, points: i32, scratch: usize): void {
  const centre = 0.5 * <f64>(points - 1);
  let mean = 0.0;
  let product = 0.0;
  let squares = 0.0;
  for (let t = 0; t < points; t++) {
    const offset = <f64>t - centre;
    mean += at(values, t) / <f64>points;
    product += offset * at(values, t);
    squares += offset * offset;
  }
  for (let t = 0; t < points; t++) {
    const rest = at(values, t) - mean - (product / squares) * (<f64>t - centre);
    put(values, t, rest);
    put(scratch, t, abs(rest));
  }
  const bound = CUT * medianOf(scratch, points);
  if (!(bound > 0)) return;
  for (let t = 0; t < points; t++) put(values, t, min(max(at(values, t), -bound), bound));
}

/**
 * Correlation at a period's multiples above that of the lags around, once the moving mean over a
 * period is out: a slow wander, as a random walk's, that happened to come back a few times is less
 * of a season then, and a season still is one.
 *
 * @param rest scratch f64[points]
 */
export function steadyStrength(values: usize, points: i32, period: i32, rest: usize): f64 {
  const half = period / 2;
  const width = 2 * half + 1;
  const n = points - 2 * half;
  let sum = 0.0;
  for (let t = 0; t < width; t++) sum += at(values, t);
  for (let t = 0; t < n; t++) {
    put(rest, t, at(values, t + half) - sum / <f64>width);
    if (t + width < points) sum += at(values, t + width) - at(values, t);
  }
  const variance = dot(rest, rest, n) / <f64>n;
  let comb = 0.0;
  let teeth = 0.0;
  for (let lag = period; 2 * lag <= n + half; lag += period) {
    comb += correlationAt(rest, n, lag);
    teeth += 1;
  }
  let around = 0.0;
  for (let k = 0; k < LAGS_AROUND; k++) {
    around += correlationAt(rest, n, (period + 1) / 2 + (k * period) / LAGS_AROUND);
  }
  return (comb / teeth - max(around, 0) / <f64>LAGS_AROUND) / variance;
}

function correlationAt(x: usize, n: i32, lag: i32): f64 {
  return dot(x, x + (<usize>lag << 3), n - lag) / <f64>(n - lag);
}

/** Takes the mean of each phase out. */
export function removePhases(values: usize, points: i32, period: i32): void {
  for (let phase = 0; phase < period; phase++) {
    let mean = 0.0;
    let count = 0.0;
    for (let t = phase; t < points; t += period) {
      count += 1;
      mean += (at(values, t) - mean) / count;
    }
    for (let t = phase; t < points; t += period) put(values, t, at(values, t) - mean);
  }
}
