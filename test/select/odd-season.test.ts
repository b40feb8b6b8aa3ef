// Seasons that are none of the calendar: found, told of, forecast.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../src/features/series.ts';
import { autoModel } from '../../src/models/auto.ts';
import { seasonSearch } from '../../src/models/season-search.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, dailyLoad, noise } from '../models/series.ts';

const STEP_SECONDS = 300;
const POINTS = 4_032;
const HORIZON = 12;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** Busy for a sixth of each season of so many steps, beside a daily wave. */
function load(seasonSteps: number, wave: number): number[] {
  const random = noise(5);
  return Array.from({ length: POINTS + 700 }, (_, i) => {
    const isBusy = (i % seasonSteps) * 6 < seasonSteps;
    const daily = wave * Math.sin((2 * Math.PI * i * STEP_SECONDS) / 86_400);
    return 400 + daily + (isBusy ? 800 : 0) + 20 * random();
  });
}

/** The history after `tick` steps. */
function seriesAt(values: readonly number[], tick: number): Series {
  return {
    values: Float64Array.from(values.slice(tick, tick + POINTS)),
    stepSeconds: STEP_SECONDS,
    cutoffSeconds: CUTOFF_SECONDS + tick * STEP_SECONDS,
  };
}

describe.each([
  ['5h', 60, 0],
  ['5h', 60, 300],
  ['3h40m', 44, 0],
  ['1d1h', 300, 0],
])('a season of %s', (name, steps, wave) => {
  const values = load(steps, wave);

  it(`is forecast beside a daily wave of ${wave}`, { timeout: 30_000 }, async () => {
    let error = 0;
    const TICKS = 8;
    for (let k = 0; k < TICKS; k++) {
      const series = seriesAt(values, 83 * k);
      const { prediction, description } = await autoModel(kernel).fit(series, contextOf(HORIZON));
      expect(description.seasons).toContain(name);
      prediction.point.forEach((value, h) => {
        error += Math.abs(value - (values[83 * k + POINTS + h] as number)) / (TICKS * HORIZON);
      });
    }
    // The noise has a mean size of 10; an edge that is missed by a step costs 800 at that step.
    expect(error).toBeLessThan(60);
  });
});

it('is told of by its members, and why another is not among them', async () => {
  const both = load(60, 0).map((value, i) => value + (i % 101 < 12 ? 500 : 0));
  const { description } = await autoModel(kernel).fit(seriesAt(both, 0), contextOf(HORIZON));
  const seasons = description.seasons as string[];
  expect(seasons).toEqual(['5h', expect.stringMatching(/^8h2[456]m/)]);
  expect(description.calendar).toEqual(['hour', 'day', 'week']);
  const weights = Object.keys(description.weights as object);
  expect(weights.some((name) => name.startsWith('median of 7 seasons of 5h'))).toBe(true);
  expect(description.excluded).toMatchObject({
    [`season of ${seasons[1]}`]: 'another is stronger',
  });
});

it('is found in the same way by a process that has just started, once an epoch', async () => {
  const values = load(60, 300);
  const warm = seasonSearch(kernel);
  const results = new Set();
  for (let tick = 0; tick < 140; tick += 7) {
    const series = seriesAt(values, tick);
    const result = await warm(series);
    results.add(result);
    expect(await seasonSearch(kernel)(series), `tick ${tick}`).toEqual(result);
  }
  // An epoch is 32 steps.
  expect(results.size).toBe(5);
});

describe('a season that stands for the day', () => {
  const DAY_STEPS = 288;
  const DAYS = 4;
  const at = (stepSeconds: number): Series => ({
    values: Float64Array.from(dailyLoad(DAYS * DAY_STEPS, 300)),
    stepSeconds,
    cutoffSeconds: (CUTOFF_SECONDS / 300) * stepSeconds,
  });

  it('makes a load that is replayed faster be forecast as it was', async () => {
    const slow = await autoModel(kernel).fit(at(300), contextOf(HORIZON));
    const fast = await autoModel(kernel).fit(at(5), contextOf(HORIZON));
    expect(slow.description).toMatchObject({ seasons: ['day'], timeScale: 1 });
    expect(fast.description).toEqual({ ...slow.description, timeScale: 60 });
    expect(fast.prediction.point).toEqual(slow.prediction.point);
    expect(fast.prediction.calibrated?.bands).toEqual(slow.prediction.calibrated?.bands);
  });

  it.each([
    ['no season at all', 300, () => 0],
    ['one whose steps a day is not cut into', 84, (phase: number) => (phase < 14 ? 800 : 0)],
    ['a weak one', 60, (phase: number) => (phase < 10 ? 11 : 0)],
  ])('is not %s', async (_, period, shape) => {
    const random = noise(3);
    const values = Float64Array.from({ length: 520 }, (_, i) => shape(i % period) + 20 * random());
    const series = { ...at(300), values };
    expect((await seasonSearch(kernel)(series)).timeScale).toBe(1);
  });

  it('is the one near what was found, if that is as good', async () => {
    const random = noise(4);
    const values = Float64Array.from({ length: 400 }, (_, i) => {
      return 100 * Math.sin((2 * Math.PI * i) / 100) + 30 * random();
    });
    const { found, timeScale } = await seasonSearch(kernel)({ ...at(300), values });
    expect(found).toMatchObject([{ seconds: 86_400 }]);
    expect(timeScale * 300).toBe(86_400 / 100);
  });

  it('gives way to the day once the history holds two', async () => {
    const long = Float64Array.from(load(60, 0).slice(0, 2 * DAY_STEPS + 40));
    const search = seasonSearch(kernel);
    const short = await search({ ...at(300), values: long.subarray(0, 2 * DAY_STEPS - 40) });
    expect(short).toMatchObject({ timeScale: 4.8, odd: [] });
    const held = await search({ ...at(300), values: long });
    expect(held).toMatchObject({ timeScale: 1, odd: [{ seconds: 60 * 300 }] });
  });
});

it('needs no members where the calendar holds it, or there is none', async () => {
  const random = noise(9);
  const noisy = Array.from({ length: POINTS }, () => random());
  for (const values of [load(288, 0), load(72, 0), noisy]) {
    expect((await seasonSearch(kernel)(seriesAt(values, 0))).odd).toEqual([]);
  }
});
