import { describe, expect, it } from 'vitest';
import { intermittentModel } from '../../src/models/intermittent.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, noise, seriesOf } from '../models/series.ts';
import { Guest } from './guest.ts';
import { intermittentTwin } from './twin.ts';

const { NaN: MISSING } = Number;
const METHODS = ['TSB', 'Croston', 'SBA'] as const;
const SHARES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5];

const guest = new Guest();

/** Demands of 5 to 15 in about `share` of the steps. */
function demands(n: number, share: number, seed: number): number[] {
  const random = noise(seed);
  return Array.from({ length: n }, () => {
    const size = 10 + 5 * random();
    return random() < 2 * share - 1 ? size : 0;
  });
}

const rare = demands(300, 0.2, 3);
const holes = rare.map((value, i) => (i % 7 === 2 ? MISSING : value));

describe.each(METHODS)('%s', (method) => {
  const number = METHODS.indexOf(method);

  it('is its twin, also with gaps', () => {
    for (const y of [rare, holes]) {
      const at = { sizeShare: 0.2, frequencyShare: 0.1, size: 8, frequency: 0.5 };
      if (method !== 'TSB') at.frequency = 4;
      const { point, sigma } = guest.intermittent(y, number, Object.values(at));
      const twin = intermittentTwin(y, method, at);
      expect(point[0]).toBeCloseTo(twin.rate, 11);
      expect(sigma[0]).toBeCloseTo(twin.deviation, 11);
    }
  });

  it('takes the weights of the least squared error', () => {
    const { params, point } = guest.intermittent(holes, number);
    const y = holes.filter((value) => !Number.isNaN(value));
    const sizes = y.filter((value) => value !== 0);
    const size = sizes.reduce((sum, value) => sum + value, 0) / sizes.length;
    const share = sizes.length / y.length;
    const frequency = method === 'TSB' ? share : 1 / share;
    let least = Number.POSITIVE_INFINITY;
    let best = [NaN, NaN];
    for (const sizeShare of SHARES) {
      for (const frequencyShare of SHARES) {
        const at = { sizeShare, frequencyShare, size, frequency };
        let squares = 0;
        for (const [t, value] of y.entries()) {
          squares += (value - intermittentTwin(y.slice(0, t), method, at).rate) ** 2;
        }
        if (squares < least) best = [sizeShare, frequencyShare];
        least = Math.min(least, squares);
      }
    }
    expect(params.slice(0, 2)).toEqual(best);
    const [sizeShare = 0, frequencyShare = 0] = best;
    const twin = intermittentTwin(y, method, { sizeShare, frequencyShare, size, frequency });
    expect(point[0]).toBeCloseTo(twin.rate, 11);
  });
});

describe('the model', () => {
  it('gives the rate of a rare demand, where a median would be 0', async () => {
    const y = demands(1_000, 0.4, 5);
    const share = y.filter((value) => value > 0).length / y.length;
    const kernel = await loadKernel();
    const { prediction, description } = await intermittentModel(kernel).fit(
      seriesOf(y),
      contextOf(5),
    );
    expect(share).toBeLessThan(0.5);
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    const spread = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length);
    for (const value of prediction.point) expect(Math.abs(value / mean - 1)).toBeLessThan(0.4);
    for (const e of prediction.standardErrors) expect(Math.abs(e / spread - 1)).toBeLessThan(0.3);
    expect(description).toMatchObject({ name: 'intermittent', method: 'TSB' });
  });

  it('lets the rate fade while nothing comes, as Croston’s does not', () => {
    const ended = [...demands(200, 0.7, 9), ...new Array<number>(200).fill(0)];
    const weights = { sizeShare: 0.1, frequencyShare: 0.1, size: 10 };
    const tsb = guest.intermittent(ended, 0, Object.values({ ...weights, frequency: 0.4 }));
    const croston = guest.intermittent(ended, 1, Object.values({ ...weights, frequency: 2.5 }));
    expect(tsb.point[0]).toBeLessThan(0.001);
    expect(croston.point[0]).toBeGreaterThan(1);
  });

  it('refuses a method it does not know', () => {
    expect(guest.exports.intermittent(10, 1, 3, 0)).toBe(-2);
    expect(guest.exports.intermittent(10, 1, -1, 0)).toBe(-2);
  });
});
