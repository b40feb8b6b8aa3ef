import { beforeAll, expect, it } from 'vitest';
import { harmonicModel } from '../../src/models/harmonic.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { normals, simulate } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, seriesOf } from '../models/series.ts';
import { harmonicTwin } from './twin.ts';

/** A day of twelve steps. */
const STEP_SECONDS = 7_200;
const DAY = 12;
const WEEK = 84;
const HORIZON = 30;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const daily = (t: number) => 20 * Math.sin((2 * Math.PI * t) / DAY) + (t % DAY === 5 ? 15 : 0);
const weekly = (t: number) => (Math.floor(t / DAY) % 7 < 2 ? -10 : 0);

function series(n: number, at: (t: number, noise: number) => number): number[] {
  const noise = simulate(n, [0.7], [], 5);
  return noise.map((e, t) => at(t, e));
}

const draw = normals(3);
const spikes = Array.from({ length: 200 }, (_, t) => (t % 61 === 60 ? 200 * draw() : 0));

const SERIES: Record<string, number[]> = {
  'a day': series(131, (t, e) => daily(t) + e),
  'a day and a week': series(200, (t, e) => daily(t) + weekly(t) + e),
  'a day, positive, seen through the log': series(150, (t, e) =>
    Math.exp(3 + 0.03 * daily(t) + 0.3 * e),
  ),
  'less than two days': series(23, (_, e) => 50 + e),
  'spikes to be cut off': series(200, (t, e) => daily(t) + e + (spikes[t] ?? 0)),
};

it.each(Object.keys(SERIES))('agrees with its plain twin: %s', async (kind) => {
  const values = SERIES[kind] as number[];
  const { prediction } = await harmonicModel(kernel).fit(
    seriesOf(values, STEP_SECONDS),
    contextOf(HORIZON),
  );
  const twin = harmonicTwin(values, DAY, WEEK, HORIZON);
  const size = Math.max(...values.map(Math.abs));
  twin.point.forEach((value, h) => {
    expect(Math.abs((prediction.point[h] as number) - value)).toBeLessThan(1e-7 * size);
    const error = twin.errors[h] as number;
    expect(Math.abs((prediction.standardErrors[h] as number) - error)).toBeLessThan(1e-7 * size);
  });
});
