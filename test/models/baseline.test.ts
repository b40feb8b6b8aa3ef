import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../src/features/series.ts';
import { baselineModel } from '../../src/models/baseline.ts';
import type { Prediction } from '../../src/models/model.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { baselineTwin } from './baseline-twin.ts';
import { CUTOFF_SECONDS, contextOf, dailyLoad, noise, seriesOf } from './series.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function predict(series: Series, horizonSteps: number): Promise<Prediction> {
  const fitted = await baselineModel(kernel).fit(series, contextOf(horizonSteps));
  return fitted.prediction;
}

function expectNear(got: Float64Array, wanted: number[], scale: number): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    const apart = Math.abs(value - (wanted[i] as number));
    expect(apart, `step ${i}: ${value}, twin ${wanted[i]}`).toBeLessThanOrEqual(1e-9 * scale);
  });
}

describe('baseline', () => {
  const cases = [
    { name: 'minutes without a season', n: 90, stepSeconds: 60, horizon: 30 },
    { name: 'minutes, hours', n: 700, stepSeconds: 60, horizon: 30 },
    { name: 'five minutes, days, with gaps', n: 900, stepSeconds: 300, horizon: 12, gapEvery: 50 },
    { name: 'half hours, weeks', n: 800, stepSeconds: 1800, horizon: 48 },
    { name: 'hours, weeks, with gaps', n: 500, stepSeconds: 3600, horizon: 24, gapEvery: 40 },
    { name: 'a higher level', n: 900, stepSeconds: 60, horizon: 30, shift: 900, lasts: 6 },
    { name: 'a level of three steps', n: 900, stepSeconds: 60, horizon: 30, shift: 900, lasts: 3 },
    { name: 'a lower level', n: 2000, stepSeconds: 300, horizon: 24, shift: -400, lasts: 16 },
    {
      name: 'a lower level of 14 steps',
      n: 2000,
      stepSeconds: 300,
      horizon: 24,
      shift: -400,
      lasts: 14,
    },
    { name: 'two days', n: 576, stepSeconds: 300, horizon: 48 },
    { name: 'two weeks', n: 336, stepSeconds: 3600, horizon: 24 },
    { name: 'days', n: 60, stepSeconds: 86_400, horizon: 7 },
    { name: 'seven seconds', n: 1200, stepSeconds: 7, horizon: 20 },
    { name: 'a horizon beyond the history', n: 20, stepSeconds: 60, horizon: 40 },
    { name: 'more origins than are kept', n: 1600, stepSeconds: 300, horizon: 1 },
  ];
  it.each(cases)(
    'agrees with its plain twin: $name',
    async ({ n, stepSeconds, horizon, gapEvery, shift = 0, lasts = 0 }) => {
      const cutoffSeconds = CUTOFF_SECONDS - (CUTOFF_SECONDS % stepSeconds);
      const load = dailyLoad(n, stepSeconds, gapEvery);
      const history = load.map((value, i) => (i < n - lasts ? value : value + shift));
      const series = { values: Float64Array.from(history), stepSeconds, cutoffSeconds };
      const { standardErrors } = await predict(series, horizon);
      // The blend itself: the point is the median of its calibrated errors.
      const point = kernel.read('meanPtr', horizon);
      const twin = baselineTwin(history, stepSeconds, cutoffSeconds, horizon);
      expectNear(point, twin.point, 1000);
      expectNear(standardErrors, twin.sigma, 1000);
    },
  );

  it('never forecasts an hourly wave above its peak of 1,080', async () => {
    const wave = Array.from(
      { length: 360 },
      (_, i) => 600 + 480 * Math.sin((2 * Math.PI * i) / 60),
    );
    for (let shown = 10; shown <= wave.length; shown += 7) {
      const { point } = await predict(seriesOf(wave.slice(0, shown)), 30);
      // Before two hours are seen the wave is a trend, which is damped.
      expect(Math.max(...point)).toBeLessThan(shown < 180 ? 1_400 : 1_100);
    }
  });

  it('stays between spikes that come at odd times', async () => {
    const random = noise(17);
    const values = Array.from({ length: 3000 }, () => (random() > 0.9 ? 5000 : 50 + random()));
    const { point, standardErrors } = await predict(seriesOf(values), 30);
    for (const value of point) expect(value).toBeLessThan(100);
    for (const error of standardErrors) expect(error).toBeGreaterThan(500);
  });

  it('follows a wave once two periods are seen', async () => {
    const wave = (i: number) => 600 + 480 * Math.sin((2 * Math.PI * i) / 60);
    const { point } = await predict(seriesOf(Array.from({ length: 360 }, (_, i) => wave(i))), 30);
    point.forEach((value, h) => {
      expect(Math.abs(value - wave(360 + h))).toBeLessThan(1);
    });
  });

  it.each([10, 12, 15, 30])(
    'follows a wave of %d minutes at every step, also where the last value comes round again',
    async (minutes) => {
      const wave = (i: number) => 200 + 100 * Math.sin((2 * Math.PI * i) / minutes);
      for (const horizon of [minutes, 30, 60]) {
        const { point } = await predict(
          seriesOf(Array.from({ length: 364 }, (_, i) => wave(i))),
          horizon,
        );
        point.forEach((value, h) => {
          expect(Math.abs(value - wave(364 + h)), `${horizon}: ${h + 1}`).toBeLessThan(1);
        });
      }
    },
  );

  it.each([
    { stepSeconds: 60, horizon: 30, seasonSteps: 10_080 },
    { stepSeconds: 300, horizon: 48, seasonSteps: 2_016 },
    { stepSeconds: 3600, horizon: 24, seasonSteps: 168 },
    { stepSeconds: 60, horizon: 30, seasonSteps: 1_440 },
    { stepSeconds: 300, horizon: 48, seasonSteps: 288 },
  ])(
    'follows growth as soon as it has seen two seasons: $seasonSteps of $stepSeconds s',
    async ({ stepSeconds, horizon, seasonSteps }) => {
      const random = noise(5);
      const climb = (i: number) => 100 + (450 / seasonSteps) * i;
      const values = Array.from({ length: 3 * seasonSteps }, (_, i) => climb(i) + 5 * random());
      for (const n of [0, 1, horizon / 2, seasonSteps].map((more) => 2 * seasonSteps + more)) {
        const { point } = await predict(seriesOf(values.slice(0, n), stepSeconds), horizon);
        point.forEach((value, h) => {
          expect(Math.abs(value - climb(n + h)), `${n}: ${h + 1} ahead`).toBeLessThan(22);
        });
      }
    },
  );

  it('repeats a constant exactly, with no error', async () => {
    const { point, standardErrors } = await predict(seriesOf(new Array(5000).fill(45.3)), 60);
    expect([...new Set(point)]).toEqual([45.3]);
    expect([...new Set(standardErrors)]).toEqual([0]);
  });

  it('stays near the new level after a step', async () => {
    const random = noise(3);
    const values = Array.from({ length: 3000 }, (_, i) => (i < 2000 ? 100 : 900) + 5 * random());
    const { point } = await predict(seriesOf(values), 30);
    for (const value of point) expect(Math.abs(value - 900)).toBeLessThan(20);
  });

  const histories = fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.double({ min: 0, max: 1e6, noNaN: true }) },
        {
          weight: 1,
          arbitrary: fc.constant(Number.NaN),
        },
      ),
      { minLength: 2, maxLength: 300 },
    )
    .filter((values) => values.filter((value) => !Number.isNaN(value)).length >= 2);
  const steps = fc.constantFrom(1, 7, 60, 300, 1800, 3600, 86_400);

  it('leaves the range of the history by no more than that range', async () => {
    await fc.assert(
      fc.asyncProperty(histories, steps, async (values, stepSeconds) => {
        const observed = values.filter((value) => !Number.isNaN(value));
        const [low, high] = [Math.min(...observed), Math.max(...observed)];
        const { point, standardErrors } = await predict(seriesOf(values, stepSeconds), 48);
        for (const value of point) {
          expect(value).toBeLessThanOrEqual(high + (high - low) * (1 + 1e-9));
          expect(value).toBeGreaterThanOrEqual(Math.max(0, low - (high - low) * (1 + 1e-9)));
        }
        for (const error of standardErrors) expect(error).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same bytes 512 weeks later', async () => {
    await fc.assert(
      fc.asyncProperty(histories, steps, async (values, stepSeconds) => {
        const series = seriesOf(values, stepSeconds);
        const later = { ...series, cutoffSeconds: series.cutoffSeconds + 512 * 604_800 };
        expect(await predict(later, 24)).toEqual(await predict(series, 24));
      }),
      { numRuns: 40 },
    );
  });

  it('says what it is made of', async () => {
    const series = seriesOf(dailyLoad(900, 300), 300);
    const { description } = await baselineModel(kernel).fit(series, contextOf(12));
    const weights = description.weights as Record<string, [number, number]>;
    const known =
      /^(last value|mean over|median over|damped trend|(steps|hours) of the (hour|day)( \+ |$))/;
    for (const name of Object.keys(weights)) expect(name).toMatch(known);
    for (const step of [0, 1] as const) {
      const sum = Object.values(weights).reduce((total, weight) => total + weight[step], 0);
      expect(sum).toBeCloseTo(1, 12);
    }
    // A daily wave with noise: the day and its hours carry the far end of the horizon.
    const daily = Object.entries(weights).filter(([name]) => name.includes('of the day'));
    expect(daily.reduce((total, [, weight]) => total + weight[1], 0)).toBeGreaterThan(0.8);
  });

  it('scales with the metric', async () => {
    const history = dailyLoad(900, 300);
    const plain = await predict(seriesOf(history, 300), 12);
    const scaled = await predict(
      seriesOf(
        history.map((value) => value * 2 ** 40),
        300,
      ),
      12,
    );
    expect([...scaled.point]).toEqual([...plain.point].map((value) => value * 2 ** 40));
  });
});
