// Histories with holes as they come: a stray point, a day of nothing, then clean days. What one
// part of the ensemble could not say of a past origin must not be asked of the others.
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, dailyLoad } from '../models/series.ts';

const LONGEST = 4_032;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** Points, a gap, points, another gap, points: shares of what is left, each. */
const pieces = fc.record({
  length: fc.integer({ min: 600, max: LONGEST }),
  leading: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 600 })),
  gap: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
  innerFrom: fc.double({ min: 0, max: 1, noNaN: true }),
  inner: fc.double({ min: 0, max: 0.5, noNaN: true }),
  offset: fc.integer({ min: 0, max: 300 }),
  stepSeconds: fc.constantFrom(60, 300, 600, 3_600),
});

it('answers near the values whatever long gaps there are', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (asked) => {
      const { length, leading, stepSeconds } = asked;
      const values = Float64Array.from(dailyLoad(length, stepSeconds));
      const gapEnd = leading + Math.floor(asked.gap * (length - leading - 10));
      values.fill(Number.NaN, leading, gapEnd);
      const rest = length - 5 - gapEnd;
      const innerFrom = gapEnd + Math.floor(asked.innerFrom * rest);
      values.fill(Number.NaN, innerFrom, innerFrom + Math.floor(asked.inner * rest));
      values[length - 1] = 500;
      const cutoffSeconds = Math.floor(CUTOFF_SECONDS / stepSeconds + asked.offset) * stepSeconds;
      const context = { ...contextOf(12), levels: [0.5, 0.99], peakSteps: 4 };
      const series = { values, stepSeconds, cutoffSeconds };
      const { prediction } = await autoModel(kernel).fit(series, context);
      const observed = values.filter((value) => !Number.isNaN(value));
      const highest = Math.max(...observed);
      for (const point of prediction.point) {
        expect(point).toBeGreaterThanOrEqual(0);
        expect(point).toBeLessThanOrEqual(3 * highest);
      }
      for (const error of prediction.standardErrors) expect(error).toBeLessThan(highest);
    }),
    { numRuns: 60, seed: 20_261_121 },
  );
}, 60_000);
