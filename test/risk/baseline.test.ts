import { beforeAll, describe, expect, it } from 'vitest';
import { baselineModel } from '../../src/models/baseline.ts';
import type { CalibratedQuantiles } from '../../src/models/model.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, dailyLoad, noise, seriesOf } from '../models/series.ts';
import { uniform } from './cases.ts';

const LEVELS = [0.5, 0.75, 0.9, 0.99, 0.999];
const PEAK_STEPS = 6;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function calibrated(
  values: readonly number[],
  stepSeconds: number,
  horizon: number,
): Promise<CalibratedQuantiles> {
  const context = { ...contextOf(horizon), levels: LEVELS, peakSteps: PEAK_STEPS };
  const { prediction } = await baselineModel(kernel).fit(seriesOf(values, stepSeconds), context);
  if (!prediction.calibrated) throw new Error('not calibrated');
  expect(prediction.point).toEqual(prediction.calibrated.bands['0.5']);
  return prediction.calibrated;
}

describe('the quantiles of the baseline', () => {
  it('are there from the second value on, and rise with the level at each step', async () => {
    const random = noise(3);
    const values = Array.from({ length: 60 }, () => 100 + 10 * random());
    for (let shown = 2; shown <= values.length; shown++) {
      const { bands, peak } = await calibrated(values.slice(0, shown), 60, 30);
      LEVELS.slice(1).forEach((level, k) => {
        const below = String(LEVELS[k]);
        bands[level]?.forEach((value, h) => {
          expect(Number.isFinite(value)).toBe(true);
          expect(value).toBeGreaterThan(bands[below]?.[h] as number);
        });
        expect(peak?.[level]).toBeGreaterThan(peak?.[below] as number);
      });
    }
  });

  it('lean on more errors as they come', async () => {
    const load = dailyLoad(1_000, 300);
    const effective: number[] = [];
    const tails: number[] = [];
    for (const shown of [2, 10, 100, 1_000]) {
      const { effectiveErrors, tailFrom } = await calibrated(load.slice(0, shown), 300, 12);
      effective.push(effectiveErrors);
      tails.push(tailFrom);
    }
    expect(effective[0]).toBe(0);
    expect(effective).toEqual([...effective].sort((a, b) => a - b));
    expect(effective.at(-1)).toBeGreaterThan(200);
    expect(tails[0]).toBe(0.8);
    expect(tails.at(-1)).toBeGreaterThan(0.9);
  });

  it('have no width where the metric has none', async () => {
    const { bands, peak } = await calibrated(
      Array.from({ length: 500 }, () => 45.3),
      60,
      30,
    );
    for (const made of Object.values(bands)) {
      for (const value of made) expect(value).toBeCloseTo(45.3, 9);
    }
    expect(peak?.['0.99']).toBeCloseTo(45.3, 9);
  });

  it('hold sparse counts: p90 of Poisson(0.3) covers 0.9 at least', async () => {
    let [covered, all] = [0, 0];
    for (let seed = 1; seed <= 8; seed++) {
      const random = uniform(seed);
      // P(0) = e^-0.3, P(≤ 1) and P(≤ 2) of a mean of 0.3.
      const draw = () => {
        const share = random();
        return [0.740818, 0.963064, 0.996401].filter((limit) => share > limit).length;
      };
      const values = Array.from({ length: 4_000 }, draw);
      for (let shown = 2_000; shown < 3_900; shown += 100) {
        const { bands } = await calibrated(values.slice(0, shown), 300, 12);
        bands['0.9']?.forEach((value, h) => {
          all++;
          if ((values[shown + h] as number) <= value) covered++;
        });
      }
    }
    expect(covered / all).toBeGreaterThan(0.89);
    expect(covered / all).toBeLessThan(0.98);
  });
});
