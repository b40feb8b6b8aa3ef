import type { Series } from '../../src/features/series.ts';
import type { FitContext } from '../../src/models/model.ts';

/** A fixed instant: 2026-01-05T00:00:00Z, a Monday, a multiple of every step in use. */
export const CUTOFF_SECONDS = 1_767_571_200;

export function seriesOf(values: ArrayLike<number>, stepSeconds = 60): Series {
  return { values: Float64Array.from(values), stepSeconds, cutoffSeconds: CUTOFF_SECONDS };
}

export function contextOf(horizonSteps: number): FitContext {
  return { horizonSteps, signal: new AbortController().signal };
}

/** Reproducible noise in −1..1 (the integers of Marsaglia's xorshift32, 2003). */
export function noise(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

/** A load with a daily wave, noise and, when asked, gaps. */
export function dailyLoad(n: number, stepSeconds: number, gapEvery = 0): number[] {
  const random = noise(7);
  return Array.from({ length: n }, (_, i) => {
    const load = 500 + 300 * Math.sin((2 * Math.PI * i * stepSeconds) / 86_400) + 40 * random();
    return gapEvery > 0 && i % gapEvery < 3 ? Number.NaN : load;
  });
}
