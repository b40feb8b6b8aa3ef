// One change of the level in what season and trend leave: the greatest deviation of the partial
// sums from a straight line, against that of a Brownian bridge (Kolmogorov's distribution), with
// the long-run variance of an autoregression of the values once the change is out (Ploberger &
// Krämer 1992, "The CUSUM test with OLS residuals"). A random walk changes its level all the time:
// its long-run variance is as great, and none stands out.

import { at, put } from "../arima/orders";
import { AR_CAPACITY, fitAr, variance } from "./autoregression";

/** Of the bridge's greatest deviation: one chance in a thousand. */
const CRITICAL: f64 = 1.95;
/** A new level must have lasted for this part of the values, and the old one too. */
const PART_MIN: i32 = 20;

const arPtr: usize = memory.data(AR_CAPACITY * 8, 16);

/**
 * @param rest n values, @param scratch f64[n]
 * @returns the first step of the new level, 0 = the level has not changed
 */
export function findShift(rest: usize, n: i32, scratch: usize): i32 {
  let mean = 0.0;
  for (let t = 0; t < n; t++) mean += at(rest, t) / <f64>n;
  let sum = 0.0;
  let greatest = 0.0;
  let place = 0;
  let before = 0.0;
  for (let t = 0; t < n - n / PART_MIN; t++) {
    sum += at(rest, t) - mean;
    if (t < n / PART_MIN || abs(sum) <= greatest) continue;
    greatest = abs(sum);
    before = sum;
    place = t + 1;
  }
  if (place == 0) return 0;
  const old = before / <f64>place;
  const fresh = -before / <f64>(n - place);
  for (let t = 0; t < n; t++) put(scratch, t, at(rest, t) - mean - (t < place ? old : fresh));
  const p = fitAr(scratch, n, arPtr);
  let gain = 1.0;
  for (let i = 0; i < p; i++) gain -= at(arPtr, i);
  const deviation = sqrt(variance) / gain;
  return greatest > CRITICAL * sqrt(<f64>n) * deviation ? place : 0;
}
