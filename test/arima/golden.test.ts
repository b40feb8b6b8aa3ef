import { beforeAll, describe, expect, it } from 'vitest';
import type { ArimaOptions } from '../../src/models/arima.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { fitArima } from './fitting.ts';
import { type GoldenCase, goldenVectors, type Judgement } from './golden/statsmodels.ts';

const golden = goldenVectors();

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

function optionsOf({ order, seasonal, constant }: GoldenCase): ArimaOptions {
  const [p = 0, d = 0, q = 0] = order;
  const [P = 0, D = 0, Q = 0, lengthSteps = 0] = seasonal ?? [];
  return { p, d, q, seasonal: seasonal ? { p: P, d: D, q: Q, lengthSteps } : null, constant };
}

function worst(got: ArrayLike<number>, want: readonly number[], scale = 0): number {
  const errors = want.map(
    (wanted, i) => Math.abs((got[i] ?? NaN) - wanted) / Math.max(Math.abs(wanted), scale),
  );
  return Math.max(...errors);
}

function at(vector: GoldenCase, judged: Judgement) {
  const { ar, ma, seasonalAr, seasonalMa, constant, sigma2 } = judged;
  const params = { ar, ma, seasonalAr, seasonalMa, constant, sigma2 };
  return fitArima(kernel, { ...optionsOf(vector), params }, vector.y, golden.horizon);
}

describe('ARIMA and statsmodels', () => {
  it.each(golden.cases)('agree at fixed parameters: $name', async (vector) => {
    for (const judged of [vector.at, vector.fitted]) {
      const { description, prediction } = await at(vector, judged);
      expect(description.method).toBe('exact');
      expect(worst([description.logLikelihood], [judged.logLikelihood], 1)).toBeLessThan(1e-6);
      expect(worst(prediction.point, judged.point, judged.standardErrors[0])).toBeLessThan(1e-4);
      expect(worst(prediction.standardErrors, judged.standardErrors)).toBeLessThan(1e-4);
    }
  });

  it.each(golden.cases)('find the same optimum: $name', async (vector) => {
    const { description } = await fitArima(kernel, optionsOf(vector), vector.y);
    expect(description.logLikelihood).toBeGreaterThan(vector.fitted.logLikelihood - 0.05);
  });
});
