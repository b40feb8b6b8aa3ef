// Fourier terms of a season on a regular grid. Everything about them is exact in closed form: the
// series folded to one season keeps their inner products with it, and the sums of their products
// with each other are geometric. So a regression on K pairs costs n + S·K, not n·K².
//
// A term of m cycles per season S is cos and sin of 2π m t / S; the weight of step t of n is
// λ^(n−1−t), so that the newest season counts most.

import { SEASON_CAPACITY } from "../abi";
import { at, put } from "../arima/orders";

/** Harmonics of the shorter and of the longer season at most. */
export const SHORT_HARMONICS: i32 = 96;
export const LONG_HARMONICS: i32 = 60;
export const PAIRS_CAPACITY: i32 = SHORT_HARMONICS + LONG_HARMONICS;

/** Cycles per season of each pair, i32[PAIRS_CAPACITY], and how many there are. */
const cyclesPtr: usize = memory.data(PAIRS_CAPACITY * 4, 16);
export let pairs: i32 = 0;
/** Length of the season that holds all cycles, in steps; 0 = none. */
export let seasonSteps: i32 = 0;

const cosPtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
const sinPtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
/** Even and odd part of what is folded or summed, f64[S/2 + 1]. */
const evenPtr: usize = memory.data((SEASON_CAPACITY / 2 + 1) * 8, 16);
const oddPtr: usize = memory.data((SEASON_CAPACITY / 2 + 1) * 8, 16);
const foldedPtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
let tableSteps: i32 = 0;

// @ts-ignore: decorator
@inline
export function cycles(k: i32): i32 {
  return load<i32>(cyclesPtr + (<usize>k << 2));
}

function addPair(m: i32): void {
  store<i32>(cyclesPtr + (<usize>pairs << 2), m);
  pairs++;
}

function fillTable(): void {
  if (tableSteps == seasonSteps) return;
  for (let t = 0; t < seasonSteps; t++) {
    const angle = (2 * Math.PI * <f64>t) / <f64>seasonSteps;
    put(cosPtr, t, Math.cos(angle));
    put(sinPtr, t, Math.sin(angle));
  }
  tableSteps = seasonSteps;
}

/**
 * Chooses the terms: harmonics of `short`, and of `long` those that are none of `short`, each when
 * n values hold two seasons.
 *
 * @param short season in steps, ≥ 2, or 0 for none
 * @param long season in steps, a multiple of `short`, or 0 for none
 */
export function chooseTerms(n: i32, short: i32, long: i32): void {
  pairs = 0;
  const hasShort = short >= 2 && n >= 2 * short;
  const hasLong = hasShort && long > short && n >= 2 * long;
  seasonSteps = hasLong ? long : hasShort ? short : 0;
  if (!hasShort) return;
  fillTable();
  const ratio = hasLong ? long / short : 1;
  for (let k = 1; k <= SHORT_HARMONICS && 2 * k < short; k++) addPair(k * ratio);
  if (!hasLong) return;
  for (let m = 1; m <= LONG_HARMONICS && 2 * m < long; m++) if (m % ratio != 0) addPair(m);
}

/** Σ λ^(n−1−t) x_t over each phase of the season, t in [from, n), into the even and odd parts. */
function fold(x: usize, from: i32, n: i32, decay: f64): void {
  memory.fill(foldedPtr, 0, <usize>seasonSteps << 3);
  let weight = 1.0;
  let phase = (n - 1) % seasonSteps;
  for (let t = n - 1; t >= from; t--) {
    put(foldedPtr, phase, at(foldedPtr, phase) + weight * at(x, t));
    weight *= decay;
    phase = phase == 0 ? seasonSteps - 1 : phase - 1;
  }
  const half = (seasonSteps - 1) / 2;
  put(evenPtr, 0, at(foldedPtr, 0));
  put(oddPtr, 0, 0);
  for (let t = 1; t <= half; t++) {
    const left = at(foldedPtr, t);
    const right = at(foldedPtr, seasonSteps - t);
    put(evenPtr, t, left + right);
    put(oddPtr, t, left - right);
  }
  if ((seasonSteps & 1) == 0) {
    put(evenPtr, half + 1, at(foldedPtr, half + 1));
    put(oddPtr, half + 1, 0);
  }
}

/**
 * Inner products of x with each term under the weights, into to: f64[2·pairs], cos and sin in turn.
 *
 * @param from first step that counts
 */
