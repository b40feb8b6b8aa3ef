import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { directModel } from '../../src/models/direct.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, noise, seriesOf } from '../models/series.ts';
import { directTwin } from './twin.ts';

const { NaN: MISSING } = Number;
const DAY_SECONDS = 86_400;
const HORIZON = 20;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function predict(
  values: readonly number[],
  stepSeconds: number,
  { horizon = HORIZON, cutoffSeconds = CUTOFF_SECONDS } = {},
) {
  const series = { ...seriesOf(values, stepSeconds), cutoffSeconds };
  const { prediction } = await directModel(kernel).fit(series, contextOf(horizon));
  return { point: [...prediction.point], sigma: [...prediction.standardErrors] };
}

/** A day that rises and falls, noise, and spikes; some values missing. */
function load(seed: number, n: number, daySteps: number, level = 300, missing = 0.05): number[] {
  const random = noise(seed);
  return Array.from({ length: n }, (_, i) => {
    const wave = 100 * Math.sin((2 * Math.PI * i) / daySteps);
    const spike = random() > 0.97 ? 400 * random() : 0;
    const value = level + wave + 15 * random() + spike;
    return i > 0 && random() > 1 - 2 * missing ? MISSING : value;
  });
}

function expectNear(got: readonly number[], wanted: readonly number[], tolerance: number): void {
  for (const [k, value] of wanted.entries()) {
    expect(Math.abs((got[k] as number) - value), `step ${k + 1}`).toBeLessThan(tolerance);
  }
}

describe('direct', () => {
  it.each([
    ['with a week', 1, 14 * 12 + 5, 7_200, { day: 12, days: 3, week: 84 }, [15]],
    ['with three days', 2, 100, 3_600, { day: 24, days: 3, week: 0 }, [1, 7, 30]],
    ['with one day', 3, 60, 3_600, { day: 24, days: 1, week: 0 }, [1, 7, 30]],
    ['without a season', 4, 130, 7 * 3_600, { day: 0, days: 0, week: 0 }, [1, 7, 30]],
  ] as const)('is what its slow twin is, %s', async (_, seed, n, stepSeconds, shape, horizons) => {
    const cutoffSeconds = stepSeconds * 250_000;
    for (const horizon of horizons) {
      const values = load(seed + horizon, n, 24);
      const { point, sigma } = await predict(values, stepSeconds, { horizon, cutoffSeconds });
      const twin = directTwin(values, 250_000 - n + 1, shape, horizon);
      expectNear(point, twin.point, 1e-5);
      expectNear(sigma, twin.sigma, 1e-5);
    }
  });

  it('begins at the first observed value', async () => {
    const values = load(5, 150, 24);
    const late = Array.from({ length: 40 }, () => MISSING);
    expect(await predict([...late, ...values], 3_600)).toEqual(await predict(values, 3_600));
  });

  it('does not depend on how it is cut into slices', async () => {
    const values = load(6, 400, 24);
    const whole = await predict(values, 3_600);
    kernel.write('historyPtr', Float64Array.from(values));
    kernel.call((guest) => guest.directFit(400, 3_600, CUTOFF_SECONDS, HORIZON));
    let slices = 1;
    while (kernel.call((guest) => guest.directAdvance(20_000)) !== 0) slices++;
    expect(slices).toBeGreaterThan(100);
    expect([...kernel.read('meanPtr', HORIZON)]).toEqual(whole.point);
  });

  it('learns a week that no day shows, and forgives odd days', async () => {
    const daySteps = 24;
    const random = noise(8);
    const usual = (i: number) => {
      const weekend = Math.floor(i / daySteps) % 7 > 4;
      return (weekend ? 100 : 400) + 50 * Math.sin((2 * Math.PI * i) / daySteps);
    };
    const n = 42 * daySteps;
    const values = Array.from({ length: n }, (_, i) => {
      const odd = i > 300 && i < 312 ? 900 : 0;
      return usual(i) + 4 * random() + odd;
    });
    for (const end of [n, n - 2 * daySteps, n - 3 * daySteps]) {
      const { point } = await predict(values.slice(0, end), 3_600, { horizon: 24 });
      const errors = point.map((value, k) => Math.abs(value - usual(end + k)));
      // Yesterday would be wrong by 300 where the weekend begins or ends.
      expect(errors.reduce((total, error) => total + error) / errors.length).toBeLessThan(30);
    }
  });
});

describe('the forecast of direct', () => {
  const seeds = fc.integer({ min: 1, max: 1e9 });
  const runs = { numRuns: 25, seed: 20_260_601 };
  const sizeOf = (values: readonly number[]) =>
    Math.max(...values.filter((value) => !Number.isNaN(value)).map(Math.abs));

  it('scales with the series', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.double({ min: -100, max: 100, noNaN: true }), async (seed, e) => {
        const factor = 10 ** e;
        const values = load(seed, 220, 24);
        const plain = await predict(values, 3_600);
        const scaled = await predict(
          values.map((value) => value * factor),
          3_600,
        );
        for (const of of ['point', 'sigma'] as const) {
          expectNear(
            scaled[of].map((value) => value / factor),
            plain[of],
            1e-8 * sizeOf(values),
          );
        }
      }),
      runs,
    );
  });

  it('moves with a constant added to the series', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 0, max: 5_000 }), async (seed, added) => {
        const values = load(seed, 220, 24, 600);
        const plain = await predict(values, 3_600);
        const moved = await predict(
          values.map((value) => value + added),
          3_600,
        );
        expectNear(
          moved.point.map((value) => value - added),
          plain.point,
          1e-5,
        );
        expectNear(moved.sigma, plain.sigma, 1e-5);
      }),
      runs,
    );
  });

  it('does not change with the day of the calendar', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: -5_000, max: 5_000 }), async (seed, days) => {
        const values = load(seed, 400, 24);
        const cutoffSeconds = CUTOFF_SECONDS + days * DAY_SECONDS;
        expect(await predict(values, 3_600, { cutoffSeconds })).toEqual(
          await predict(values, 3_600),
        );
      }),
      runs,
    );
  });

  it('knows nothing that was in the kernel before', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.integer({ min: 40, max: 80 }), async (seed, n) => {
        const values = load(seed, n, 24);
        const first = await predict(values, 3_600);
        await predict(
          load(seed + 1, 500, 24).map((value) => value * 1e9),
          3_600,
        );
        expect(await predict(values, 3_600)).toEqual(first);
      }),
      runs,
    );
  });

  it('is at least 0 only where all values are', async () => {
    const falling = Array.from({ length: 200 }, (_, i) => Math.max(0, 400 - 2.5 * i));
    expect(Math.min(...(await predict(falling, 3_600)).point)).toBe(0);
    const below = falling.map((value) => value - 500);
    expect(Math.min(...(await predict(below, 3_600)).point)).toBeLessThan(-400);
  });

  it('is refused where fewer than 24 points are observed', async () => {
    const values = load(9, 100, 24).map((value, i) => (i < 77 ? MISSING : value));
    const few = values.map((value, i) => (i < 80 ? MISSING : value));
    await expect(predict(few, 3_600)).rejects.toMatchObject({ code: 'series_too_short' });
  });
});
