import { describe, expect, it } from 'vitest';
import { removedInterval } from '../../src/backtest/bootstrap.ts';
import { random } from '../../src/replay/start-delay.ts';

const OPTIONS = { blockUnits: 1, draws: 2_000, level: 0.9, seed: 1 };

/** Amounts that are independent from unit to unit. */
function noise(units: number, seed: number): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length: units }, () => next());
}

describe('the block bootstrap of the share removed', () => {
  it('has no width where every unit removes the same share', () => {
    const rival = noise(100, 3);
    const { low, high } = removedInterval(
      rival.map((amount) => amount / 4),
      rival,
      { ...OPTIONS, blockUnits: 7 },
    );
    expect(low).toBeCloseTo(0.75, 12);
    expect(high).toBeCloseTo(0.75, 12);
  });

  it('gives the same interval for the same seed alone', () => {
    const [ours, rival] = [noise(50, 1), noise(50, 2)];
    expect(removedInterval(ours, rival, OPTIONS)).toEqual(removedInterval(ours, rival, OPTIONS));
    const other = removedInterval(ours, rival, { ...OPTIONS, seed: 2 });
    expect(other).not.toEqual(removedInterval(ours, rival, OPTIONS));
  });

  it('holds the truth about as often as it says', () => {
    let held = 0;
    for (let k = 0; k < 200; k++) {
      // Both have the same mean: nothing is removed.
      const options = { ...OPTIONS, draws: 400, seed: k };
      const { low, high } = removedInterval(noise(80, 2 * k), noise(80, 2 * k + 1), options);
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / 200).toBeGreaterThan(0.84);
    expect(held / 200).toBeLessThan(0.96);
  });

  it('is wider in blocks where bad hours stay together', () => {
    const rival = new Float64Array(240).fill(1);
    const ours = rival.map((_, i) => (Math.floor(i / 24) % 2 === 0 ? 0 : 1));
    const width = (blockUnits: number) => {
      const { low, high } = removedInterval(ours, rival, { ...OPTIONS, blockUnits });
      return high - low;
    };
    expect(width(24)).toBeGreaterThan(2 * width(1));
  });

  it('says nothing is removed where nothing was unserved', () => {
    const none = new Float64Array(10);
    expect(removedInterval(none, none, OPTIONS)).toEqual({ low: 0, high: 0 });
    const worse = removedInterval(new Float64Array(10).fill(1), none, OPTIONS);
    expect(worse.low).toBe(Number.NEGATIVE_INFINITY);
  });
});
