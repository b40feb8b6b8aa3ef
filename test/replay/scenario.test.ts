import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Demand } from '../../src/replay/demand.ts';
import { SCALED_OBJECT_DEFAULTS } from '../../src/replay/keda.ts';
import type { Outcome, Timeline } from '../../src/replay/outcome.ts';
import { type Policy, reactivePolicy, staticPolicy } from '../../src/replay/policy.ts';
import { CLUSTER_DEFAULTS, type Cluster, runScenario } from '../../src/replay/scenario.ts';

const START = 1_700_000_040 - (1_700_000_040 % 60);
const CAPACITY = 10;

function demandOf(values: number[], stepSeconds = 60): Demand {
  return { values: Float64Array.from(values), stepSeconds, startSeconds: START };
}

function repeated(...runs: [value: number, times: number][]): number[] {
  return runs.flatMap(([value, times]) => Array.from({ length: times }, () => value));
}

function clusterOf(options: Partial<Cluster> = {}): Cluster {
  const bounds = { minReplicas: 1, maxReplicas: 10 };
  return { ...CLUSTER_DEFAULTS, ...bounds, capacityPerPod: CAPACITY, ...options };
}

function play(demand: Demand, policy: Policy, cluster = clusterOf(), warmupSteps = 0): Outcome {
  return runScenario(demand, cluster, policy, { warmupSteps, withTimeline: true });
}

function reactiveTo(demand: Demand, delaySeconds = 0): Policy {
  return reactivePolicy(demand, delaySeconds, { capacityPerPod: CAPACITY, headroom: 1 });
}

describe('a workload in virtual time', () => {
  it('costs its pods and serves what they can', () => {
    const outcome = play(demandOf(repeated([25, 60])), staticPolicy(3));
    expect(outcome.podHours).toBeCloseTo(3, 9);
    expect(outcome.unservedTotal).toBe(0);
    expect(outcome.shortMinutes).toBe(0);
    expect(outcome.utilisationP99).toBeCloseTo(0.834, 9);
    expect([outcome.scaleUps, outcome.scaleDowns]).toEqual([0, 0]);
  });

  it('is short from the rise until the pods ordered after its first step are Ready', () => {
    const demand = demandOf(repeated([10, 5], [40, 5]));
    const outcome = play(demand, reactiveTo(demand));
    // Read at 360 s, four pods ordered then, Ready at 420 s: 120 s with 1 of 4 pods.
    expect(outcome.unservedTotal).toBeCloseTo(30 * 120, 1);
    expect(outcome.unservedShare).toBeCloseTo(3_600 / 15_000, 5);
    expect(outcome.shortMinutes).toBeCloseTo(2, 4);
    expect(outcome.shortDepthMean).toBeCloseTo(0.75, 9);
    expect(outcome.podHours).toBeCloseTo((360 + 4 * 240) / 3_600, 5);
    expect(outcome.peakLeadSeconds).toBeCloseTo(-120, 2);
    expect(outcome.scaleUps).toBe(1);
  });

  it('is never short when the pods are there a minute before', () => {
    const demand = demandOf(repeated([10, 5], [40, 5]));
    const early = { target: 1, read: (time: number) => (time >= START + 180 ? 4 : 1) };
    const outcome = play(demand, { name: 'early', metrics: [early] });
    expect(outcome.unservedTotal).toBe(0);
    expect(outcome.peakLeadSeconds).toBeCloseTo(60, 2);
  });

  it('takes the larger of several triggers', () => {
    const demand = demandOf(repeated([10, 30]));
    const [low, high] = [2, 5].map((replicas) => staticPolicy(replicas).metrics[0]);
    const outcome = play(demand, { name: 'two', metrics: [low, high] as Policy['metrics'] });
    expect(outcome.replicasMax).toBe(5);
  });

  it('counts nothing of its warm-up', () => {
    const demand = demandOf(repeated([40, 10], [10, 10]));
    const outcome = play(demand, staticPolicy(4), clusterOf(), 10);
    expect(outcome.durationSeconds).toBeCloseTo(600, 9);
    expect(outcome.demandTotal).toBeCloseTo(6_000, 6);
    expect(outcome.timeline?.timesSeconds[0]).toBe(START + 600);
  });

  it('leaves unknown demand out, but not its pods', () => {
    const outcome = play(demandOf(repeated([20, 10], [Number.NaN, 10])), staticPolicy(1));
    expect(outcome.demandTotal).toBeCloseTo(20 * 600, 6);
    expect(outcome.podHours).toBeGreaterThan(2 / 6);
  });

  it('goes to zero and back with KEDA', () => {
    const demand = demandOf(repeated([0, 20], [30, 10]));
    const keda = { ...SCALED_OBJECT_DEFAULTS, cooldownSeconds: 60 };
    const outcome = play(demand, reactiveTo(demand), clusterOf({ minReplicas: 0, keda }));
    expect(outcome.replicasMin).toBe(0);
    const { timesSeconds, specReplicas } = outcome.timeline as Timeline;
    const steps = specReplicas.map((replicas, i) => [
      Math.floor((timesSeconds[i] as number) - START),
      replicas,
    ]);
    // The first step with demand ends at 1260 s, when a poll and then a sync fall due.
    const orders = steps.filter(([, replicas], i) => replicas !== steps[i - 1]?.[1]);
    expect(orders).toEqual([
      [0, 0],
      [1260, 1],
      [1260, 3],
    ]);
  });
});

