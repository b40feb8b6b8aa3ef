import { expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { Accuracy } from '../../src/forecast/accuracy.ts';
import { servingSeconds } from '../../src/forecast/active.ts';
import { serve } from '../../src/forecast/served.ts';
import { Ticks } from '../../src/loop/ticks.ts';
import { WorkloadLoop } from '../../src/loop/workload-loop.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { SERVING } from './serving.ts';

const START_SECONDS = 1_800_000_000;
const INTERVAL_SECONDS = 30;
const STEP_SECONDS = 60;

/** A loop whose source goes by the true time, whatever the process' clock says. */
class Rig {
  readonly clock = new VirtualClock(START_SECONDS * 1000);
  readonly stop = new AbortController();
  readonly loop: WorkloadLoop;
  trueSeconds = START_SECONDS;
  isSourceUp = true;

  constructor() {
    const { clock } = this;
    const metrics = new Metrics(clock, '0.0.0').forWorkload('my-api');
    const replica = { workload: 'my-api', optionsId: 'options', token: 'a' };
    this.loop = new WorkloadLoop(replica, SERVING, {
      forecaster: {
        accuracy: new Accuracy({ stepSeconds: 60, horizonSteps: 5, leadTimeSeconds: 60 }),
        refresh: async () => undefined,
        forecast: async (tickSeconds) => this.#forecast(tickSeconds),
      },
      store: new MemoryStore(),
      ticks: new Ticks('my-api', INTERVAL_SECONDS),
      clock,
      metrics,
      log: createLogger({ level: 'silent', format: 'json', name: 'test', clock }),
    });
    void this.loop.run(this.stop.signal);
  }

  /** As the forecaster has it: by the source's clock a tick is neither long past nor to come. */
  #forecast(tickSeconds: number) {
    const behindSeconds = this.trueSeconds - tickSeconds;
    const isHeard = this.isSourceUp && behindSeconds <= 120 && behindSeconds >= -STEP_SECONDS;
    if (!isHeard) throw new KedastralError('adapter_late', 'adapter', 'no sample of that time');
    return snapshotOf({
      cutoffSeconds: Math.floor(tickSeconds / STEP_SECONDS) * STEP_SECONDS,
      generatedAtSeconds: tickSeconds,
      stepSeconds: STEP_SECONDS,
      replicas: Array.from({ length: 30 }, (_, i) => 5 + i),
    });
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.trueSeconds++;
      await this.clock.advance(1000);
    }
  }

  jump(seconds: number): void {
    this.clock.setWall(this.clock.nowMs() + seconds * 1000);
  }

  /** What is served, and how old its forecast is in truth. */
  served() {
    const { active } = this.loop;
    if (!active) return { state: 'none', replicas: 0, age: Number.NaN };
    const age = this.trueSeconds - active.generatedAtSeconds;
    try {
      const now = servingSeconds(active, this.clock);
      return { ...serve(active, SERVING, SERVING.leadTimeSeconds, now), age };
    } catch {
      return { state: 'unavailable', replicas: 0, age };
    }
  }

  /** Serves for a while, second by second, and notes the states. */
  async watch(seconds: number): Promise<Set<string>> {
    const states = new Set<string>();
    for (let second = 0; second < seconds; second++) {
      await this.pass(1);
      const { state, replicas, age } = this.served();
      states.add(state);
      if (state === 'fresh') expect(age).toBeLessThanOrEqual(SERVING.staleAfterSeconds);
      if (state !== 'unavailable') expect(replicas).toBeGreaterThanOrEqual(5);
    }
    return states;
  }
}

const HOUR = 3600;
const JUMPS = [
  ['an hour back', -HOUR],
  ['an hour ahead', HOUR],
  ['a day back', -24 * HOUR],
  ['a day ahead', 24 * HOUR],
  ['ten minutes back', -600],
  ['two minutes back', -120],
] as const;

it.each(JUMPS)('%s: no old number as new, and well again with the clock', async (_, seconds) => {
  const rig = new Rig();
  expect(await rig.watch(200)).toEqual(new Set(['fresh']));
  rig.jump(seconds);
  await rig.watch(400);
  rig.jump(-seconds);
  await rig.watch(2 * INTERVAL_SECONDS + 5);
  expect(await rig.watch(200)).toEqual(new Set(['fresh']));
  rig.stop.abort();
});

it.each(JUMPS)('%s while the source is down makes nothing younger', async (_, seconds) => {
  const rig = new Rig();
  await rig.watch(200);
  rig.isSourceUp = false;
  await rig.watch(100);
  rig.jump(seconds);
  await rig.watch(25);
  const states = await rig.watch(30 * STEP_SECONDS);
  expect(states).not.toContain('fresh');
  expect(rig.served().state).toBe('unavailable');
  rig.stop.abort();
});

it('held for a silent source, to the second', async () => {
  const rig = new Rig();
  await rig.watch(200);
  rig.isSourceUp = false;
  /** The age at which a state begins, in whole seconds. */
  const agesOf = async (state: string) => {
    while (rig.served().state !== state) await rig.pass(1);
    return Math.ceil(rig.served().age);
  };
  expect(await agesOf('held')).toBe(121);
  const { cutoffSeconds, generatedAtSeconds } = rig.loop.active ?? expect.fail('no snapshot');
  // Held as long as the plan covers the lead time: 30 steps from the cutoff, less 60 s.
  const coveredSeconds = cutoffSeconds + 29 * STEP_SECONDS - generatedAtSeconds;
  expect(await agesOf('unavailable')).toBe(Math.ceil(coveredSeconds + 1));
  rig.isSourceUp = true;
  await rig.pass(INTERVAL_SECONDS + 5);
  expect(rig.served().state).toBe('fresh');
  rig.stop.abort();
});

it('a leap of the monotonic clock ages what is held, until the next tick', async () => {
  const rig = new Rig();
  await rig.watch(200);
  rig.clock.leapMonotonic(HOUR * 1000);
  expect(rig.served().state).not.toBe('fresh');
  await rig.watch(INTERVAL_SECONDS + 5);
  expect(rig.served().state).toBe('fresh');
  rig.stop.abort();
});

it('after a suspension the tick is that of now, at once', async () => {
  const rig = new Rig();
  await rig.watch(200);
  // The monotonic clock stood still for ten minutes.
  rig.trueSeconds += 600;
  rig.jump(600);
  expect(rig.served().state).not.toBe('fresh');
  await rig.watch(INTERVAL_SECONDS + 5);
  expect(rig.served()).toMatchObject({ state: 'fresh' });
  rig.stop.abort();
});
