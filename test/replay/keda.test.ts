import { describe, expect, it } from 'vitest';
import {
  type Fallback,
  Keda,
  type KedaWorld,
  type Reading,
  SCALED_OBJECT_DEFAULTS,
  type ScaledObject,
} from '../../src/replay/keda.ts';

/** A cluster that does what it is told. */
class FakeCluster implements KedaWorld {
  nowSeconds = 1_000_000;
  specReplicas: number;
  readyPods: number;
  isHpaActive = true;
  readonly readings: Reading[];
  queries = 0;

  constructor(replicas: number, ...readings: Reading[]) {
    this.specReplicas = replicas;
    this.readyPods = replicas;
    this.readings = readings;
  }

  read(trigger: number): Reading {
    this.queries++;
    return this.readings[trigger] ?? 'error';
  }

  setSpec(replicas: number): void {
    this.specReplicas = replicas;
  }
}

const ACTIVE: Reading = { value: 7, isActive: true };
const INACTIVE: Reading = { value: 0, isActive: false };

function keda(world: KedaWorld, options: Partial<ScaledObject> = {}): Keda {
  const triggers = [{ metricType: 'AverageValue', target: 1 }] as const;
  return new Keda({ ...SCALED_OBJECT_DEFAULTS, triggers, ...options }, world.nowSeconds);
}

/** spec.replicas after each poll, 30 s apart. */
function polls(object: Keda, world: FakeCluster, count: number): number[] {
  return Array.from({ length: count }, () => {
    world.nowSeconds += 30;
    object.poll(world);
    return world.specReplicas;
  });
}

describe("KEDA's poll", () => {
  it('wakes a workload at 0 to one pod, or to its minimum', () => {
    const world = new FakeCluster(0, ACTIVE);
    expect(polls(keda(world), world, 1)).toEqual([1]);
    const other = new FakeCluster(0, ACTIVE);
    expect(polls(keda(other, { minReplicas: 3 }), other, 1)).toEqual([3]);
  });

  it('goes to 0 when the cooldown since the last activity is over', () => {
    const world = new FakeCluster(4, ACTIVE);
    const object = keda(world, { cooldownSeconds: 60 });
    polls(object, world, 1);
    world.readings[0] = INACTIVE;
    expect(polls(object, world, 4)).toEqual([4, 4, 0, 0]);
  });

  it('waits for no cooldown when it never saw any activity', () => {
    const world = new FakeCluster(4, INACTIVE);
    expect(polls(keda(world), world, 1)).toEqual([0]);
    const other = new FakeCluster(4, INACTIVE);
    expect(polls(keda(other, { initialCooldownSeconds: 60 }), other, 3)).toEqual([4, 4, 0]);
  });

  it('changes nothing on an error, and its cooldown goes on', () => {
    const world = new FakeCluster(4, ACTIVE);
    const object = keda(world, { cooldownSeconds: 60 });
    polls(object, world, 1);
    world.readings[0] = 'error';
    expect(polls(object, world, 4)).toEqual([4, 4, 4, 4]);
    world.readings[0] = INACTIVE;
    expect(polls(object, world, 1)).toEqual([0]);
  });

  it('scales to zero on an error when its fallback says 0 replicas', () => {
    const fallback: Fallback = { failureThreshold: 9, replicas: 0, behavior: 'static' };
    const world = new FakeCluster(4, 'error');
    expect(polls(keda(world, { fallback }), world, 1)).toEqual([0]);
  });

  it('stays active while one of several triggers is', () => {
    const world = new FakeCluster(4, INACTIVE, ACTIVE);
    const triggers = [1, 2].map((target) => ({ metricType: 'AverageValue' as const, target }));
    const object = keda(world, { triggers, cooldownSeconds: 0 });
    expect(polls(object, world, 2)).toEqual([4, 4]);
    world.readings[1] = 'error';
    expect(polls(object, world, 2)).toEqual([4, 4]);
    world.readings[1] = INACTIVE;
    expect(polls(object, world, 1)).toEqual([0]);
  });

  it('goes down to the idle count and up to the minimum', () => {
    const world = new FakeCluster(6, INACTIVE);
    const object = keda(world, { minReplicas: 3, idleReplicas: 1 });
    expect(polls(object, world, 2)).toEqual([1, 1]);
    world.readings[0] = ACTIVE;
    expect(polls(object, world, 2)).toEqual([3, 3]);
  });

  it('mends what is below the minimum, even without activity', () => {
    const world = new FakeCluster(1, INACTIVE);
    expect(polls(keda(world, { minReplicas: 2 }), world, 1)).toEqual([2]);
  });

  it('asks nobody again while the HPA asks, unless it could go to zero', () => {
    const world = new FakeCluster(4, ACTIVE);
    const object = keda(world, { minReplicas: 1 });
    object.metric(0, world);
    polls(object, world, 3);
    expect(world.queries).toBe(1);
    world.isHpaActive = false;
    polls(object, world, 3);
    expect(world.queries).toBe(4);
  });

  it('is woken by a push between polls', () => {
    const world = new FakeCluster(0, INACTIVE);
    const object = keda(world);
    object.push(world);
    expect(world.specReplicas).toBe(1);
    expect(polls(object, world, 1)).toEqual([1]);
  });
});

