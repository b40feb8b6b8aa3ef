import { expect, it } from 'vitest';
import { unservedByUnit } from '../../src/backtest/unserved.ts';
import { reactivePolicy, readDemand } from '../../src/replay/policy.ts';
import { CLUSTER_DEFAULTS, runScenario } from '../../src/replay/scenario.ts';

/** Six hours of 15 s with steep rises. */
const DEMAND = {
  values: Float64Array.from({ length: 1440 }, (_, i) => 100 + (Math.floor(i / 100) % 3) * 250),
  stepSeconds: 15,
  startSeconds: 1_000_000,
};
const CLUSTER = { ...CLUSTER_DEFAULTS, capacityPerPod: 10, minReplicas: 2, maxReplicas: 100 };

it('adds up to what the replay counts as unserved', () => {
  const policy = reactivePolicy(DEMAND, 0, { capacityPerPod: 10, headroom: 1 });
  const outcome = runScenario(DEMAND, CLUSTER, policy, { warmupSteps: 0, withTimeline: true });
  if (outcome.timeline === null) throw new Error('no timeline');
  const units = unservedByUnit(DEMAND, outcome.timeline, 10, 240);
  expect(units).toHaveLength(6);
  const sum = units.reduce((a, b) => a + b);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeCloseTo(outcome.unservedTotal, 6);
  expect(readDemand(DEMAND, 0)(DEMAND.startSeconds + 15)).toBe(100);
});

it('counts by hand', () => {
  const demand = { values: Float64Array.of(10, 10, 10, 10), stepSeconds: 60, startSeconds: 0 };
  const counts = { specReplicas: [1, 2], pods: [1, 2] };
  const timeline = { timesSeconds: [0, 90], readyPods: [1, 2], ...counts };
  // 5 short for 90 s, then none; the second unit has none.
  expect([...unservedByUnit(demand, timeline, 5, 2)]).toEqual([450, 0]);
});
