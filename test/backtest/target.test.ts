import { describe, expect, it } from 'vitest';
import { targetOf } from '../../src/backtest/target.ts';

const GRID = { stepSeconds: 60, startSeconds: 0 };

describe('targetOf', () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => i + 1);

  it('is what was given', () => {
    expect(targetOf(7, { ...GRID, values, replicas: null })).toEqual({
      perPod: 7,
      from: 'as given',
    });
  });

  it('makes the p99 of the demand forty pods when nothing tells it', () => {
    const { perPod, from } = targetOf(null, { ...GRID, values, replicas: null });
    expect(perPod).toBe(24.8);
    expect(from).toContain('p99');
  });

  it('finds the target that an HPA held, whatever pods idle at the minimum', () => {
    // HPA at 50 a pod, at least 3: most of the time the demand is small.
    const demand = Float64Array.from({ length: 1000 }, (_, i) => (i % 10 < 7 ? 5 : 400 + (i % 90)));
    const replicas = demand.map((value) => Math.max(3, Math.ceil(value / 50)));
    const { perPod, from } = targetOf(null, { ...GRID, values: demand, replicas });
    expect(perPod).toBeGreaterThan(46);
    expect(perPod).toBeLessThanOrEqual(50);
    expect(from).toContain('replicas');
  });

  it('does not stumble over what is missing, zero pods or no demand', () => {
    const gappy = { values: Float64Array.of(Number.NaN, 8, 8), replicas: Float64Array.of(2, 0, 4) };
    expect(targetOf(null, { ...GRID, ...gappy }).perPod).toBe(2);
    const idle = { values: Float64Array.of(0, 0), replicas: null };
    expect(targetOf(null, { ...GRID, ...idle }).perPod).toBe(1);
  });
});
