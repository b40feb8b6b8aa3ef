import { beforeAll, describe, expect, it } from 'vitest';
import { type ActiveSnapshot, activate, servingSeconds } from '../../src/forecast/active.ts';
import { ageSeconds, isFresh, type ServingPolicy, serve } from '../../src/forecast/served.ts';
import { ActiveSlot } from '../../src/loop/active-slot.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { kernels, play, report } from './virtual/bench.ts';
import type { FaultName } from './virtual/fault-kinds.ts';
import { KEDA_GIVES_UP_SECONDS } from './virtual/keda.ts';
import { secondsUntilKilled } from './virtual/liveness.ts';
import { PROCESSES, scenarioOf } from './virtual/scenario.ts';

const T0 = 1_800_000_000;
const HOLD: ServingPolicy = {
  leadTimeSeconds: 60,
  staleAfterSeconds: 120,
  onStale: 'hold',
  defaultMin: 0,
};
const ZERO = snapshotOf({
  cutoffSeconds: T0,
  generatedAtSeconds: T0,
  stepSeconds: 60,
  replicas: Array.from({ length: 30 }, () => 0),
});

/** Faults that the bench found, each by what it did to KEDA. */
describe('a clock that is set back', () => {
  it('makes no stale forecast fresh again, and no zero known', async () => {
    const clock = new VirtualClock(T0 * 1000);
    const active = activate(ZERO, clock);
    await clock.advance(130_000);
    clock.setWall((T0 + 100) * 1000);
    const now = servingSeconds(active, clock);
    expect(isFresh(active, HOLD, now)).toBe(false);
    expect(() => serve(active, HOLD, 60, now)).toThrow('it says zero');
  });

  it('ends what is held when its horizon has passed, not an hour later', async () => {
    const clock = new VirtualClock(T0 * 1000);
    const active = activate({ ...ZERO, desiredReplicas: ZERO.values.map(() => 5) }, clock);
    clock.setWall((T0 - 3600) * 1000);
    await clock.advance(28 * 60_000);
    expect(serve(active, HOLD, 60, servingSeconds(active, clock)).replicas).toBe(5);
    await clock.advance(2 * 60_000);
    expect(() => serve(active, HOLD, 60, servingSeconds(active, clock))).toThrow('ends before');
  });

  it('makes nothing younger that comes back from the store', async () => {
    const clock = new VirtualClock(T0 * 1000);
    const slot = new ActiveSlot(clock);
    const age = () =>
      ageSeconds(slot.current as ActiveSnapshot, servingSeconds(slot.current, clock));
    slot.put(activate(ZERO, clock));
    await clock.advance(130_000);
    expect(age()).toBe(130);
    clock.setWall((T0 - 30) * 1000);
    slot.put(activate(ZERO, clock));
    expect(age()).toBe(130);
  });
});

it('a sidecar that hangs is killed by its liveness probe before KEDA gives up', () => {
  expect(secondsUntilKilled()).toBeLessThan(KEDA_GIVES_UP_SECONDS);
});

describe('seeds that once broke a rule', () => {
  let shared: readonly Kernel[];
  beforeAll(async () => {
    shared = await kernels();
  });

  it.each<[string, readonly FaultName[]]>([
    ['clocks set back an hour cost a second tick', ['clocks-1h-ahead']],
    ['a clock set forward an hour cost a second tick', ['clock-1h-back']],
    ['30 s back brought a stale zero back to life', ['clock-30s-ahead', 'prometheus-empty']],
    ['a day back made the stored forecast new', ['clock-1d-back', 'prometheus-error-body']],
  ])('%s (%j)', async (_what, names) => {
    const base = scenarioOf(0);
    const injections = names.map((name, i) => ({
      name,
      fromSeconds: 172 + 108 * i,
      toSeconds: 377 + 170 * i,
      target: 1,
    }));
    const played = await play({ ...base, shape: 'night', injections, seconds: 850 }, shared);
    expect(played.violations, report(played)).toEqual([]);
  });

  it.each<readonly [FaultName, number]>([
    ['clock-1m-ahead', 0],
    ['clock-1m-ahead', 172],
    ['clock-30s-ahead', 172],
    ['clock-1h-ahead', 0],
    ['clock-1h-ahead', 172],
  ])('%s since %d s kept the lease and stored nothing', async (name, fromSeconds) => {
    const injections = [0, 1, 2].map((target) => ({
      ...{ name, target },
      fromSeconds,
      toSeconds: fromSeconds + 400,
    }));
    for (const injection of injections) {
      const scenario = { ...scenarioOf(0), usesRedis: true, injections: [injection], seconds: 700 };
      const played = await play(scenario, shared);
      expect(played.violations, report(played)).toEqual([]);
    }
  });

  it('a clock an hour behind the writer’s asked Redis without pause', async () => {
    const injections = [
      { name: 'clock-1h-back', fromSeconds: 172, toSeconds: 377, target: 1 } as const,
    ];
    const seconds = 700;
    const scenario = { ...scenarioOf(0), usesRedis: true, injections, seconds };
    const { world } = await play(scenario, shared);
    expect(world.redis.commands).toBeGreaterThan(20);
    expect(world.redis.commands).toBeLessThan(2 * PROCESSES * seconds);
  });
});
