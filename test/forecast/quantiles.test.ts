import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LEVELS, quantiles } from '../../src/forecast/quantiles.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const standard = { point: Float64Array.of(0), standardErrors: Float64Array.of(1) };

function score(level: number): number {
  const made = quantiles(kernel, standard, [level], { nonNegative: false });
  return made[String(level)]?.[0] as number;
}

describe('quantiles', () => {
  // The first two are the check values of Wichura 1988.
  it.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.0902323061678136],
    [1e-20, -9.262340089798409],
    [0.5, 0],
    [0.8, 0.8416212335729142],
    [0.9, 1.2815515655446004],
    [0.95, 1.6448536269514722],
    [0.99, 2.3263478740408408],
    [0.999, 3.0902323061678136],
  ])('the normal quantile of %f is %f', (level, wanted) => {
    expect(Math.abs(score(level) - wanted)).toBeLessThanOrEqual(
      1e-15 * Math.max(1, -wanted, wanted),
    );
  });

  it('are keyed by level, the median being the point itself', () => {
    const point = Float64Array.of(10, 20.3, 0.1);
    const prediction = { point, standardErrors: Float64Array.of(1, 2, 3) };
    const made = quantiles(kernel, prediction, DEFAULT_LEVELS, { nonNegative: true });
    expect(Object.keys(made)).toEqual(['0.5', '0.75', '0.8', '0.9', '0.95', '0.99']);
    expect(made['0.5']).toEqual(point);
    expect(made['0.9']?.[1]).toBe(20.3 + 2 * score(0.9));
  });

  it('never cross, and stay at 0 or above for a metric that does', () => {
    const finite = { noNaN: true, noDefaultInfinity: true };
    const level = fc.double({ min: 1e-6, max: 1 - 1e-6, ...finite });
    fc.assert(
      fc.property(
        fc.uniqueArray(level, { minLength: 1, maxLength: 20 }),
        fc.double({ min: -10, max: 1e9, ...finite }),
        fc.double({ min: 0, max: 1e9, ...finite }),
        fc.boolean(),
        (levels, median, error, nonNegative) => {
          const prediction = {
            point: Float64Array.of(median),
            standardErrors: Float64Array.of(error),
          };
          const sorted = [0.5, ...levels].sort((a, b) => a - b);
          const made = quantiles(kernel, prediction, sorted, { nonNegative });
          let before = Number.NEGATIVE_INFINITY;
          for (const at of sorted) {
            const value = made[String(at)]?.[0] as number;
            expect(value).toBeGreaterThanOrEqual(before);
            if (nonNegative) expect(value).toBeGreaterThanOrEqual(Math.min(0, median));
            before = value;
          }
          expect(made['0.5']?.[0] === median).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([0, 1, -0.5, Number.NaN])('refuse level %f', (level) => {
    expect(() => score(level)).toThrowError(expect.objectContaining({ code: 'model_option' }));
  });
});
