import { beforeAll, describe, expect, it } from 'vitest';
import { findSeasons } from '../../src/models/seasons.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { noise, seriesOf } from './series.ts';

const HOUR = 3600;
const STEP_SECONDS = 600;
const DAY_STEPS = 144;
const WEEK_STEPS = 1008;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

function found(at: (i: number) => number, n = 3 * WEEK_STEPS) {
  return findSeasons(
    kernel,
    seriesOf(
      Array.from({ length: n }, (_, i) => at(i)),
      STEP_SECONDS,
    ),
  );
}
const seconds = (at: (i: number) => number, n?: number) => found(at, n).map((s) => s.seconds);

const daily = (i: number) => Math.sin((2 * Math.PI * i) / DAY_STEPS);
const weekend = (i: number) => (Math.floor(i / DAY_STEPS) % 7 < 2 ? -1 : 0);

describe('findSeasons', () => {
  it('finds a pure season, with strength 1', () => {
    const [season, ...others] = found(daily);
    expect(season?.seconds).toBe(86_400);
    expect(season?.strength).toBeGreaterThan(0.98);
    expect(others).toEqual([]);
  });

  it('finds day and week, and the week only for what it adds', () => {
    expect(seconds((i) => daily(i) + weekend(i))).toEqual([86_400, 604_800]);
  });

  it('finds a job that runs once an hour', () => {
    expect(seconds((i) => (i % 6 === 2 ? 10 : 1))).toEqual([HOUR]);
  });

  it('weakens with noise', () => {
    const random = noise(5);
    const [season] = found((i) => daily(i) + 2 * random());
    expect(season?.seconds).toBe(86_400);
    expect(season?.strength).toBeGreaterThan(0.1);
    expect(season?.strength).toBeLessThan(0.6);
  });

  it('sees through gaps', () => {
    expect(seconds((i) => (i % 11 < 4 ? Number.NaN : daily(i)))).toEqual([86_400]);
  });

  it('finds none in noise, a trend, a random walk, a constant, nothing', () => {
    const random = noise(9);
    let level = 0;
    const walk = () => {
      level += random();
      return level;
    };
    for (const at of [random, walk, (i: number) => 3 * i, () => 4, () => Number.NaN]) {
      expect(found(at)).toEqual([]);
    }
  });

  it('asks for two repetitions', () => {
    expect(seconds(daily, 2 * DAY_STEPS)).toEqual([86_400]);
    expect(seconds(daily, 2 * DAY_STEPS - 1)).toEqual([]);
  });
});
