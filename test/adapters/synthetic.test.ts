import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashText, noiseAt, smoothNoiseAt } from '../../src/adapters/integer-noise.ts';
import { syntheticAdapter } from '../../src/adapters/synthetic.ts';
import { PromptClock } from './test-server.ts';

const never = new AbortController().signal;
const DAY = 86_400;
/** A Monday, 00:00 UTC. */
const MONDAY = 1_767_571_200;

function collect(startSeconds: number, endSeconds: number, stepSeconds = 60, name = 'my-api') {
  const adapter = syntheticAdapter({ workload: { name } }, new PromptClock(4e12));
  return adapter.collect({ startSeconds, endSeconds, stepSeconds }, never);
}

test('any part of a range is that part of the whole', async () => {
  const whole = await collect(MONDAY, MONDAY + DAY);
  await fc.assert(
    fc.asyncProperty(fc.nat(1439), fc.nat(1439), async (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const part = await collect(MONDAY + from * 60, MONDAY + to * 60);
      expect(part.values).toEqual(whole.values.slice(from, to + 1));
      expect(part.timesSeconds).toEqual(whole.timesSeconds.slice(from, to + 1));
    }),
    { numRuns: 20 },
  );
});

test('the values are pinned: every machine and release gives the same', async () => {
  const { values } = await collect(MONDAY + 36_000, MONDAY + 36_240);
  expect([...values]).toMatchInlineSnapshot(`
    [
      2870.455,
      2873.034,
      2894.612,
      2891.018,
      2867.516,
    ]
  `);
});

test('workloads, namespaces and seeds differ', async () => {
  const range = { startSeconds: MONDAY, endSeconds: MONDAY, stepSeconds: 60 };
  const values = await Promise.all(
    [
      { workload: { name: 'a' } },
      { workload: { name: 'b' } },
      { workload: { name: 'a', namespace: 'n' } },
      { workload: { name: 'a' }, seed: 2 },
    ].map(async (options) => {
      const adapter = syntheticAdapter(options, new PromptClock(4e12));
      return (await adapter.collect(range, never)).values[0];
    }),
  );
  expect(new Set(values).size).toBe(4);
});

test('nothing lies in the future', async () => {
  const adapter = syntheticAdapter({ workload: { name: 'a' } }, new PromptClock(MONDAY * 1000));
  const of = async (startSeconds: number) => {
    const range = { startSeconds, endSeconds: MONDAY + 600, stepSeconds: 60 };
    return [...(await adapter.collect(range, never)).timesSeconds];
  };
  expect(await of(MONDAY - 60)).toEqual([MONDAY - 60, MONDAY]);
  expect(await of(MONDAY + 60)).toEqual([]);
});

describe('the shape', () => {
  test.each(['my-api', 'shop', 'a', 'payments'])('of %s fits 2 to 20 pods of 200', async (name) => {
    const { values } = await collect(MONDAY, MONDAY + 14 * DAY, 60, name);
    expect(Math.max(...values)).toBeLessThan((20 * 200) / 1.2);
    expect(Math.max(...values)).toBeGreaterThan((12 * 200) / 1.2);
    expect(Math.min(...values)).toBeGreaterThan(200);
    expect(Math.min(...values)).toBeLessThan((3 * 200) / 1.2);
  });

  test('is a day and a week: working days are busier, nights quiet, neighbours close', async () => {
    const { values } = await collect(MONDAY, MONDAY + 7 * DAY);
    const mean = (from: number, to: number) =>
      values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
    const noonOf = (day: number) => mean(day * 1440 + 660, day * 1440 + 780);
    const nightOf = (day: number) => mean(day * 1440 + 180, day * 1440 + 300);
    expect(noonOf(2)).toBeGreaterThan(5 * nightOf(2));
    expect(noonOf(2)).toBeGreaterThan(1.3 * noonOf(5));
    const jumps = values.slice(1).map((value, i) => Math.abs(value / (values[i] as number) - 1));
    expect(Math.max(...jumps)).toBeLessThan(0.06);
  });
});

describe('noise', () => {
  test('is uniform over [−1, 1)', () => {
    const deciles = Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const decile = Math.floor((noiseAt(hashText('x'), i) + 1) * 5);
      deciles[decile] = (deciles[decile] ?? 0) + 1;
    }
    expect(deciles).toHaveLength(10);
    for (const count of deciles) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test('joins its knots without a jump', () => {
    for (let t = -600; t <= 600; t += 300) {
      expect(smoothNoiseAt(7, t, 300)).toBe(noiseAt(7, t / 300));
      expect(smoothNoiseAt(7, t - 1e-6, 300)).toBeCloseTo(noiseAt(7, t / 300), 9);
    }
  });
});
