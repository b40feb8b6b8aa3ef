import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { cumulate, fitArima, simulate } from './fitting.ts';
import { goldenVectors } from './golden/statsmodels.ts';
import { kpssLevel } from './twin-statistics.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const AUTO = { p: 'auto', d: 'auto', q: 'auto', constant: 'auto' } as const;
/** 5 % (Kwiatkowski et al. 1992, table 1). */
const CRITICAL = 0.463;

/** d by repeated tests, after the rule of Hyndman & Khandakar (2008). */
function differencesOf(values: readonly number[]): number {
  let w = [...values];
  for (let d = 0; d < 2; d++) {
    const lags = Math.trunc((3 * Math.sqrt(w.length)) / 13);
    if (!(kpssLevel(w, lags) > CRITICAL)) return d;
    w = w.slice(1).map((value, t) => value - (w[t] ?? NaN));
  }
  return 2;
}

describe('d by KPSS', () => {
  const noise = simulate(300, [0.4], [], 2);
  const series: Record<string, readonly number[]> = {
    noise,
    walk: cumulate(noise),
    'twice integrated': cumulate(cumulate(noise)),
    'trend and noise': noise.map((value, t) => value + t / 20),
    ...Object.fromEntries(goldenVectors().kpss.map(({ name, y }) => [`golden ${name}`, y])),
  };
  it.each(Object.entries(series))('%s', async (_, values) => {
    const { description } = await fitArima(kernel, { d: 'auto' }, values);
    expect(description.order[1]).toBe(differencesOf(values));
  });
});

describe('orders by AICc', () => {
  it('find an autoregression, and beat its neighbours', async () => {
    const values = simulate(500, [1.2, -0.5], [], 4);
    const chosen = await fitArima(kernel, { ...AUTO, d: 0 }, values);
    const truth = await fitArima(kernel, { p: 2, q: 0, constant: 'auto' }, values);
    const poor = await fitArima(kernel, { p: 1, q: 0, constant: 'auto' }, values);
    expect(chosen.description.aicc).toBeLessThan(truth.description.aicc + 2);
    expect(chosen.description.aicc).toBeLessThan(poor.description.aicc - 10);
  });

  it('leave white noise alone', async () => {
    const { description } = await fitArima(kernel, AUTO, simulate(400, [], [], 6));
    expect(description.order).toEqual([0, 0, 0]);
  });

  it('keep to the orders that are given', async () => {
    const values = cumulate(simulate(300, [0.5], [0.4], 9));
    const { description } = await fitArima(kernel, { ...AUTO, d: 1, q: 1 }, values);
    expect(description.order.slice(1)).toEqual([1, 1]);
  });

  it('take the drift of a walk that has one, and only then', async () => {
    const steps = simulate(400, [0.3], [], 12);
    const drifting = cumulate(steps.map((step) => step + 2));
    const rising = await fitArima(kernel, { ...AUTO, d: 1 }, drifting);
    expect(rising.description.constant).toBeCloseTo(2, 0);
    const level = await fitArima(kernel, { ...AUTO, d: 1 }, cumulate(steps));
    expect(level.description.constant).toBe(0);
  });

  it('take a seasonal difference of a strong season alone', async () => {
    const noise = simulate(240, [0.3], [], 3);
    const seasonal = { p: 'auto', d: 'auto', q: 'auto', lengthSteps: 12 } as const;
    const wave = noise.map((value, t) => value + 9 * Math.sin((Math.PI * t) / 6));
    const strong = await fitArima(kernel, { ...AUTO, seasonal }, wave);
    expect(strong.description.seasonal?.[1]).toBe(1);
    const weak = await fitArima(kernel, { ...AUTO, seasonal }, noise);
    expect(weak.description.seasonal?.[1]).toBe(0);
  });

  it('take a seasonal difference of a season that walks', async () => {
    const seasonal = { p: 0, d: 'auto', q: 0, lengthSteps: 4 } as const;
    let taken = 0;
    for (let seed = 40; seed < 50; seed++) {
      const walk = simulate(80, [], [], seed);
      for (let t = 4; t < walk.length; t++) walk[t] = (walk[t] ?? 0) + (walk[t - 4] ?? 0);
      const { description } = await fitArima(kernel, { seasonal }, walk);
      taken += description.seasonal?.[1] ?? 0;
    }
    expect(taken).toBeGreaterThanOrEqual(9);
  });

  it('have no AICc where points are no more than parameters and one', async () => {
    const of = async (n: number) =>
      (await fitArima(kernel, { q: 3 }, simulate(n, [0.5], [], 4))).description;
    const { logLikelihood, aicc } = await of(6);
    expect(aicc).toBeCloseTo(-2 * logLikelihood + 8 + 40, 9);
    expect((await of(5)).aicc).toBe(Number.POSITIVE_INFINITY);
  });

  it('look through gaps', async () => {
    const values = simulate(400, [0.8], [], 7).map((v, t) => (t % 9 === 4 ? Number.NaN : v));
    const { description } = await fitArima(kernel, { ...AUTO, d: 0 }, values);
    expect(description.order[0] + description.order[2]).toBeGreaterThan(0);
    expect(description.fittedPoints).toBe(values.filter((v) => !Number.isNaN(v)).length);
  });
});