export function analyse(x: usize, from: i32, n: i32, decay: f64, to: usize): void {
  fold(x, from, n, decay);
  const last = seasonSteps / 2;
  for (let k = 0; k < pairs; k++) {
    const m = cycles(k);
    let real = 0.0;
    let imaginary = 0.0;
    let index = 0;
    for (let t: usize = 0, end = <usize>last << 3; t <= end; t += 8) {
      const angle = <usize>index << 3;
      real += load<f64>(evenPtr + t) * load<f64>(cosPtr + angle);
      imaginary += load<f64>(oddPtr + t) * load<f64>(sinPtr + angle);
      index += m;
      if (index >= seasonSteps) index -= seasonSteps;
    }
    put(to, 2 * k, real);
    put(to, 2 * k + 1, imaginary);
  }
}

/** One season of Σ a cos + b sin into profile, f64[S]. */
export function synthesise(terms: usize, profile: usize): void {
  const last = seasonSteps / 2;
  memory.fill(evenPtr, 0, <usize>(last + 1) << 3);
  memory.fill(oddPtr, 0, <usize>(last + 1) << 3);
  for (let k = 0; k < pairs; k++) {
    const a = at(terms, 2 * k);
    const b = at(terms, 2 * k + 1);
    if (a == 0 && b == 0) continue;
    const m = cycles(k);
    let index = 0;
    for (let t: usize = 0, end = <usize>last << 3; t <= end; t += 8) {
      const angle = <usize>index << 3;
      store<f64>(evenPtr + t, load<f64>(evenPtr + t) + a * load<f64>(cosPtr + angle));
      store<f64>(oddPtr + t, load<f64>(oddPtr + t) + b * load<f64>(sinPtr + angle));
      index += m;
      if (index >= seasonSteps) index -= seasonSteps;
    }
  }
  for (let t = 0; t <= last; t++) {
    put(profile, t, at(evenPtr, t) + at(oddPtr, t));
    if (t > 0) put(profile, seasonSteps - t, at(evenPtr, t) - at(oddPtr, t));
  }
}

/** Σ λ^(n−1−t) e^{2πi j t / S} over t in [from, n), f64[S]; the j in use are filled. */
const sumRealPtr: usize = memory.data(SEASON_CAPACITY * 8, 16);
const sumImaginaryPtr: usize = memory.data(SEASON_CAPACITY * 8, 16);

/** Sums the weights against every difference and sum of two terms' cycles; λ < 1. */
export function sumWeights(from: i32, n: i32, decay: f64): void {
  let most = 0;
  for (let k = 0; k < pairs; k++) most = max(most, cycles(k));
  const left = Math.exp(<f64>(n - from) * Math.log(decay));
  for (let j = 0; j <= 2 * most; j++) {
    const end = <i32>((<i64>j * n) % seasonSteps);
    const begin = <i32>((<i64>j * from) % seasonSteps);
    const real = at(cosPtr, end) - left * at(cosPtr, begin);
    const imaginary = at(sinPtr, end) - left * at(sinPtr, begin);
    const underReal = at(cosPtr, j) - decay;
    const underImaginary = at(sinPtr, j);
    const under = underReal * underReal + underImaginary * underImaginary;
    put(sumRealPtr, j, (real * underReal + imaginary * underImaginary) / under);
    put(sumImaginaryPtr, j, (imaginary * underReal - real * underImaginary) / under);
  }
}

/** Real and imaginary part of the sum for j, which may be negative. */
// @ts-ignore: decorator
@inline
export function sumReal(j: i32): f64 {
  return at(sumRealPtr, abs(j));
}

// @ts-ignore: decorator
@inline
export function sumImaginary(j: i32): f64 {
  return j < 0 ? -at(sumImaginaryPtr, -j) : at(sumImaginaryPtr, j);
}

/** Real and imaginary part of 1 − Σ a_l e^{−2πi m l / S}: what φ(B) makes of a term. */
export let gainReal: f64 = 0;
export let gainImaginary: f64 = 0;

export function filterGain(m: i32, a: usize, p: i32): void {
  gainReal = 1;
  gainImaginary = 0;
  let index = 0;
  for (let lag = 0; lag < p; lag++) {
    index += m;
    if (index >= seasonSteps) index -= seasonSteps;
    gainReal -= at(a, lag) * at(cosPtr, index);
    gainImaginary += at(a, lag) * at(sinPtr, index);
  }
}