/** What the HPA reads of trigger 0, query by query. */
function metrics(object: Keda, world: KedaWorld, count: number): number[] {
  return Array.from({ length: count }, () => object.metric(0, world));
}

describe("KEDA's fallback", () => {
  const threshold = { failureThreshold: 2, replicas: 6 };

  it('takes over after more failures in a row than the threshold', () => {
    const world = new FakeCluster(4, 'error');
    const object = keda(world, { fallback: { ...threshold, behavior: 'static' } });
    expect(metrics(object, world, 4)).toEqual([Number.NaN, Number.NaN, 6, 6]);
    world.readings[0] = ACTIVE;
    expect(metrics(object, world, 1)).toEqual([7]);
    world.readings[0] = 'error';
    expect(metrics(object, world, 1)).toEqual([Number.NaN]);
  });

  it.each([
    ['static', 4, 6],
    ['currentReplicas', 4, 4],
    ['currentReplicasIfHigher', 4, 6],
    ['currentReplicasIfHigher', 9, 9],
    ['currentReplicasIfLower', 4, 4],
    ['currentReplicasIfLower', 9, 6],
  ] as const)('%s at %i replicas wants %i', (behavior, replicas, want) => {
    const world = new FakeCluster(replicas, 'error');
    const fallback = { failureThreshold: 0, replicas: 6, behavior };
    const triggers = [{ metricType: 'AverageValue', target: 200 }] as const;
    expect(metrics(keda(world, { fallback, triggers }), world, 1)).toEqual([want * 200]);
  });

  it('divides by the Ready pods for Value, and has no answer without any', () => {
    const world = new FakeCluster(4, 'error');
    const fallback = { failureThreshold: 0, replicas: 6, behavior: 'static' } as const;
    const triggers = [{ metricType: 'Value', target: 10 }] as const;
    const object = keda(world, { fallback, triggers });
    expect(metrics(object, world, 1)).toEqual([15]);
    world.readyPods = 0;
    expect(metrics(object, world, 1)).toEqual([Number.NaN]);
  });

  it('keeps the workload active', () => {
    const world = new FakeCluster(4, 'error');
    const fallback = { failureThreshold: 0, replicas: 6, behavior: 'static' } as const;
    expect(polls(keda(world, { fallback }), world, 3)).toEqual([4, 4, 4]);
  });

  it('never fires when GetMetricSpec fails, which fails every other trigger too', () => {
    const world = new FakeCluster(4, 'spec-error', ACTIVE);
    const triggers = [1, 2].map((target) => ({ metricType: 'AverageValue' as const, target }));
    const fallback = { failureThreshold: 0, replicas: 6, behavior: 'static' } as const;
    const object = keda(world, { fallback, triggers });
    expect(metrics(object, world, 2)).toEqual([Number.NaN, Number.NaN]);
    expect(object.metric(1, world)).toBeNaN();
  });
});
