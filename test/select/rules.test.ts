// The rules of the ensemble one by one: each is told from its absence by what it is there for.
import { beforeAll, expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import type { FittedModel } from '../../src/models/model.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, noise } from '../models/series.ts';

const STEP_SECONDS = 600;
const DAY = 86_400 / STEP_SECONDS;
const HORIZON = 24;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** Fitted to a history that ends `late` steps behind midnight. */
async function fitted(history: readonly number[], late = 0, peakSteps = 0): Promise<FittedModel> {
  const cutoffSeconds = CUTOFF_SECONDS + late * STEP_SECONDS;
  const series = { values: Float64Array.from(history), stepSeconds: STEP_SECONDS, cutoffSeconds };
  return autoModel(kernel).fit(series, { ...contextOf(HORIZON), levels: [0.5, 0.9], peakSteps });
}

/** Mean |error| of a candidate in the history at the first step, recent ones counting more. */
function recentError({ description }: FittedModel, candidate: string): number {
  const errors = description.recentErrors as Record<string, readonly [number, number]>;
  return (errors[candidate] as readonly [number, number])[0];
}

const wave = (i: number, size: number) => 500 + size * Math.sin((2 * Math.PI * i) / DAY);

it('trusts what is learnt less after the level has shifted: it lags behind', async () => {
  const random = noise(3);
  const points = 10 * DAY;
  const SHIFT = 1_500;
  const load = Array.from({ length: points + HORIZON }, (_, i) => wave(i, 200) + 10 * random());
  const history = load.slice(0, points).map((value, i) => value + (i < points - 6 ? 0 : SHIFT));
  const { prediction } = await fitted(history);
  prediction.point.forEach((value, h) => {
    const comes = (load[points + h] as number) + SHIFT;
    expect(Math.abs(value - comes), `${h + 1} ahead`).toBeLessThan(SHIFT / 6);
  });
});

it('weighs errors by the square of their place in the order of time', async () => {
  const random = noise(5);
  const points = 10 * DAY;
  // Errors are taken in the second half: of its older half, whose share is then (1/2)³, and whose
  // own are of a mean size of 50, and of the calm half since. Learning from both adds its part.
  const load = Array.from({ length: points }, (_, i) => {
    return wave(i, 200) + (i < 0.75 * points ? 100 : 1) * random();
  });
  const error = recentError(await fitted(load), 'blend of the baseline');
  expect(error).toBeGreaterThan(50 / 8);
  expect(error).toBeLessThan((1.6 * 50) / 8);
});

it('looks for the peak at both ends of its window and in between', async () => {
  for (const late of [0, DAY / 4, DAY / 2, (3 * DAY) / 4]) {
    const random = noise(7);
    const points = 10 * DAY + late;
    const load = Array.from({ length: points + HORIZON }, (_, i) => wave(i, 400) + 5 * random());
    const { prediction } = await fitted(load.slice(0, points), late, HORIZON);
    const highest = Math.max(...load.slice(points));
    for (const level of ['0.5', '0.9']) {
      const peak = prediction.calibrated?.peak?.[level] as number;
      expect(Math.abs(peak - highest), `${late}: ${level}`).toBeLessThan(20);
    }
  }
});

it('does not let outliers bend the regressions', async () => {
  const random = noise(1);
  const points = 14 * DAY;
  const load: number[] = [];
  for (let i = 0; i < points; i++) {
    const before = load[i - DAY];
    load.push(before === undefined ? 300 * random() : 10 * random() - before);
  }
  const history = load.map((value, i) => {
    const isOutlier = Math.abs(random()) > 0.95 && i > DAY && i < 0.8 * points;
    return isOutlier ? value + 3_000 : value;
  });
  expect(recentError(await fitted(history), 'regression on recent values')).toBeLessThan(140);
});
