import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, liftOver, liftPlan, presentReplicas } from '../../src/capacity/deadband.ts';
import { hpaCaseLines } from '../../src/replay/hpa-case.ts';
import { comparable, JUDGE_VARIABLE, judge } from '../replay/judge.ts';

const TOLERANCES = { down: 0.1, up: 0.1 };
const noFile = (path: string): string => {
  throw new Error(`no file ${path}`);
};

/** What the HPA controller makes of numbers, one a sync, from `startReplicas` pods on. */
function caseOf(startReplicas: number, told: readonly number[]): string {
  const series = told.map((value, i) => ({ t: i * 15 + 5, value }));
  return JSON.stringify({ maxReplicas: 1000, startReplicas, series });
}
const specsOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line).specAfter);
const played = (start: number, told: readonly number[]): number[] =>
  specsOf([...hpaCaseLines(caseOf(start, told), noFile)]);

describe('liftOver', () => {
  it.each([
    // replicas, present, max, lifted
    [21, [20], 100, 23],
    [22, [20], 100, 23],
    [23, [20], 100, 23],
    [20, [20], 100, 20],
    [19, [20], 100, 19],
    [21, [20], 22, 21],
    [21, [20], 23, 23],
    [2, [1], 100, 2],
    [11, [10], 100, 12],
    [1, [0], 100, 1],
    [24, [20, 23], 100, 26],
    [21, [20, 23], 100, 23],
    [21, [], 100, 21],
    [1_050_000, [1_000_000], 2_000_000, 1_100_001],
  ])('makes %d over %j, at most %d, %d', (replicas, present, max, lifted) => {
    expect(liftOver(replicas, present, max)).toBe(lifted);
  });

  const pods = fc.integer({ min: 0, max: 5_000 });
  const any = fc.record({ replicas: pods, present: fc.array(pods, { maxLength: 3 }), max: pods });

  it('is the first number that the controller acts on, or the plan itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 }), (at, more) => {
        const lifted = liftOver(at + more, [at], 10_000);
        expect(played(at, [lifted])[0]).toBeGreaterThan(at);
        for (let less = at + more; less < lifted; less++) expect(played(at, [less])).toEqual([at]);
      }),
      { numRuns: 150 },
    );
  });

  it('lowers nothing, keeps within max and 10 %, and leaves decreases alone', () => {
    fc.assert(
      fc.property(any, ({ replicas, present, max }) => {
        const lifted = liftOver(replicas, present, max);
        expect(lifted).toBeGreaterThanOrEqual(replicas);
        expect(lifted).toBeLessThanOrEqual(
          Math.max(replicas, Math.min(max, 1.1 * replicas + 1e-9)),
        );
        if (present.every((count) => replicas <= count)) expect(lifted).toBe(replicas);
      }),
      { numRuns: 2_000 },
    );
  });

  it('commutes with the most of a window', () => {
    fc.assert(
      fc.property(any, fc.array(pods, { minLength: 1 }), ({ present, max }, plan) => {
        const most = Math.max(...plan);
        const lifted = liftPlan(Float64Array.from(plan), present, max);
        expect(Math.max(...lifted)).toBe(liftOver(most, present, max));
      }),
      { numRuns: 2_000 },
    );
  });
});

const grid = { stepSeconds: 60, maxReplicas: 100 };
const present = (past: number[], plan: number[], windowSteps = 1) =>
  presentReplicas(Float64Array.from(past), Float64Array.from(plan), windowSteps, grid);

describe('presentReplicas', () => {
  it('rests where increases and decreases are within 10 %', () => {
    expect(present([20, 20, 20, 19, 20], [20])).toEqual([20]);
    expect(present([20, 30, 30], [30])).toEqual([30]);
  });

  it('tells the fleet that was lifted from the one that was not', () => {
    expect(present([20, 21], [21])).toEqual([20, 23]);
    // Served again, so that the one that missed the lift gets it; over both where it has to be.
    expect(liftOver(21, present([20, 21], [21]), 100)).toBe(23);
    expect(liftOver(24, present([20, 21], [24]), 100)).toBe(26);
  });

  it('takes the lead time in: the fleet is as large as the window was', () => {
    const ramp = Array.from({ length: 30 }, (_, i) => 20 + i);
    expect(Math.min(...present(ramp, [50, 51, 52, 53, 54], 5))).toBeGreaterThan(49);
    expect(Math.max(...present(ramp, [50, 51, 52, 53, 54], 1))).toBeLessThanOrEqual(52);
  });

  it('falls once the fall is older than the five minutes of the HPA', () => {
    const fallen = (steps: number) => [40, ...Array.from({ length: steps }, () => 20)];
    expect(present(fallen(5), [20])).toEqual([40]);
    expect(present(fallen(6), [20])).toEqual([20]);
  });

  it('knows nothing where nothing was observed', () => {
    expect(present([], [20])).toEqual([]);
  });
});

/** Plans of one number a sync that creep up by less than 10 % at a time. */
const CREEPING = [20, 21, 21, 22, 22, 22];

describe('a plan that creeps up', () => {
  const told = CREEPING.map((replicas) => liftOver(replicas, [20], 100));

  it('moves nothing as it is, and the fleet when lifted', () => {
    expect(played(20, CREEPING)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(played(20, told)).toEqual([20, 23, 23, 23, 23, 23]);
  });

  const binary = process.env[JUDGE_VARIABLE];
  it.skipIf(!binary)('does so in the real controller', () => {
    for (const numbers of [CREEPING, told]) {
      const text = caseOf(20, numbers);
      const [real, ours] = [judge(binary ?? '', text), [...hpaCaseLines(text, noFile)]];
      expect(comparable(ours)).toEqual(comparable(real));
    }
    expect(specsOf(judge(binary ?? '', caseOf(20, CREEPING)))).toEqual([20, 20, 20, 20, 20, 20]);
    expect(specsOf(judge(binary ?? '', caseOf(20, told)))).toEqual([20, 23, 23, 23, 23, 23]);
  });
});

it.each([22 / 20, 33 / 30, 18 / 20])('takes the very bound, %d, for within', (ratio) => {
  expect(isWithin(TOLERANCES, ratio)).toBe(true);
});
