// Slow, plain twins of assembly/smoothing/: straight from the equations of the sources.

import type { EtsParams } from './guest.ts';

/** Likelihood, errors and forecasts of an exponential smoothing model; NaN in `y` = missing. */
export function etsTwin(y: readonly number[], form: string, at: EtsParams, horizon: number) {
  const [error, , season] = form.split(',');
  const { alpha, beta, gamma, phi } = at;
  let { level, slope } = at;
  const seasons = [...at.seasonal];
  const m = Math.max(1, seasons.length);
  const errors: number[] = [];
  let logs = 0;
  for (const [t, value] of y.entries()) {
    const base = level + phi * slope;
    const s = seasons[t] ?? 0;
    const expected = season === 'M' ? base * s : base + s;
    const raw = Number.isNaN(value) ? 0 : value - expected;
    if (!Number.isNaN(value)) {
      errors.push(error === 'M' ? raw / expected : raw);
      if (error === 'M') logs += Math.log(expected);
    }
    const unit = season === 'M' ? s : 1;
    level = base + (alpha * raw) / unit;
    slope = phi * slope + (beta * raw) / unit;
    if (seasons.length > 0) seasons.push(s + (gamma * raw) / (season === 'M' ? base : 1));
  }
  const n = errors.length;
  const sigma2 = errors.reduce((sum, e) => sum + e * e, 0) / n;
  const logLikelihood = (-n / 2) * (Math.log(2 * Math.PI * sigma2) + 1) - logs;
  const point = Array.from({ length: horizon }, (_, h) => {
    slope *= phi;
    level += slope;
    const s = seasons[y.length + (h % m)] ?? 0;
    return season === 'M' ? level * s : level + s;
  });
  return { logLikelihood, sigma2, point };
}

/** Intercept and slope of the least-squares line through the points (t, y_t), t = 1, 2, …. */
function line(y: readonly number[]): [intercept: number, slope: number] {
  const seen = y.flatMap((value, i) => (Number.isNaN(value) ? [] : [[i + 1, value] as const]));
  const mean = (k: 0 | 1) => seen.reduce((sum, point) => sum + point[k], 0) / seen.length;
  const [time, value] = [mean(0), mean(1)];
  const squares = seen.reduce((sum, [t]) => sum + (t - time) ** 2, 0);
  const products = seen.reduce((sum, [t, v]) => sum + (t - time) * (v - value), 0);
  const slope = squares > 0 ? products / squares : 0;
  return [value - slope * time, slope];
}

/**
 * Σ of squared one-step errors behind the third step, and forecasts, of a Theta model; its line is
 * fitted anew at every step, or once when it is static.
 */
export function thetaTwin(
  y: readonly number[],
  { alpha, weight, level: start }: { alpha: number; weight: number; level: number },
  isDynamic: boolean,
  horizon: number,
) {
  const known: number[] = [];
  let level = start;
  let squares = 0;
  const whole = line(y);
  const point: number[] = [];
  for (let t = 1; t <= y.length + horizon; t++) {
    const [intercept, slope] = !isDynamic ? whole : t === 1 ? [0, 0] : line(known);
    const gone = (1 - (1 - alpha) ** t) / alpha;
    const expected = level + weight * ((1 - alpha) ** (t - 1) * intercept + gone * slope);
    const isAhead = t > y.length;
    if (isAhead) point.push(expected);
    const value = isAhead ? expected : (y[t - 1] as number);
    if (!isAhead && t > 3 && !Number.isNaN(value)) squares += (value - expected) ** 2;
    level = alpha * (Number.isNaN(value) ? expected : value) + (1 - alpha) * level;
    known.push(value);
  }
  return { squares, point };
}

/** Rate, and standard deviation of a step's demand, of TSB, Croston or SBA. */
export function intermittentTwin(
  y: readonly number[],
  method: 'TSB' | 'Croston' | 'SBA',
  at: { sizeShare: number; frequencyShare: number; size: number; frequency: number },
) {
  let { size, frequency } = at;
  let variance = 0;
  let waited = 1;
  for (const value of y.filter((v) => !Number.isNaN(v))) {
    if (value !== 0) {
      const error = value - size;
      size += at.sizeShare * error;
      variance = (1 - at.sizeShare) * (variance + at.sizeShare * error ** 2);
    }
    if (method === 'TSB') {
      frequency += at.frequencyShare * ((value !== 0 ? 1 : 0) - frequency);
    } else if (value !== 0) {
      frequency += at.frequencyShare * (waited - frequency);
      waited = 1;
    } else {
      waited++;
    }
  }
  const probability = method === 'TSB' ? frequency : 1 / frequency;
  const bias = method === 'SBA' ? 1 - at.frequencyShare / 2 : 1;
  const deviation = Math.sqrt(probability * variance + probability * (1 - probability) * size ** 2);
  return { rate: bias * probability * size, deviation };
}
