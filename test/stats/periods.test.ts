import { beforeAll, describe, expect, it } from 'vitest';
import { findPeriods } from '../../src/models/periods.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { normals } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { seriesOf } from '../models/series.ts';

/** No whole number of these steps is a day: lengths are not rounded to the calendar's. */
const STEP_SECONDS = 100_000;
const TRIALS = 100;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

type Draw = () => number;

async function found(values: ArrayLike<number>, stepSeconds = STEP_SECONDS): Promise<number[]> {
  const periods = await findPeriods(kernel, seriesOf(values, stepSeconds));
  return periods.map(({ seconds }) => seconds / stepSeconds);
}

function simulated(seed: number, n: number, at: (draw: Draw, t: number) => number): number[] {
  const draw = normals(seed);
  return Array.from({ length: n }, (_, t) => at(draw, t));
}

const wave = (t: number, period: number) => Math.sin((2 * Math.PI * t) / period);

/** How many of TRIALS series of a kind show a period. */
async function rate(n: number, kind: () => (draw: Draw, t: number) => number): Promise<number> {
  let count = 0;
  for (let seed = 1; seed <= TRIALS; seed++) {
    if ((await found(simulated(seed, n, kind()))).length > 0) count++;
  }
  return count / TRIALS;
}

describe('findPeriods', () => {
  it('finds a period in noise, of any length', async () => {
    expect(await found(simulated(1, 2_000, (draw, t) => 2 * wave(t, 24) + draw()))).toEqual([24]);
    const odd = simulated(2, 1_000, (draw, t) => 2 * wave(t, 37) + 0.2 * draw() + 0.01 * t);
    expect(await found(odd)).toEqual([37]);
  });

  it('finds several', async () => {
    const both = simulated(3, 3_000, (draw, t) => 2 * wave(t, 24) + 2 * wave(t, 170) + draw());
    expect((await found(both)).sort((a, b) => a - b)).toEqual([24, 170]);
  });

  it('finds spikes that come back', async () => {
    const spikes = simulated(4, 1_200, (draw, t) => (t % 20 === 3 ? 8 : 0) + draw());
    expect(await found(spikes)).toContain(20);
  });

  it('sees through gaps', async () => {
    const gaps = simulated(5, 2_000, (draw, t) =>
      t % 13 < 3 ? Number.NaN : 2 * wave(t, 48) + draw(),
    );
    expect(await found(gaps)).toEqual([48]);
  });

  it('names the day where it can hardly be told from its neighbours', async () => {
    const days = simulated(6, 3 * 1_440, (draw, t) => 2 * wave(t, 1_440) + draw());
    expect(await found(days, 60)).toEqual([1_440]);
  });

  it('does not take one for a day, or a week, that the values do not hold', async () => {
    const short = simulated(7, 400, (draw, t) => 2 * wave(t, 60) + draw());
    expect(await found(short, 300)).toEqual([60]);
  });

  it('finds none in noise, a trend or a constant', async () => {
    expect(await rate(200, () => (draw) => draw())).toBeLessThanOrEqual(0.02);
    expect(await rate(1_000, () => (draw) => draw())).toBeLessThanOrEqual(0.02);
    expect(await rate(500, () => (draw, t) => 0.02 * t + draw())).toBeLessThanOrEqual(0.02);
    expect(await found(new Array(500).fill(7))).toEqual([]);
  });

  it('is seldom misled by noise that remembers', async () => {
    const remembering = () => {
      let x = 0;
      return (draw: Draw) => {
        x = 0.9 * x + draw();
        return x;
      };
    };
    expect(await rate(1_000, remembering)).toBeLessThanOrEqual(0.1);
  });

  it('refuses a few points', async () => {
    await expect(found([1, 2, 3])).rejects.toMatchObject({ code: 'series_too_short' });
  });
});
