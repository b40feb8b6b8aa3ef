import { noise } from '../models/series.ts';
import type { Case, Noted } from './record.ts';

/** Uniform in 0..1, reproducible. */
export function uniform(seed: number): () => number {
  const random = noise(seed);
  for (let i = 0; i < 20; i++) random();
  return () => (random() + 1) / 2;
}

/** Draws of a standard normal variable (Box & Muller 1958). */
export function normal(seed: number): () => number {
  const random = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How a simulated metric behaves around what is forecast of it. */
export interface World {
  readonly stepSeconds: number;
  readonly steps: number;
  readonly horizon: number;
  /** What a model forecasts of step i, whenever it does. */
  readonly point: (i: number) => number;
  /** What comes at step i. */
  readonly actual: (i: number) => number;
  /** What the model says of its own errors; 25 without. */
  readonly sigma?: number;
}

const ERRORS = 400;

/** The bands of a horizon as the baseline cuts it, in six. */
export function bandsOf(horizon: number): { first: number; last: number }[] {
  const ends = [0, 1, 2, 3, 4, 5].map((k) => Math.round(Math.exp((k / 5) * Math.log(horizon))));
  const bands: { first: number; last: number }[] = [];
  for (const last of new Set(ends)) bands.push({ first: (bands.at(-1)?.last ?? 0) + 1, last });
  return bands;
}

/** A case whose record holds the forecasts of a world from evenly spread origins; `values` = what
 * came at each of its steps. */
export function caseOf(world: World, values: readonly number[], peakSteps = 0): Case {
  const { stepSeconds, horizon, point } = world;
  const n = values.length;
  const cutoffSeconds = 1_767_571_200;
  const stride = Math.max(1, Math.ceil(n / 2 / ERRORS));
  const origins: number[] = [];
  for (let i = Math.floor(n / 2); i < n; i += stride) origins.push(i);
  const bands = bandsOf(horizon).map(({ first, last }) => {
    const noted: Noted[] = [];
    origins.forEach((origin, turn) => {
      const steps = first + (turn % (last - first + 1));
      const actual = values[origin + steps] ?? Number.NaN;
      if (!Number.isNaN(actual))
        noted.push({ origin, steps, actual, point: point(origin + steps) });
    });
    return { first, last, noted };
  });
  const ahead = Array.from({ length: horizon }, (_, h) => point(n + h));
  const made = {
    history: values,
    stepSeconds,
    cutoffSeconds,
    point: ahead,
    sigma: ahead.map(() => world.sigma ?? 25),
    bands,
  };
  if (peakSteps === 0) return made;
  const window = (from: number, of: (i: number) => number) =>
    Math.max(...Array.from({ length: peakSteps }, (_, k) => of(from + 1 + k)));
  const noted = origins
    .filter((origin) => origin + peakSteps < n)
    .map((origin) => ({
      origin,
      steps: peakSteps,
      actual: window(origin, (i) => values[i] as number),
      point: window(origin, point),
    }))
    .filter(({ actual }) => !Number.isNaN(actual));
  return { ...made, peak: { steps: peakSteps, point: window(n - 1, point), noted } };
}
