import { type ArimaDescription, type ArimaOptions, arimaModel } from '../../src/models/arima.ts';
import type { Prediction } from '../../src/models/model.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';

/** A model without constant and season, to be overwritten in parts. */
export const PLAIN: ArimaOptions = { p: 0, d: 0, q: 0, seasonal: null, constant: 'none' };

export interface Fitted {
  readonly description: ArimaDescription;
  readonly prediction: Prediction;
}

/** Fits `values` on a grid of minutes. */
export async function fitArima(
  kernel: Kernel,
  options: Partial<ArimaOptions>,
  values: ArrayLike<number>,
  horizonSteps = 30,
): Promise<Fitted> {
  const series = { values: Float64Array.from(values), stepSeconds: 60, cutoffSeconds: 0 };
  const { signal } = new AbortController();
  const fitted = await arimaModel(kernel, { ...PLAIN, ...options }).fit(series, {
    horizonSteps,
    signal,
  });
  return fitted as Fitted;
}

/** A seeded source of standard normal numbers (Marsaglia's polar method on mulberry32). */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => {
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const radius = u * u + v * v;
      if (radius > 0 && radius < 1) return u * Math.sqrt((-2 * Math.log(radius)) / radius);
    }
  };
}

/** n values of an ARMA process with standard normal innovations, after 200 to forget the start. */
export function simulate(n: number, ar: readonly number[], ma: readonly number[], seed: number) {
  const draw = normals(seed);
  const w: number[] = [];
  const e: number[] = [];
  for (let t = 0; t < n + 200; t++) {
    e.push(draw());
    let value = e[t] as number;
    ar.forEach((c, i) => {
      value += c * (w[t - 1 - i] ?? 0);
    });
    ma.forEach((c, i) => {
      value += c * (e[t - 1 - i] ?? 0);
    });
    w.push(value);
  }
  return w.slice(200);
}

/** Running sums: the inverse of a first difference. */
export function cumulate(w: readonly number[], start = 0): number[] {
  let level = start;
  return w.map((step) => {
    level += step;
    return level;
  });
}
