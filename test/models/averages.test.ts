import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../src/models/model.ts';
import { seasonalAverageModel } from '../../src/models/seasonal-average.ts';
import { windowAverageModel } from '../../src/models/window-average.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, seriesOf } from './series.ts';

const { NaN: MISSING } = Number;
const STEP_SECONDS = 14_400;
const DAY_STEPS = 6;
const WEEK_STEPS = 42;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function predict(model: Model, values: number[], horizon: number) {
  const { prediction } = await model.fit(seriesOf(values, STEP_SECONDS), contextOf(horizon));
  return { point: [...prediction.point], sigma: [...prediction.standardErrors] };
}

const mean = (xs: number[]) => xs.reduce((total, x) => total + x, 0) / xs.length;
const rms = (xs: number[]) => Math.sqrt(mean(xs.map((x) => x * x)));
const known = (xs: number[]) => xs.filter((x) => !Number.isNaN(x));

/** The mean of the middle half of all weight; a value takes the place of its weight. */
function interquartileTwin(values: number[], weights: number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const clip = (place: number) => Math.min(Math.max(place, 0.25 * total), 0.75 * total);
  const order = values.map((_, k) => k).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  let place = 0;
  let sum = 0;
  for (const k of order) {
    const next = place + (weights[k] as number);
    sum += (values[k] as number) * (clip(next) - clip(place));
    place = next;
  }
  return sum / (0.5 * total);
}

/** The slow, plain twin of seasonalAverageAt in assembly/seasonal/average.ts. */
function averageTwin(values: number[], steps: number, season: number): number {
  const n = values.length;
  const first = n - 1 + steps - Math.ceil(steps / season) * season;
  const seasons = Array.from({ length: 7 }, (_, k) => ({
    value: values[first - k * season] ?? MISSING,
    weight: 0.8 ** k,
  })).filter(({ value }) => !Number.isNaN(value));
  if (seasons.length === 0) return MISSING;
  return interquartileTwin(
    seasons.map(({ value }) => value),
    seasons.map(({ weight }) => weight),
  );
}

const values = (least: number, most: number) =>
  fc.array(
    fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -50, max: 200 }) }, fc.constant(MISSING)),
    {
      minLength: least,
      maxLength: most,
    },
  );
const someKnown = (xs: number[]) => known(xs).length > 0;

describe('seasonal-average', () => {
  it.each([
    ['days', DAY_STEPS, DAY_STEPS, 60],
    ['weeks', WEEK_STEPS, 2 * WEEK_STEPS, 130],
  ])('is what its slow twin is, of %s', async (_, season, least, most) => {
    const model = seasonalAverageModel(kernel);
    const property = fc.asyncProperty(
      values(least, most).filter(someKnown),
      fc.integer({ min: 1, max: 50 }),
      async (series, horizon) => {
        const { point, sigma } = await predict(model, series, horizon);
        for (const [k, value] of point.entries()) {
          const twin = averageTwin(series, k + 1, season);
          expect(Math.abs(value - (Number.isNaN(twin) ? mean(known(series)) : twin))).toBeLessThan(
            1e-9,
          );
        }
        const errors = series.map((value, i) =>
          i < season
            ? MISSING
            : value - averageTwin(series.slice(0, i - season + 1), season, season),
        );
        const spread = rms(known(series).map((value) => value - mean(known(series))));
        const wanted = known(errors).length > 0 ? rms(known(errors)) : spread;
        for (const value of sigma) expect(Math.abs(value - wanted)).toBeLessThan(1e-9);
      },
    );
    await fc.assert(property, { numRuns: 10, seed: 20_260_601 });
  });

  it('is not moved by one odd day', async () => {
    const days = Array.from({ length: 7 }, (_, day) => [10, 20, 30, 40, 50, day === 5 ? 999 : 60]);
    const { point } = await predict(seasonalAverageModel(kernel), days.flat(), DAY_STEPS);
    expect(point).toEqual([10, 20, 30, 40, 50, 60]);
  });

  it('trusts a new level more the longer it lasts', async () => {
    const model = seasonalAverageModel(kernel);
    const levels = await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (days) => {
        const week = Array.from({ length: 7 }, (_, day) =>
          Array(DAY_STEPS).fill(day < 7 - days ? 0 : 1),
        );
        return (await predict(model, week.flat(), 1)).point[0] as number;
      }),
    );
    expect(levels).toEqual([...levels].sort((a, b) => a - b));
    expect(levels[1]).toBeLessThan(0.1);
    expect(levels[5]).toBeCloseTo(1, 12);
  });

  it('refuses less than a season, and a step that does not divide the day', async () => {
    const model = seasonalAverageModel(kernel);
    await expect(predict(model, [1, 2, 3], 4)).rejects.toMatchObject({ code: 'series_too_short' });
    const odd = model.fit(seriesOf([1, 2, 3], 7), contextOf(4));
    await expect(odd).rejects.toMatchObject({ code: 'model_option' });
  });
});

/** The slow, plain twin of assembly/smoothing/window-average.ts, for at most 512 origins. */
function windowTwin(series: number[], steps: number, horizon: number) {
  let last = MISSING;
  const means = series.map((value, i) => {
    if (!Number.isNaN(value)) last = value;
    const seen = known(series.slice(Math.max(0, i + 1 - steps), i + 1));
    return seen.length > 0 ? mean(seen) : last;
  });
  let sigma = rms(known(series).map((value) => value - mean(known(series))));
  const sigmas = Array.from({ length: horizon }, (_, k) => {
    const errors = known(series.map((value, i) => value - (means[i - k - 1] ?? MISSING)));
    if (errors.length > 0) sigma = rms(errors);
    return sigma;
  });
  return { point: means.at(-1) as number, sigmas };
}

describe('window-average', () => {
  it('is what its slow twin is', async () => {
    const model = windowAverageModel(kernel);
    const property = fc.asyncProperty(
      values(1, 80).filter(someKnown),
      fc.integer({ min: 1, max: 30 }),
      async (series, horizon) => {
        const { point, sigma } = await predict(model, series, horizon);
        const twin = windowTwin(series, 12, horizon);
        for (const value of point) expect(Math.abs(value - twin.point)).toBeLessThan(1e-9);
        for (const [k, value] of twin.sigmas.entries()) {
          expect(Math.abs((sigma[k] as number) - value), `step ${k + 1}`).toBeLessThan(1e-9);
        }
      },
    );
    await fc.assert(property, { numRuns: 100, seed: 20_260_601 });
  });

  it('looks an hour back where an hour has more than twelve steps', async () => {
    const minutes = Array.from({ length: 200 }, (_, i) => (i < 140 ? 1_000 : 60));
    const fitted = await windowAverageModel(kernel).fit(seriesOf(minutes), contextOf(3));
    expect(fitted.description).toEqual({ name: 'window-average', windowSteps: 60 });
    for (const value of fitted.prediction.point) expect(value).toBeCloseTo(60, 9);
  });
});
