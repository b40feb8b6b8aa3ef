import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { confidenceOf } from '../../src/forecast/confidence.ts';
import { peakFactor, peakQuantiles, peakStepsOf, stretched } from '../../src/forecast/peak.ts';
import { quantiles } from '../../src/forecast/quantiles.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { normalShare } from '../risk/normal-twin.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

describe('the window of the peak', () => {
  it.each([
    [300, 60, 30, 6],
    [0, 60, 30, 1],
    [61, 60, 30, 3],
    [3_600, 300, 10, 10],
  ])(
    'a lead time of %d s at steps of %d s, horizon %d: %d steps',
    (lead, step, horizon, wanted) => {
      expect(peakStepsOf(lead, step, horizon)).toBe(wanted);
    },
  );
});

describe('peakQuantiles', () => {
  const point = Float64Array.of(100, 100, 100, 500);
  const standardErrors = Float64Array.of(10, 10, 10, 10);
  const LEVELS = [0.5, 0.9, 0.99];
  const wish = { nonNegative: true };

  it('of a model without a record are a bound that independent steps hold', () => {
    const bands = quantiles(kernel, { point, standardErrors }, LEVELS, wish);
    const made = peakQuantiles(kernel, { point, standardErrors }, bands, 3, wish);
    expect(made.method).toBe('bound');
    for (const level of LEVELS) {
      const value = made.quantiles[level] as number;
      const held = normalShare((value - 100) / 10) ** 3;
      expect(held).toBeGreaterThanOrEqual(level);
      expect(held).toBeLessThan(level + 0.1);
    }
  });

  it('of a model that has them are its own, but never below those of a step', () => {
    const bands = { '0.5': point, '0.9': point.map((value) => value + 20) };
    const calibrated = {
      bands,
      peak: { '0.5': 110, '0.9': 90 },
      errors: 100,
      effectiveErrors: 50,
      tailFrom: 0.9,
      drift: { excess: 0, limit: 8, isOn: false, ageSteps: 0 },
    };
    const made = peakQuantiles(kernel, { point, standardErrors, calibrated }, bands, 3, wish);
    expect(made).toEqual({ method: 'conformal', quantiles: { '0.5': 110, '0.9': 120 } });
  });
});

describe('peakFactor', () => {
  const value = fc.double({ min: 0, max: 1e6, noNaN: true });
  const windows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 });

  it('makes the highest of the window the quantile of the peak', () => {
    fc.assert(
      fc.property(windows, fc.double({ min: 0, max: 1e6, noNaN: true }), (steps, over) => {
        const median = Float64Array.from(steps, ([m]) => m);
        const quantile = Float64Array.from(steps, ([m, spread]) => m + spread + 1);
        const peak = Math.max(...quantile) + over;
        const factor = peakFactor(median, quantile, steps.length, peak);
        expect(factor).toBeGreaterThanOrEqual(1);
        const highest = Math.max(...stretched(median, quantile, factor));
        expect(Math.abs(highest - peak)).toBeLessThanOrEqual(1e-9 * peak);
      }),
    );
  });

  it('is 1 where nothing is uncertain', () => {
    const flat = Float64Array.of(5, 5);
    expect(peakFactor(flat, flat, 2, 5)).toBe(1);
    expect([...stretched(flat, flat, 1)]).toEqual([5, 5]);
  });
});

describe('confidenceOf', () => {
  const flat = (value: number) => Float64Array.of(value, value);

  it.each([
    ['no spread, many errors', 100, 100, 1e9, 1],
    ['p90 twice the median', 100, 200, 1e9, 0.5],
    ['as many errors as are assumed', 100, 100, 8, 0.5],
    ['no errors', 100, 100, 0, 0],
    ['nothing forecast', 0, 10, 100, 0],
    ['a metric below zero', -100, 0, 1e9, 0.5],
  ])('%s', (_, median, p90, errors, wanted) => {
    expect(confidenceOf(flat(median), flat(p90), errors)).toBeCloseTo(wanted, 6);
  });
});