interface Case {
  readonly demand: Demand;
  readonly cluster: Cluster;
  readonly policy: Policy;
}

const level = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: 0, max: 150, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);

/** Any demand, any metric with failures, any start of pods. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    values: fc.array(level, { minLength: 2, maxLength: 60 }),
    asked: fc.array(level, { minLength: 1, maxLength: 60 }),
    bounds: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 15 })),
    podCreateSeconds: fc.constantFrom(0, 7, 40),
    podReadySeconds: fc.constantFrom<Cluster['podReadySeconds'][]>(0, 30, 200, [10, 40, 300]),
    nodes: fc.constantFrom(null, {
      ...{ podsPerNode: 3, minNodes: 1, startSeconds: 90, idleSeconds: 300 },
    }),
    tolerance: fc.constantFrom(0, 0.1),
    behavior: fc.constantFrom(null, {}, { scaleDown: { stabilizationWindowSeconds: 0 } }),
  })
  .map(({ values, asked, bounds: [minReplicas, more], ...rest }) => ({
    demand: demandOf(values),
    cluster: clusterOf({ minReplicas, maxReplicas: minReplicas + more, ...rest }),
    policy: {
      name: 'any',
      metrics: [
        {
          target: CAPACITY,
          read: (time: number) => asked[Math.floor((time - START) / 60) % asked.length] as number,
        },
      ],
    },
  }));

/** Pod-seconds and unserved demand, summed from the timeline second by second. */
function slowSums({ demand }: Case, { timesSeconds, pods, readyPods }: Timeline) {
  const sums = { podSeconds: 0, unserved: 0 };
  const end = START + demand.values.length * 60;
  for (let i = 0; i < timesSeconds.length; i++) {
    let from = timesSeconds[i] as number;
    const until = timesSeconds[i + 1] ?? end;
    sums.podSeconds += (pods[i] as number) * (until - from);
    while (from < until) {
      const step = Math.floor((from - START) / 60 + 1e-12);
      const next = Math.min(until, START + (step + 1) * 60);
      const short = (demand.values[step] as number) - (readyPods[i] as number) * CAPACITY;
      if (short > 0) sums.unserved += short * (next - from);
      from = next;
    }
  }
  return sums;
}

describe('whatever is asked', () => {
  const timelineOf = ({ demand, cluster, policy }: Case): [Outcome, Timeline] => {
    const outcome = play(demand, policy, cluster);
    return [outcome, outcome.timeline as Timeline];
  };

  it('the replicas stay within their bounds, and no more pods serve than there are', () => {
    fc.assert(
      fc.property(cases, (any) => {
        const [, timeline] = timelineOf(any);
        const { minReplicas, maxReplicas } = any.cluster;
        for (const replicas of timeline.specReplicas) {
          expect(replicas).toBeGreaterThanOrEqual(minReplicas);
          expect(replicas).toBeLessThanOrEqual(maxReplicas);
        }
        for (const [i, ready] of timeline.readyPods.entries()) {
          expect(ready).toBeLessThanOrEqual(timeline.pods[i] as number);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('pods are paid for and demand is lost as the timeline says', () => {
    fc.assert(
      fc.property(cases, (any) => {
        const [outcome, timeline] = timelineOf(any);
        const { podSeconds, unserved } = slowSums(any, timeline);
        expect(outcome.podHours * 3_600).toBeCloseTo(podSeconds, 3);
        expect(outcome.unservedTotal).toBeCloseTo(unserved, 2);
        expect(outcome.unservedTotal).toBeLessThanOrEqual(outcome.demandTotal * (1 + 1e-12));
      }),
      { numRuns: 300 },
    );
  });

  it('nothing scales down while the metric cannot be read', () => {
    fc.assert(
      fc.property(cases, (any) => {
        const [, { timesSeconds, specReplicas }] = timelineOf(any);
        for (let i = 1; i < timesSeconds.length; i++) {
          if ((specReplicas[i] as number) >= (specReplicas[i - 1] as number)) continue;
          const at = (timesSeconds[i] as number) - 2e-6;
          expect(any.policy.metrics[0]?.read(at, 1)).not.toBeNaN();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a second run is the same to the bit', () => {
    fc.assert(
      fc.property(cases, (any) => {
        expect(timelineOf(any)).toEqual(timelineOf(any));
      }),
      { numRuns: 50 },
    );
  });
});
