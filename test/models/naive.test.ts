import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { lastValueModel } from '../../src/models/last-value.ts';
import type { Model } from '../../src/models/model.ts';
import { seasonalNaiveModel } from '../../src/models/seasonal-naive.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, dailyLoad, seriesOf } from './series.ts';

const { NaN: MISSING } = Number;
const STEP_SECONDS = 14_400;
const DAY_STEPS = 6;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function predict(model: Model, values: number[], horizon: number, stepSeconds: number) {
  const { prediction } = await model.fit(seriesOf(values, stepSeconds), contextOf(horizon));
  return { point: [...prediction.point], sigma: [...prediction.standardErrors] };
}

const rms = (errors: number[]) =>
  Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);

/** The slow, plain twin of assembly/seasonal/naive.ts. */
function seasonalTwin(values: number[], horizon: number) {
  const n = values.length;
  const differences = values
    .map((value, i) => value - (values[i - DAY_STEPS] ?? MISSING))
    .filter((difference) => !Number.isNaN(difference));
  const observed = values.filter((value) => !Number.isNaN(value));
  const mean = observed.reduce((sum, value) => sum + value, 0) / observed.length;
  const sigma = differences.length > 0 ? rms(differences) : rms(observed.map((v) => v - mean));
  const found = Array.from({ length: horizon }, (_, k) => {
    for (let seasons = Math.ceil((k + 1) / DAY_STEPS); ; seasons++) {
      const value = values[n + k - seasons * DAY_STEPS];
      if (value === undefined) return null;
      if (!Number.isNaN(value)) return { value, sigma: sigma * Math.sqrt(seasons) };
    }
  });
  const known = found.find((entry) => entry !== null);
  let before = known;
  const filled = found.map((entry) => {
    before = entry ?? before;
    return before;
  });
  return known ? filled : null;
}

/** The slow, plain twin of assembly/smoothing/last-value.ts. */
function lastValueTwin(values: number[], horizon: number) {
  const seen = values.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
  const steps = seen.slice(1).map((i, k) => {
    const gap = i - (seen[k] as number);
    return ((values[i] as number) - (values[seen[k] as number] as number)) / Math.sqrt(gap);
  });
  const last = seen.at(-1) as number;
  const scale = steps.length > 0 ? rms(steps) : 0;
  return Array.from({ length: horizon }, (_, k) => {
    return { value: values[last], sigma: scale * Math.sqrt(values.length - last + k) };
  });
}

const sample = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(MISSING) },
);

describe('seasonal-naive', () => {
  it('agrees with its plain twin', async () => {
    const model = seasonalNaiveModel(kernel);
    const samples = fc.array(sample, { minLength: DAY_STEPS, maxLength: 40 });
    const horizons = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(samples, horizons, async (values, horizon) => {
        const twin = seasonalTwin(values, horizon);
        if (!twin) {
          const answer = predict(model, values, horizon, STEP_SECONDS);
          await expect(answer).rejects.toMatchObject({ code: 'series_too_short' });
          return;
        }
        const { point, sigma } = await predict(model, values, horizon, STEP_SECONDS);
        expect(point).toEqual(twin.map((entry) => entry?.value));
        sigma.forEach((error, h) => {
          const wanted = twin[h]?.sigma as number;
          expect(Math.abs(error - wanted)).toBeLessThanOrEqual(1e-9 * (1 + wanted));
        });
      }),
    );
  });

  it('looks one day further back over a gap', async () => {
    const day = [1, 2, 3, 4, 5, 6];
    const gap = [11, MISSING, 13, 14, 15, 16];
    const { point } = await predict(seasonalNaiveModel(kernel), [...day, ...gap], 7, STEP_SECONDS);
    expect(point).toEqual([11, 2, 13, 14, 15, 16, 11]);
  });

  it('refuses less than a day, and a step that does not divide the day', async () => {
    const model = seasonalNaiveModel(kernel);
    const short = predict(model, dailyLoad(1439, 60), 5, 60);
    await expect(short).rejects.toMatchObject({ code: 'series_too_short' });
    const odd = predict(model, dailyLoad(20_000, 7), 5, 7);
    await expect(odd).rejects.toMatchObject({ code: 'model_option' });
  });
});

describe('last-value', () => {
  it('agrees with its plain twin', async () => {
    const samples = fc.array(sample, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(samples, fc.integer({ min: 1, max: 20 }), async (values, horizon) => {
        fc.pre(values.some((value) => !Number.isNaN(value)));
        const { point, sigma } = await predict(lastValueModel(kernel), values, horizon, 60);
        const twin = lastValueTwin(values, horizon);
        expect(point).toEqual(twin.map(({ value }) => value));
        sigma.forEach((error, h) => {
          const wanted = twin[h]?.sigma as number;
          expect(Math.abs(error - wanted)).toBeLessThanOrEqual(1e-9 * (1 + wanted));
        });
      }),
    );
  });
});
