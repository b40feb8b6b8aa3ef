import { beforeAll, describe, expect, it } from 'vitest';
import type { ArimaOptions } from '../../src/models/arima.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { cumulate, fitArima, simulate } from './fitting.ts';
import { type ArimaTwin, type ForecastTwin, forecast } from './twin.ts';
import { forecastWithGaps, logLikelihoodWithGaps } from './twin-gaps.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const HORIZON = 14;
const NONE = { ar: [], ma: [], seasonalAr: [], seasonalMa: [], constant: 0, sigma2: 1 };

/** The kernel at the twin's parameters. */
function evaluate(model: ArimaTwin, values: readonly number[]) {
  const [p = 0, d = 0, q = 0] = model.order;
  const [P = 0, D = 0, Q = 0, lengthSteps = 0] = model.seasonal ?? [];
  const seasonal = model.seasonal ? { p: P, d: D, q: Q, lengthSteps } : null;
  const options: Partial<ArimaOptions> = { p, d, q, seasonal, params: model };
  return fitArima(kernel, options, values, HORIZON);
}

const without = (values: readonly number[], from: number, to: number) =>
  values.map((value, t) => (t >= from && t < to ? Number.NaN : value));

function expectForecast({ point, standardErrors }: ForecastTwin, want: ForecastTwin): void {
  want.standardErrors.forEach((error, h) => {
    expect((standardErrors[h] ?? NaN) / error).toBeCloseTo(1, 6);
    expect(((point[h] ?? NaN) - (want.point[h] ?? NaN)) / error).toBeCloseTo(0, 6);
  });
}

const plain = (found: { prediction: { point: Float64Array; standardErrors: Float64Array } }) => ({
  point: [...found.prediction.point],
  standardErrors: [...found.prediction.standardErrors],
});

const MODELS: Record<string, ArimaTwin> = {
  'MA(1) near the unit circle': { ...NONE, order: [0, 0, 1], seasonal: null, ma: [-0.95] },
  'SARIMA(0,1,1)(0,1,1)12 near the unit circle': {
    ...NONE,
    order: [0, 1, 1],
    seasonal: [0, 1, 1, 12],
    ma: [-0.4],
    seasonalMa: [-0.98],
  },
  'SARIMA(2,2,1)(0,0,2)6': {
    ...NONE,
    order: [2, 2, 1],
    seasonal: [0, 0, 2, 6],
    ar: [0.5, -0.3],
    ma: [-0.7],
    seasonalMa: [0.5, -0.4],
  },
};

describe('what the state still does not know', () => {
  const walk = cumulate(simulate(70, [0.6], [0.3], 21), 20);

  it.each(Object.entries(MODELS))('is in the standard errors: %s', async (_, model) => {
    expectForecast(plain(await evaluate(model, walk)), forecast(model, walk, HORIZON));
  });

  it.each(Object.entries(MODELS))('is the same with a gap: %s', async (_, model) => {
    const holes = without(walk, 20, 21);
    expectForecast(plain(await evaluate(model, holes)), forecastWithGaps(model, holes, HORIZON));
  });

  it('falls by no more than what an early observation tells', async () => {
    const model = MODELS['MA(1) near the unit circle'] as ArimaTwin;
    const whole = plain(await evaluate(model, walk)).standardErrors;
    const holes = plain(await evaluate(model, without(walk, 2, 3))).standardErrors;
    expect((holes[0] ?? NaN) / (whole[0] ?? NaN)).toBeGreaterThan(1);
    expect((holes[0] ?? NaN) / (whole[0] ?? NaN)).toBeLessThan(1.001);
  });
});

describe('levels that are unknown at first', () => {
  const twice: ArimaTwin = { ...NONE, order: [1, 2, 0], seasonal: null, ar: [0.9] };
  const bent = cumulate(cumulate(simulate(150, [0.9], [], 5)), 1000);

  it.each([
    ['none', without(bent, 40, 120)],
    ['the second', without(without(bent, 40, 120), 1, 3)],
  ])('are %s of them before a long gap', async (_name, holes) => {
    const { description } = await evaluate(twice, holes);
    const observed = holes.filter((value) => !Number.isNaN(value)).length;
    expect(description.fittedPoints).toBe(observed - 2);
    expect(description.logLikelihood).toBeCloseTo(logLikelihoodWithGaps(twice, holes), 4);
  });

  it('may be the whole first season', async () => {
    const model = MODELS['SARIMA(0,1,1)(0,1,1)12 near the unit circle'] as ArimaTwin;
    const holes = without(cumulate(simulate(60, [], [], 3), 5), 1, 14);
    const found = await evaluate(model, holes);
    expect(found.description.logLikelihood).toBeCloseTo(logLikelihoodWithGaps(model, holes), 6);
    expectForecast(plain(found), forecastWithGaps(model, holes, HORIZON));
  });

  it('leave what never is observed unknown, and the rest as it was', async () => {
    // Twelve differences step over the eleventh level, which no w and no later level shows.
    const season = { p: 0, d: 1, q: 0, lengthSteps: 12 };
    const values = without(simulate(20, [], [], 9), 10, 11);
    const { prediction } = await fitArima(kernel, { seasonal: season }, values, HORIZON);
    const [first = 0, second = 0, third = 0] = prediction.standardErrors;
    expect(prediction.point.every(Number.isFinite)).toBe(true);
    expect(prediction.point[0]).toBeCloseTo(values[8] ?? NaN, 12);
    expect(prediction.point[1]).toBeCloseTo(values[9] ?? NaN, 12);
    expect(first).toBe(second);
    expect(third).toBeGreaterThan(1000 * second);
    expect(third).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});
