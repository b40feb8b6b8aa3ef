import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { cumulate, type Fitted, fitArima, simulate } from './fitting.ts';
import {
  arPolynomial,
  conditionalSumOfSquares,
  differencePolynomial,
  maPolynomial,
  multiply,
} from './twin.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const SEASON = 120;
const HORIZON = 150;

function modelOf({ description }: Fitted) {
  const { order, seasonal, ar, ma, seasonalAr, seasonalMa, constant, sigma2 } = description;
  return { order, seasonal, ar, ma, seasonalAr, seasonalMa, constant, sigma2 };
}

/** y forecast by the plain recursion over all lags, from the residuals of the twin. */
function recursion(model: ReturnType<typeof modelOf>, values: readonly number[]): number[] {
  const full = multiply(arPolynomial(model), differencePolynomial(model));
  const ma = maPolynomial(model);
  const lost = differencePolynomial(model).length - 1;
  const e = [...Array(lost).fill(0), ...conditionalSumOfSquares(model, values).errors];
  const level = model.constant * arPolynomial(model).reduce((sum, c) => sum + c, 0);
  const y = [...values];
  for (let h = 0; h < HORIZON; h++) {
    const t = values.length + h;
    let next = level;
    full.forEach((c, k) => {
      if (k > 0) next -= c * (y[t - k] ?? 0);
    });
    ma.forEach((c, k) => {
      if (k > 0) next += c * (e[t - k] ?? 0);
    });
    y.push(next);
  }
  return y.slice(values.length);
}

describe('more than 100 state dimensions', () => {
  const wave = simulate(600, [0.6], [0.3], 5).map(
    (value, t) => 50 + 20 * Math.sin((2 * Math.PI * t) / SEASON) + value,
  );
  const shapes = {
    'SARIMA(1,0,1)(0,1,1)120': { p: 0, d: 1, q: 1 },
    'SARIMA(1,0,1)(1,0,1)120': { p: 1, d: 0, q: 1 },
    'SARIMA(1,0,1)(1,1,0)120': { p: 1, d: 1, q: 0 },
  } as const;

  it.each(Object.entries(shapes))('%s has the twin’s conditional fit', async (_, shape) => {
    const fitted = await fitArima(
      kernel,
      { p: 1, q: 1, constant: 'auto', seasonal: { ...shape, lengthSteps: SEASON } },
      wave,
      HORIZON,
    );
    const { description, prediction } = fitted;
    expect(description.method).toBe('css');
    const twin = conditionalSumOfSquares(modelOf(fitted), wave);
    expect(description.sigma2 / twin.sigma2).toBeCloseTo(1, 9);
    expect(description.logLikelihood).toBeCloseTo(twin.logLikelihood, 5);
    expect(description.fittedPoints).toBe(twin.errors.length - SEASON * shape.p - 1);
    recursion(modelOf(fitted), wave).forEach((value, h) => {
      expect(prediction.point[h]).toBeCloseTo(value, 6);
    });
  });

  it('steps over gaps: a season goes on through them', async () => {
    const season = Array.from({ length: 480 }, (_, t) => 100 + (t % SEASON));
    const holes = season.map((value, t) => (t % 50 === 7 || t > 460 ? Number.NaN : value));
    const { description, prediction } = await fitArima(
      kernel,
      { p: 1, seasonal: { p: 0, d: 1, q: 1, lengthSteps: SEASON } },
      holes,
      HORIZON,
    );
    expect(description.method).toBe('css');
    prediction.point.forEach((value, h) => {
      expect(value).toBeCloseTo(100 + ((480 + h) % SEASON), 6);
    });
  });
});

describe('missing values at the ends', () => {
  const level = cumulate(simulate(200, [0.5], [-0.3], 8), 100);

  it('in front are as if they were not there', async () => {
    const padded = [...Array(9).fill(Number.NaN), ...level];
    const options = { p: 2, d: 1, q: 1 } as const;
    const plain = await fitArima(kernel, options, level);
    const trimmed = await fitArima(kernel, options, padded);
    expect(trimmed).toEqual(plain);
  });

  it('behind make the forecast run from further back', async () => {
    const options = { p: 2, d: 1, q: 1 } as const;
    const plain = await fitArima(kernel, options, level, 12);
    const later = await fitArima(kernel, options, [...level, NaN, NaN, NaN], 9);
    expect(later.description).toEqual(plain.description);
    expect([...later.prediction.point]).toEqual([...plain.prediction.point].slice(3));
    expect([...later.prediction.standardErrors]).toEqual(
      [...plain.prediction.standardErrors].slice(3),
    );
  });
});
