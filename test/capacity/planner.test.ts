import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/capacity/planner.ts';
import type { CapacityPolicy } from '../../src/capacity/policy.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { DEFAULT_POLICY } from '../policy.ts';

const NEAR = 1e-9;

/** The slow, plain twin of assembly/capacity/planner.ts, written from DESIGN's sentence. */
function planTwin(policy: CapacityPolicy, demand: number[], previous: number | null): number[] {
  const whole = (x: number, round: (x: number) => number) =>
    Math.abs(x - Math.round(x)) <= NEAR ? Math.round(x) : round(x);
  const bound = (x: number) => Math.min(Math.max(x, policy.minReplicas), policy.maxReplicas);
  const needs: number[] = [];
  for (const value of demand) {
    const need = (value * policy.headroom) / policy.targetPerPod;
    needs.push(Number.isNaN(need) ? (needs.at(-1) ?? 0) : need);
  }
  const plan = needs.map((need) => bound(whole(need, Math.ceil)));
  for (let k = plan.length - 2; k >= 0; k--) {
    const reachable = whole((plan[k + 1] as number) / policy.upMaxFactor, Math.ceil);
    plan[k] = Math.max(plan[k] as number, reachable);
  }
  let before = previous ?? (plan[0] as number);
  return plan.map((replicas) => {
    const high = whole(Math.max(before, 1) * policy.upMaxFactor, Math.ceil);
    const low = whole(before * (1 - policy.downMaxPercent / 100), Math.floor);
    before = bound(Math.min(Math.max(replicas, low), high));
    return before;
  });
}

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

function plan(policy: CapacityPolicy, observed: number[], demand: number[]): number[] {
  const { replicas } = planCapacity(
    kernel,
    policy,
    Float64Array.from(observed),
    Float64Array.from(demand),
  );
  return [...replicas];
}

describe('planCapacity', () => {
  it('rounds products within 1e-9 of an integer to that integer', () => {
    const policy = { ...DEFAULT_POLICY, targetPerPod: 0.3, headroom: 0.1, minReplicas: 0 };
    expect(plan(policy, [], [3, 3, 3])).toEqual([1, 1, 1]);
  });

  it('climbs a steep rise before it is due', () => {
    const flat = Array.from({ length: 10 }, () => 300);
    expect(plan(DEFAULT_POLICY, flat, [300, 300, 300, 300, 6000])).toEqual([3, 5, 9, 18, 36]);
  });

  it('rises from zero', () => {
    const policy = { ...DEFAULT_POLICY, minReplicas: 0 };
    expect(plan(policy, [0, 0], [0, 0, 6000])).toEqual([2, 4, 8]);
  });

  it('starts from the plan of the observed steps, not from min', () => {
    const busy = Array.from({ length: 30 }, () => 6000);
    expect(plan(DEFAULT_POLICY, busy, [6000, 6000])).toEqual([36, 36]);
  });

  it('lets a missing sample repeat the need before it', () => {
    const busy = Array.from({ length: 30 }, (_, i) => (i > 20 ? Number.NaN : 6000));
    expect(plan(DEFAULT_POLICY, busy, [6000])).toEqual([36]);
  });

  const policies = fc.record({
    targetPerPod: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    headroom: fc.double({ min: 0.1, max: 5, noNaN: true }),
    quantileLevel: fc.constant(0),
    minReplicas: fc.integer({ min: 0, max: 20 }),
    maxReplicas: fc.integer({ min: 20, max: 1000 }),
    upMaxFactor: fc.double({ min: 1.01, max: 10, noNaN: true }),
    downMaxPercent: fc.integer({ min: 0, max: 100 }),
  });
  const demands = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), {
    minLength: 1,
    maxLength: 60,
  });

  it('agrees with its plain twin', () => {
    fc.assert(
      fc.property(policies, demands, demands, (policy, observed, demand) => {
        const previous = planTwin(policy, observed, null).at(-1) as number;
        expect(plan(policy, observed, demand)).toEqual(planTwin(policy, demand, previous));
      }),
    );
  });

  it('stays within the bounds and the clamps', () => {
    fc.assert(
      fc.property(policies, demands, (policy, demand) => {
        let before: number | null = null;
        for (const replicas of plan(policy, [], demand)) {
          expect(Number.isInteger(replicas)).toBe(true);
          expect(replicas).toBeGreaterThanOrEqual(policy.minReplicas);
          expect(replicas).toBeLessThanOrEqual(policy.maxReplicas);
          if (before !== null) {
            const most = Math.max(before, 1) * policy.upMaxFactor + 1;
            expect(replicas).toBeLessThanOrEqual(Math.max(most, policy.minReplicas));
          }
          before = replicas;
        }
      }),
    );
  });
});

it('starts no pod for demand up to the activation demand, forecast or observed', () => {
  const policy = { ...DEFAULT_POLICY, minReplicas: 0, activationDemand: 5 };
  const observed = Float64Array.of(0, 3, 5);
  const quiet = planCapacity(kernel, policy, observed, Float64Array.of(1, 5, 0.3));
  expect([quiet.previous, ...quiet.replicas]).toEqual([0, 0, 0, 0]);
  const awake = planCapacity(kernel, policy, observed, Float64Array.of(1, 5.1, 0.3));
  expect([...awake.replicas]).toEqual([1, 1, 0]);
});
