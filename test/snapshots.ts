import type { Clock } from '../src/clock.ts';
import { type ActiveSnapshot, activate } from '../src/forecast/active.ts';
import type { Snapshot } from '../src/forecast/snapshot.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { VirtualClock } from './virtual-clock.ts';

interface Sketch {
  readonly workload?: string;
  readonly cutoffSeconds: number;
  readonly generatedAtSeconds: number;
  readonly stepSeconds: number;
  readonly replicas: readonly number[];
}

/** A whole snapshot from what a test cares about. */
export function snapshotOf(sketch: Sketch): Snapshot {
  const { replicas, stepSeconds } = sketch;
  const values = replicas.map((count) => count * 150);
  return {
    workload: sketch.workload ?? 'my-api',
    metric: 'http_rps',
    generatedAt: new Date(sketch.generatedAtSeconds * 1000).toISOString(),
    stepSeconds,
    horizonSeconds: replicas.length * stepSeconds,
    values,
    desiredReplicas: replicas,
    cutoff: new Date(sketch.cutoffSeconds * 1000).toISOString(),
    id: `id-${sketch.cutoffSeconds}`,
    optionsId: 'options',
    quantiles: { '0.5': values, '0.9': values.map((value) => value * 1.2) },
    risk: {
      method: 'normal',
      confidence: 0,
      errors: 0,
      effectiveErrors: 0,
      tailFrom: 0,
      drift: null,
    },
    peak: { leadTimeSeconds: 60, steps: 2, method: 'bound', quantiles: {}, factor: 1 },
    model: { requested: 'baseline', answered: 'baseline', reason: '' },
    dataQuality: { points: 100, missing: 0, rejected: {} },
    plan: {
      sample: 150,
      previous: replicas[0] ?? null,
      policy: { ...DEFAULT_POLICY, minReplicas: 0 },
      need: replicas,
      bounded: replicas,
      raised: replicas,
    },
  };
}

/** In force since it was made, unless another clock is given. */
export function activeSnapshot(
  sketch: Sketch,
  clock: Clock = new VirtualClock(sketch.generatedAtSeconds * 1000),
): ActiveSnapshot {
  return activate(snapshotOf(sketch), clock);
}
