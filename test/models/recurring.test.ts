import { beforeAll, describe, expect, it } from 'vitest';
import type { Series } from '../../src/features/series.ts';
import { autoModel } from '../../src/models/auto.ts';
import { findRecurring, withRecurring } from '../../src/models/recurring.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, noise } from './series.ts';

const STEP_SECONDS = 300;
const DAY = 86_400 / STEP_SECONDS;
/** A spike is higher by so much, from nine o'clock on; the day of the cutoff is a Monday. */
const HEIGHT = 4_900;
const AT = 108;

interface Load {
  readonly days: number;
  /** Steps of the cutoff behind midnight. */
  readonly late?: number;
  readonly level?: (i: number) => number;
  /** Whether there is a spike on this day before the cutoff's, 1 = the day before. */
  readonly has?: (daysAgo: number) => boolean;
  readonly steps?: number;
}

function loadOf({
  days,
  late = AT - 3,
  has = () => true,
  steps = 1,
  level = () => 100,
}: Load): Series {
  const random = noise(3);
  const values = Float64Array.from({ length: days * DAY + late }, (_, i) => {
    const slot = i % DAY;
    const isSpike = slot >= AT && slot < AT + steps && has(days - Math.floor(i / DAY));
    return level(i) + 10 * random() + (isSpike ? HEIGHT : 0);
  });
  const cutoffSeconds = CUTOFF_SECONDS + late * STEP_SECONDS;
  return { values, stepSeconds: STEP_SECONDS, cutoffSeconds };
}

/** The heights ahead, by step. */
function heightsAhead(series: Series, horizon = 12): Record<number, number> {
  return Object.fromEntries(
    findRecurring(series, horizon).spikes.map(({ step, heights }) => {
      return [step, heights[heights.length >> 1] as number];
    }),
  );
}

describe('recurring spikes', () => {
  it.each([1, 2, 3, 5])('are expected where they came, %i steps long', (steps) => {
    const ahead = heightsAhead(loadOf({ days: 8, steps }));
    expect(Object.keys(ahead)).toEqual(Array.from({ length: steps }, (_, k) => String(4 + k)));
    for (const height of Object.values(ahead)) expect(height).toBeCloseTo(HEIGHT, -1.5);
  });

  it.each([
    ['three whole days', { days: 3 }, true],
    ['two', { days: 2 }, false],
    ['a day that went wrong', { days: 8, has: (ago: number) => ago !== 7 }, true],
    ['two such days', { days: 8, has: (ago: number) => ago !== 3 && ago !== 4 }, false],
    ['an end three days ago', { days: 12, has: (ago: number) => ago > 3 }, false],
    [
      'working days, on a Monday',
      { days: 14, has: (ago: number) => ago % 7 !== 1 && ago % 7 !== 2 },
      true,
    ],
    ['Mondays', { days: 21, has: (ago: number) => ago % 7 === 0 }, true],
    [
      'Mondays, not those before',
      { days: 29, has: (ago: number) => ago % 7 === 0 && ago < 28 },
      false,
    ],
    ['Sundays, on a Monday', { days: 21, has: (ago: number) => ago % 7 === 1 }, false],
    ['every third day', { days: 14, has: (ago: number) => ago % 3 === 0 }, false],
  ])('need days enough that agree: %s', (_, load, isExpected) => {
    expect(Object.keys(heightsAhead(loadOf(load)))).toEqual(isExpected ? ['4'] : []);
  });

  it('of working days are none of a Saturday', () => {
    // The days are numbered back from a Saturday, two days before that Monday.
    const load = loadOf({ days: 14, has: (ago) => ago % 7 !== 0 && ago % 7 !== 6 });
    const saturday = { ...load, cutoffSeconds: load.cutoffSeconds - 2 * 86_400 };
    expect(heightsAhead(saturday)).toEqual({});
    expect(Object.keys(heightsAhead(saturday, 12 + 2 * DAY))).toEqual([String(4 + 2 * DAY)]);
  });

  it('are measured from a level that moves', () => {
    const level = (i: number) =>
      (i < 5 * DAY ? 300 : 3_000) + 200 * Math.sin((2 * Math.PI * i) / DAY);
    expect(heightsAhead(loadOf({ days: 8, level }))[4]).toBeCloseTo(HEIGHT, -2);
  });

  it('are none in noise, nor in a wave', () => {
    const level = (i: number) => 300 + 200 * Math.sin((2 * Math.PI * i) / DAY);
    for (const load of [{ days: 8 }, { days: 8, level }]) {
      expect(heightsAhead(loadOf({ ...load, has: () => false }), DAY)).toEqual({});
    }
  });

  it.each([
    // Student's t with two degrees of freedom: a tail of 1 / x².
    ['noise with a heavy tail', (u: number) => (10 * u) / Math.sqrt(1 - u * u), 0],
    ['flash crowds at odd times', (u: number) => 10 * u, 6],
  ])('are none in %s', (_, noiseOf, crowdsPerDay) => {
    for (let seed = 1; seed < 16; seed += 2) {
      const random = noise(seed);
      const series = loadOf({ days: 32, has: () => false, level: () => 1_000 });
      series.values.forEach((_value, i) => {
        series.values[i] = 1_000 + 10 * noiseOf(random());
      });
      for (let k = 0; k < crowdsPerDay * 32; k++) {
        const at = Math.floor((0.5 + random() / 2) * (series.values.length - 2));
        for (const i of [at, at + 1]) series.values[i] = 4_000 + 2_000 * random();
      }
      expect(heightsAhead(series, DAY), `seed ${seed}`).toEqual({});
    }
  });

  it.each([
    ['day', 8, () => true],
    ['week', 22, (ago: number) => ago % 7 === 0],
  ])('differ too much to be one of the %s', (_, days, has) => {
    const series = loadOf({ days, has });
    series.values[(days === 8 ? 6 : 8) * DAY + AT] = 2_000;
    expect(heightsAhead(series)).toEqual({});
  });

  it('are known in spite of gaps', () => {
    const series = loadOf({ days: 8 });
    series.values.fill(Number.NaN, 2 * DAY + 90, 4 * DAY + 20);
    expect(Object.keys(heightsAhead(series))).toEqual(['4']);
  });
});

