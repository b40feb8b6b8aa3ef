import fc from 'fast-check';
import { expect, it } from 'vitest';
import { windowStart } from '../../src/backtest/grid-series.ts';
import { seasonalNaiveAt, seasonalScale } from '../../src/backtest/seasonal-naive.ts';
import { interpolate } from '../protocol/data.ts';

const STEP_SECONDS = 14_400;
const DAY = 6;

function seriesOf(values: readonly number[], windowSteps = 18) {
  const grid = { name: 'a', stepSeconds: STEP_SECONDS, startSeconds: 0, horizonSteps: 8 };
  return { ...grid, values: Float64Array.from(values), windowSteps };
}

const gappy = fc.array(
  fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 99 }) }, fc.constant(Number.NaN)),
  { minLength: 8, maxLength: 40 },
);

it('is the value of the last day in the window filled by interpolation', () => {
  fc.assert(
    fc.property(gappy, fc.integer({ min: 1, max: 14 }), (values, ahead) => {
      values.push(7);
      const series = seriesOf(values);
      const cutoff = values.length - 1;
      const window = series.values.subarray(windowStart(series, cutoff), cutoff + 1);
      const filled = interpolate(window);
      const expected = filled[filled.length - DAY + ((ahead - 1) % DAY)] as number;
      expect(seasonalNaiveAt(series, cutoff, ahead)).toBeCloseTo(expected, 9);
    }),
  );
});

it('sees nothing after the cutoff, nor before the window', () => {
  const values = Array.from({ length: 40 }, (_, i) => i);
  const before = seasonalNaiveAt(seriesOf(values), 25, 3);
  const changed = values.map((value, i) => (i > 25 || i < 8 ? -1e6 : value));
  expect(seasonalNaiveAt(seriesOf(changed), 25, 3)).toBe(before);
});

it('is unknown without a whole day, or where steps do not divide it', () => {
  expect(seasonalNaiveAt(seriesOf([1, 2, 3]), 2, 1)).toBeNaN();
  const odd = { ...seriesOf(Array.from({ length: 40 }, () => 1)), stepSeconds: 50_000 };
  expect(seasonalNaiveAt(odd, 30, 1)).toBeNaN();
});

it('scales by the daily differences of the first three quarters', () => {
  const values = Array.from({ length: 16 }, (_, i) => (i < 12 ? i : 1e6));
  expect(seasonalScale(seriesOf(values))).toBe(DAY);
  expect(seasonalScale(seriesOf([1, 2]))).toBeNaN();
});
