import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutoffAt, stepIndexOf, stepsIn } from '../../src/features/grid.ts';

test.each([
  [600, 60, 5, 540],
  [604.999, 60, 5, 540],
  [605, 60, 5, 600],
  [664.999, 60, 5, 600],
  [600, 60, 0, 600],
  [10, 1, 5, 5],
  [10, 60, 75, -120],
])('at %d s, step %d, settle %d: cutoff %d', (time, stepSeconds, settleSeconds, cutoff) => {
  expect(cutoffAt(time, { stepSeconds, settleSeconds })).toBe(cutoff);
});

test('a cutoff is a settled multiple of the step, and the last one', () => {
  const step = fc.integer({ min: 1, max: 86_400 });
  fc.assert(
    fc.property(fc.nat(4e9), step, fc.nat(600), (time, stepSeconds, settleSeconds) => {
      const cutoff = cutoffAt(time, { stepSeconds, settleSeconds });
      expect(Math.abs(cutoff % stepSeconds)).toBe(0);
      expect(cutoff + settleSeconds).toBeLessThanOrEqual(time);
      expect(cutoff + stepSeconds + settleSeconds).toBeGreaterThan(time);
    }),
  );
});

test.each([
  [60, 60, 1],
  [60.00005, 60, 1],
  [60.001, 60, 2],
  [0.001, 60, 1],
  [1_700_000_040.0000002, 1, 1_700_000_040],
])('%d s, at a step of %d, belongs to step %d', (time, step, index) => {
  expect(stepIndexOf(time, step)).toBe(index);
});

test.each([
  [60, 60, 1],
  [60, 600, 10],
  [600, 540, 0],
  [600, 60, 0],
])('from %d to %d there are %d steps of 60', (startSeconds, endSeconds, steps) => {
  expect(stepsIn({ startSeconds, endSeconds, stepSeconds: 60 })).toBe(steps);
});