describe('a forecast that misses a recurring spike', () => {
  const drift = { excess: 0, limit: 1, isOn: false, ageSteps: 0 };
  const facts = { peak: null, errors: 1, effectiveErrors: 1, tailFrom: 1, drift };
  const predictionOf = (point: number[], p90: number[]) => {
    const bands = { '0.5': Float64Array.from(point), '0.9': Float64Array.from(p90) };
    const standardErrors = new Float64Array(point.length);
    return { point: bands['0.5'], standardErrors, calibrated: { bands, ...facts } };
  };
  const spikes = [{ step: 2, heights: Float64Array.of(10, 20, 40) }];

  it('is raised by the median height above its surroundings, quantiles by theirs', () => {
    const prediction = predictionOf([1, 9, 3, 100], [5, 9, 7, 100]);
    const raised = withRecurring(prediction, { spikes, level: 50, aside: 1 });
    expect(raised.point).toEqual(Float64Array.of(1, 22, 3, 100));
    expect(raised.calibrated?.bands).toEqual({
      '0.5': Float64Array.of(1, 22, 3, 100),
      '0.9': Float64Array.of(5, 46, 7, 100),
    });
    expect(prediction.point[1]).toBe(9);
  });

  it('is raised above the present level where spikes are all around', () => {
    const prediction = predictionOf([9], [9]);
    const first = [{ step: 1, heights: Float64Array.of(10, 20, 40) }];
    const raised = withRecurring(prediction, { spikes: first, level: 50, aside: 1 });
    expect(raised.point).toEqual(Float64Array.of(70));
  });

  it('is left alone where it knows of the spike, but for quantiles that do not', () => {
    const prediction = predictionOf([1, 20, 3], [5, 25, 7]);
    const raised = withRecurring(prediction, { spikes, level: 0, aside: 1 });
    expect(raised.point).toEqual(prediction.point);
    expect(raised.calibrated?.bands['0.9']).toEqual(Float64Array.of(5, 46, 7));
  });
});

describe('auto before a recurring spike', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await loadKernel();
  });

  it.each([
    ['at its level', undefined],
    ['after a rise', (i: number) => (i < 12 * DAY ? 100 : 700)],
  ])(
    'knows of it %s: median and quantiles',
    async (_, level) => {
      const random = noise(9);
      let covered = 0;
      const COUNT = 6;
      for (let k = 0; k < COUNT; k++) {
        const series = loadOf({ days: 14, late: AT - 1 - (k % 6), ...(level && { level }) });
        series.values.forEach((value, i) => {
          const spread = i % DAY === AT ? 500 * random() : 0;
          series.values[i] = value + spread;
        });
        const context = { ...contextOf(12), levels: [0.5, 0.9, 0.99], peakSteps: 8 };
        const { prediction } = await autoModel(kernel).fit(series, context);
        const step = 1 + (k % 6);
        const expected = (level ? 700 : 100) + HEIGHT;
        expect(Math.abs((prediction.point[step] as number) - expected)).toBeLessThan(450);
        const [p90, p99] = ['0.9', '0.99'].map(
          (name) => prediction.calibrated?.bands[name]?.[step],
        );
        expect(p99).toBeGreaterThanOrEqual(p90 as number);
        expect(prediction.point[step === 1 ? 4 : 0]).toBeLessThan(expected / 2);
        if (expected + 500 * random() <= (p90 as number)) covered++;
      }
      expect(covered).toBeGreaterThanOrEqual(0.75 * COUNT);
    },
    60_000,
  );
});
