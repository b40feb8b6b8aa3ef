import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import type { ArimaOptions } from '../../src/models/arima.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { cumulate, type Fitted, fitArima, normals, simulate } from './fitting.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const REFUSALS = ['series_too_short', 'series_not_finite', 'model_option'];

/** The fit, or the code of a typed refusal; anything else thrown fails the test. */
async function fitOrRefusal(options: Partial<ArimaOptions>, values: readonly number[], steps = 30) {
  try {
    return await fitArima(kernel, options, values, steps);
  } catch (thrown) {
    if (thrown instanceof KedastralError && REFUSALS.includes(thrown.code)) return thrown.code;
    throw thrown;
  }
}

function expectFinite({ description, prediction }: Fitted): void {
  const { ar, ma, seasonalAr, seasonalMa, constant, sigma2, logLikelihood, aicc } = description;
  const numbers = [...ar, ...ma, ...seasonalAr, ...seasonalMa, constant, sigma2];
  numbers.push(logLikelihood, ...prediction.point, ...prediction.standardErrors);
  expect(numbers.every(Number.isFinite)).toBe(true);
  expect(aicc).toBeGreaterThan(-Infinity);
  expect(Math.min(sigma2, ...prediction.standardErrors)).toBeGreaterThanOrEqual(0);
}

const draw = normals(11);
const series = (n: number, value: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => value(i));
const DEGENERATE: Record<string, readonly number[]> = {
  constant: series(80, () => 5),
  zero: series(80, () => 0),
  tiny: series(80, () => 1e-12 * draw()),
  denormal: series(80, () => 1e-310 * draw()),
  'scaled by 1e12': series(80, () => 1e12 * (1 + 0.1 * draw())),
  'one point': [3],
  'two points': [3, 4],
  'all missing': series(80, () => Number.NaN),
  'one observed of many': series(80, (i) => (i === 40 ? 7 : Number.NaN)),
  step: series(80, (i) => (i < 40 ? 10 : 1000)),
  spike: series(80, (i) => (i === 40 ? 1e6 : 1)),
  'spike at the end': series(80, (i) => (i === 79 ? 1e6 : 0)),
  'perfectly periodic': series(84, (i) => i % 7),
  sine: series(80, (i) => Math.sin(i / 5)),
  line: series(80, (i) => 3 * i + 1),
  parabola: series(80, (i) => i * i),
  exponential: series(80, (i) => Math.exp(i / 4)),
  alternating: series(80, (i) => (i % 2 ? 1 : -1)),
  'half missing': series(80, (i) => (i % 2 ? Number.NaN : draw())),
};
const SEASON = { p: 'auto', d: 'auto', q: 'auto', lengthSteps: 7 } as const;
const AUTO = { p: 'auto', d: 'auto', q: 'auto', constant: 'auto' } as const;
const MODELS: Record<string, Partial<ArimaOptions>> = {
  'ARIMA(1,1,1)': { p: 1, d: 1, q: 1, constant: 'auto' },
  'ARIMA(5,2,5)': { p: 5, d: 2, q: 5, constant: 'auto' },
  'ARIMA auto': AUTO,
  'SARIMA(1,0,1)(1,1,1)7': { p: 1, q: 1, seasonal: { p: 1, d: 1, q: 1, lengthSteps: 7 } },
  'SARIMA auto': { ...AUTO, seasonal: SEASON },
};

describe.each(Object.entries(MODELS))('%s answers or refuses', (_, options) => {
  it.each(Object.entries(DEGENERATE))('%s', async (_name, values) => {
    const outcome = await fitOrRefusal(options, values);
    if (typeof outcome !== 'string') expectFinite(outcome);
    else expect(REFUSALS).toContain(outcome);
  });
});

describe('what is perfectly known', () => {
  it('goes on without doubt: a constant', async () => {
    const { prediction } = await fitArima(
      kernel,
      MODELS['ARIMA auto'] ?? {},
      series(80, () => 5),
    );
    expect([...prediction.point]).toEqual(series(30, () => 5));
    expect(Math.max(...prediction.standardErrors)).toBeLessThan(1e-9);
  });

  it('goes on without doubt: a season', async () => {
    const { prediction, description } = await fitArima(
      kernel,
      { ...AUTO, seasonal: SEASON },
      series(84, (i) => i % 7),
    );
    expect(description.seasonal?.[1]).toBe(1);
    prediction.point.forEach((value, i) => {
      expect(value).toBeCloseTo(i % 7, 9);
    });
  });

  it('goes on: a line needs one difference and a drift', async () => {
    const line = series(80, (i) => 3 * i + 1);
    const { prediction } = await fitArima(kernel, { d: 1, constant: 'on' }, line);
    prediction.point.forEach((value, i) => {
      expect(value).toBeCloseTo(3 * (80 + i) + 1, 6);
    });
  });
});

describe('any series and orders', () => {
  const values = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    ),
    { minLength: 1, maxLength: 60 },
  );
  const order = (max: number) =>
    fc.oneof(fc.integer({ min: 0, max }), fc.constant('auto' as const));
  const options = fc.record({
    p: order(5),
    d: order(2),
    q: order(5),
    seasonal: fc.option(
      fc.record({
        p: order(2),
        d: order(1),
        q: order(2),
        lengthSteps: fc.integer({ min: 2, max: 12 }),
      }),
    ),
    constant: fc.constantFrom('auto' as const, 'on' as const, 'none' as const),
  });

  it('give finite answers or a typed refusal', async () => {
    await fc.assert(
      fc.asyncProperty(options, values, async (wanted, observed) => {
        const outcome = await fitOrRefusal(wanted, observed, 12);
        if (typeof outcome !== 'string') expectFinite(outcome);
      }),
      { numRuns: 60 },
    );
  });

  it('scale with the unit of the metric', async () => {
    const walk = cumulate(simulate(150, [0.5], [0.3], 3), 100);
    const small = await fitArima(kernel, { p: 1, d: 1, q: 1 }, walk);
    const large = await fitArima(
      kernel,
      { p: 1, d: 1, q: 1 },
      walk.map((value) => value * 1024),
    );
    expect(large.description.ar).toEqual(small.description.ar);
    expect([...large.prediction.point]).toEqual([...small.prediction.point].map((v) => v * 1024));
  });
});

describe('options', () => {
  const noise = simulate(60, [], [], 1);
  const refused: Record<string, Partial<ArimaOptions>> = {
    'an order above 5': { p: 6 },
    'three differences': { d: 3 },
    'a season of one step': { seasonal: { p: 1, d: 0, q: 0, lengthSteps: 1 } },
    'an explosive autoregression': { p: 1, params: { ar: [1.01] } },
    'a moving average that cannot be inverted': { q: 1, params: { ma: [-2] } },
    'more parameters than the order': { p: 1, params: { ar: [0.1, 0.2] } },
    'a negative variance': { p: 1, params: { ar: [0.1], sigma2: -1 } },
  };
  it.each(Object.entries(refused))('refuses %s', async (_, options) => {
    expect(await fitOrRefusal(options, noise)).toBe('model_option');
  });
});
