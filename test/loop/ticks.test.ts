import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ticks } from '../../src/loop/ticks.ts';

describe('Ticks', () => {
  it('lies on phase + k·interval, the last at or before and the first after any time', () => {
    const times = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3600 }), times, (name, interval, time) => {
        const ticks = new Ticks(name, interval);
        const before = ticks.atOrBeforeMs(time);
        expect(before).toBeLessThanOrEqual(time);
        expect(ticks.afterMs(time)).toBe(before + interval * 1000);
        expect(ticks.afterMs(time)).toBeGreaterThan(time);
        expect(Math.abs(ticks.atOrBeforeMs(0) - before) % (interval * 1000)).toBe(0);
      }),
    );
  });

  it('is the same on every replica and spread over workloads', () => {
    const phase = (name: string) => new Ticks(name, 30).afterMs(0);
    expect(phase('shop/my-api')).toBe(phase('shop/my-api'));
    const phases = Array.from({ length: 3000 }, (_, i) => Math.floor(phase(`api-${i}`) / 1000));
    const counts = new Map<number, number>();
    for (const second of phases) counts.set(second, (counts.get(second) ?? 0) + 1);
    for (const count of counts.values()) expect(count).toBeLessThan(200);
    expect(counts.size).toBeGreaterThanOrEqual(30);
  });
});
