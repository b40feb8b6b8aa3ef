import { beforeAll, describe, expect, it } from 'vitest';
import { baselineModel } from '../../src/models/baseline.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, noise, seriesOf } from './series.ts';

const POINTS = 20_160;
const HORIZON = 30;
const DAY_STEPS = 1_440;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const random = noise(11);
/** Of variance 1, near enough to normal. */
const shock = () => random() + random() + random();
const flat = Array.from({ length: POINTS + HORIZON }, () => 500 + 20 * shock());
const daily = flat.map((value, i) => value + 200 * Math.sin((2 * Math.PI * i) / DAY_STEPS));
let level = 0;
const persistent = flat.map(() => {
  level = 0.95 * level + 10 * shock();
  return 500 + level;
});
const LOADS = { flat, daily, persistent };

/** Forecast after the last `steps` of two weeks were moved, and what comes should they stay so. */
async function forecastMoved(load: readonly number[], by: number, steps: number) {
  const moved = load.map((value, i) => (i < POINTS - steps ? value : value + by));
  const series = seriesOf(moved.slice(0, POINTS));
  const { prediction } = await baselineModel(kernel).fit(series, contextOf(HORIZON));
  return { point: [...prediction.point], comes: moved.slice(POINTS) };
}

describe.each(Object.entries(LOADS))('a new level, never seen before: %s', (_, load) => {
  it.each([5, 10, 20, 45])('up is believed at every step after %d', async (steps) => {
    const { point, comes } = await forecastMoved(load, 1_200, steps);
    point.forEach((value, h) => {
      expect(value, `${h + 1} ahead`).toBeGreaterThan((comes[h] as number) - 250);
      expect(value, `${h + 1} ahead`).toBeLessThan((comes[h] as number) + 250);
    });
  });

  it.each([1, 2, 3])('up is believed at once for as long as it lasted: %d', async (steps) => {
    const { point, comes } = await forecastMoved(load, 1_200, steps);
    for (let h = 0; h < steps; h++) expect(point[h]).toBeGreaterThan((comes[h] as number) - 250);
    // One spike is no level: far ahead most of the forecast is what it was.
    expect(point.at(-1)).toBeLessThan((comes.at(-1) as number) - 500);
  });

  it('down is doubted longer', async () => {
    const early = await forecastMoved(load, -400, 2);
    expect(early.point.at(-1)).toBeGreaterThan((early.comes.at(-1) as number) + 200);
    const late = await forecastMoved(load, -400, 15);
    late.point.forEach((value, h) => {
      expect(value - (late.comes[h] as number), `${h + 1} ahead`).toBeLessThan(200);
    });
  });

  it('is over when the values are back', async () => {
    const calm = await forecastMoved(load, 0, 1);
    const crowd = load.map((value, i) => value + (i >= POINTS - 12 && i < POINTS - 2 ? 1_200 : 0));
    const { point } = await forecastMoved(crowd, 0, 1);
    point.forEach((value, h) => {
      expect(value - (calm.point[h] as number), `${h + 1} ahead`).toBeLessThan(500);
    });
  });
});
