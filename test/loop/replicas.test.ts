import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { Accuracy } from '../../src/forecast/accuracy.ts';
import type { ActiveSnapshot } from '../../src/forecast/active.ts';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { ACTIVATION_DELAY_MS } from '../../src/loop/active-slot.ts';
import { Ticks } from '../../src/loop/ticks.ts';
import { WorkloadLoop } from '../../src/loop/workload-loop.ts';
import type { Store } from '../../src/storage/store.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { ModelStore } from './model-store.ts';
import { SERVING } from './serving.ts';

const START_MS = 1_800_000_000_000;
const INTERVAL_MS = 30_000;
const REPLICAS = 5;
const LOOK_MS = 1_000;

/** Replicas of one workload around one store; each remembers what it served. */
class Fleet {
  readonly clock = new VirtualClock(START_MS);
  readonly store = new ModelStore(this.clock);
  readonly ticks = new Ticks('my-api', INTERVAL_MS / 1000);
  readonly replicas = Array.from({ length: REPLICAS }, (_, i) => new TestReplica(this, i));
  /** How often each tick was forecast, by any replica, while it had the lease. */
  readonly forecasts = new Map<number, number>();
  readonly served = new Map<number, Set<string>>();
  /** What a replica forecasts; by default each something else, so that a mix-up shows. */
  idOf = (cutoffSeconds: number, maker: number): string => `${cutoffSeconds} by ${maker}`;

  get running(): TestReplica[] {
    return this.replicas.filter((replica) => replica.loop !== null);
  }

  /** Lets time pass and looks at what everyone serves. */
  async pass(durationMs: number, look: () => void = () => undefined, everyMs = 500): Promise<void> {
    for (let left = durationMs; left > 0; left -= everyMs) {
      await this.clock.advance(Math.min(everyMs, left));
      for (const replica of this.running) replica.look();
      look();
    }
  }

  /** To the next instant at which snapshots come into force. */
  async toActivation(look?: () => void): Promise<void> {
    const nextMs = this.ticks.afterMs(this.clock.nowMs() - ACTIVATION_DELAY_MS);
    await this.pass(nextMs + ACTIVATION_DELAY_MS - this.clock.nowMs(), look);
  }

  /** One answer for each tick, whoever was asked. */
  expectAgreement(): void {
    const different = [...this.served].filter(([, ids]) => ids.size > 1);
    expect(different.map(([tick, ids]) => [tick, ...ids])).toEqual([]);
  }
}

class TestReplica {
  loop: WorkloadLoop | null = null;
  isCut = false;
  forecastMs = 800;
  hasSource = true;
  cannotStore = false;
  readonly said: { readonly msg: string; readonly code?: string }[] = [];
  isBusy = false;
  /** Until its next tick, when a forecast took longer than an interval. */
  behindUntilMs = 0;
  startedMs = 0;
  forecasts = 0;
  #life = new AbortController();
  #last: ActiveSnapshot | null = null;

  constructor(
    private readonly fleet: Fleet,
    private readonly number: number,
  ) {}

  get madeAtMs(): number | null {
    const active = this.loop?.active;
    return active ? active.generatedAtSeconds * 1000 : null;
  }

  start(): void {
    if (this.loop) return;
    const { clock, store, ticks } = this.fleet;
    const life = new AbortController();
    this.#life = life;
    this.#last = null;
    this.isBusy = false;
    this.startedMs = clock.nowMs();
    const metrics = new Metrics(clock, '0.0.0').forWorkload('my-api');
    const log = createLogger({
      level: 'warn',
      format: 'json',
      name: 'test',
      clock,
      write: (line) => this.said.push(JSON.parse(line)),
    });
    const token = `${this.number} of ${clock.nowMs()}`;
    // A process that is gone is cut off: it gives nothing back.
    const connection = store.connect(() => this.isCut || (life.signal.aborted && !this.#isPolite));
    this.loop = new WorkloadLoop({ workload: 'my-api', optionsId: 'options', token }, SERVING, {
      forecaster: {
        accuracy: new Accuracy({ stepSeconds: 60, horizonSteps: 5, leadTimeSeconds: 60 }),
        refresh: async () => undefined,
        forecast: (tickSeconds) => this.#forecast(tickSeconds, life.signal),
      },
      store: { ...connection, put: (made) => this.#put(connection, made) },
      ticks,
      clock,
      metrics,
      log,
    });
    void this.loop.run(life.signal);
  }

  #isPolite = false;

  /** SIGTERM gives the lease back, SIGKILL does not. */
  stop(isPolite: boolean): void {
    this.#isPolite = isPolite;
    this.#life.abort();
    this.loop = null;
  }

  look(): void {
    const active = this.loop?.active ?? null;
    if (!active) {
      expect(this.#last).toBeNull();
      return;
    }
    const { served } = this.fleet;
    const tick = active.generatedAtSeconds;
    expect(tick).toBeGreaterThanOrEqual(this.#last?.generatedAtSeconds ?? 0);
    expect(active.cutoffSeconds).toBeGreaterThanOrEqual(this.#last?.cutoffSeconds ?? 0);
    served.set(tick, (served.get(tick) ?? new Set()).add(active.snapshot.id));
    this.#last = active;
  }

  async #put(store: Store, made: Snapshot): Promise<Snapshot> {
    if (this.cannotStore) throw new KedastralError('store_clock', 'store', 'refused');
    return store.put(made);
  }

  async #forecast(tickSeconds: number, signal: AbortSignal): Promise<Snapshot> {
    const { clock, ticks, forecasts, idOf } = this.fleet;
    this.forecasts++;
    this.isBusy = true;
    const startMs = clock.nowMs();
    await clock.sleep(this.forecastMs, signal);
    this.isBusy = false;
    if (clock.nowMs() - startMs > INTERVAL_MS) {
      this.behindUntilMs = ticks.afterMs(clock.nowMs()) + ACTIVATION_DELAY_MS;
    }
    // Who takes longer than to the next tick loses the lease, and another one makes the same again.
    if (clock.nowMs() <= ticks.afterMs(startMs)) {
      forecasts.set(tickSeconds, (forecasts.get(tickSeconds) ?? 0) + 1);
    }
    if (!this.hasSource) throw new Error('no route to the source');
    const cutoffSeconds = Math.floor((tickSeconds - 5) / 60) * 60;
    const replicas = Array.from({ length: 30 }, () => 5);
    const sketch = { cutoffSeconds, generatedAtSeconds: tickSeconds, stepSeconds: 60, replicas };
    return { ...snapshotOf(sketch), id: idOf(cutoffSeconds, this.number) };
  }
}

const events = (kinds: readonly string[]) =>
  fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 40_000 }),
      who: fc.nat(REPLICAS - 1),
      kind: fc.constantFrom(...kinds),
    }),
    { minLength: 5, maxLength: 20 },
  );

describe('replicas around a store', () => {
  it('cost the forecasts of one, and change at the same instant', async () => {
    const fleet = new Fleet();
    for (const replica of fleet.replicas) replica.start();
    await fleet.toActivation();
    const before = fleet.store.commands;
    const ticks = 20;
    for (let i = 0; i < ticks; i++) {
      await fleet.toActivation(() => {
        expect(new Set(fleet.running.map(({ madeAtMs }) => madeAtMs)).size).toBe(1);
      });
      const made = fleet.replicas[0]?.madeAtMs ?? 0;
      expect(made).toBe(fleet.clock.nowMs() - ACTIVATION_DELAY_MS);
    }
    fleet.expectAgreement();
    expect([...fleet.forecasts.values()].every((count) => count === 1)).toBe(true);
    expect(fleet.replicas.filter(({ forecasts }) => forecasts > 0)).toHaveLength(1);
    // A look and a put of the writer, one look of each other.
    expect(fleet.store.commands - before).toBe(ticks * (2 + REPLICAS - 1));
  });

  it('have the next writer at the next tick when the writer is killed', async () => {
    const fleet = new Fleet();
    for (const replica of fleet.replicas) replica.start();
    await fleet.toActivation();
    for (let kill = 0; kill < REPLICAS - 1; kill++) {
      const writer = fleet.running.find(({ forecasts }) => forecasts > 0);
      // In the middle of its work, or between two ticks.
      await fleet.pass(kill % 2 ? 25_300 : 3_000, undefined, 100);
      writer?.stop(false);
      const nextMs = fleet.ticks.afterMs(fleet.clock.nowMs());
      await fleet.pass(nextMs + ACTIVATION_DELAY_MS - fleet.clock.nowMs(), undefined, 100);
      for (const { madeAtMs } of fleet.running) expect(madeAtMs).toBe(nextMs);
      expect(fleet.running.filter(({ forecasts }) => forecasts > 0)).toHaveLength(1);
    }
    fleet.expectAgreement();
  });

  it('go on without who has the lease, tick after tick, and stores nothing', async () => {
    const fleet = new Fleet();
    fleet.idOf = (cutoffSeconds) => `${cutoffSeconds}`;
    const silent = fleet.store.connect();
    // As one does whose clock is before the others', at each tick first.
    const hold = async (): Promise<void> => {
      const lease = { nowMs: fleet.clock.nowMs(), lastsMs: INTERVAL_MS + 500 };
      await silent.turn({ workload: 'my-api', optionsId: 'options', token: 'silent' }, null, lease);
    };
    void hold();
    for (const replica of fleet.replicas) replica.start();
    const holdAtTick = () => {
      if (fleet.ticks.atOrBeforeMs(fleet.clock.nowMs()) > fleet.clock.nowMs() - 500) void hold();
    };
    await fleet.pass(2 * INTERVAL_MS, holdAtTick);
    for (let i = 0; i < 6; i++) {
      await fleet.toActivation(holdAtTick);
      for (const { madeAtMs } of fleet.running) {
        expect(madeAtMs).toBe(fleet.clock.nowMs() - ACTIVATION_DELAY_MS);
      }
    }
    fleet.expectAgreement();
    const codes = fleet.replicas.flatMap(({ said }) => said.map(({ code }) => code));
    expect(new Set(codes.filter(Boolean))).toEqual(new Set(['writer_silent']));
  });

  it('take nobody for silent who has had the lease for a moment', async () => {
    const fleet = new Fleet();
    // They begin with the tick before, which is over.
    await fleet.pass(fleet.ticks.afterMs(fleet.clock.nowMs()) + LOOK_MS - fleet.clock.nowMs());
    const [first, second] = fleet.replicas as [TestReplica, TestReplica];
    for (const replica of [first, second]) {
      replica.forecastMs = 9_000;
      replica.start();
    }
    await fleet.pass(INTERVAL_MS / 2);
    expect([first.forecasts, second.forecasts]).toEqual([1, 0]);
    expect([...first.said, ...second.said]).toEqual([]);
    expect(second.madeAtMs).toBe(first.madeAtMs);
  });

  it('have another writer in the same tick when one cannot store what it made', async () => {
    const fleet = new Fleet();
    for (const replica of fleet.replicas) replica.start();
    await fleet.toActivation();
    const writer = fleet.running.find(({ forecasts }) => forecasts > 0) as TestReplica;
    const others = fleet.running.filter((replica) => replica !== writer);
    writer.cannotStore = true;
    for (let i = 0; i < 4; i++) {
      await fleet.toActivation();
      for (const { madeAtMs } of others) {
        expect(madeAtMs).toBe(fleet.clock.nowMs() - ACTIVATION_DELAY_MS);
      }
    }
    // It had the lease once more, and gave it up.
    expect(writer.said.filter(({ code }) => code === 'store_clock')).toHaveLength(1);
    expect(others.filter(({ forecasts }) => forecasts > 0)).toHaveLength(1);
  });

  it('let another one try when the writer alone has lost its source', async () => {
    const fleet = new Fleet();
    for (const replica of fleet.replicas) replica.start();
    await fleet.toActivation();
    const writer = fleet.running.find(({ forecasts }) => forecasts > 0) as TestReplica;
    writer.hasSource = false;
    await fleet.toActivation();
    await fleet.toActivation();
    for (const { madeAtMs } of fleet.running) {
      expect(madeAtMs).toBe(fleet.clock.nowMs() - ACTIVATION_DELAY_MS);
    }
    expect(Math.max(...fleet.forecasts.values())).toBe(1);
  });

  it('never differ, whoever starts, stops, dies, hangs or is slow', async () => {
    const kinds = ['start', 'start', 'stop', 'kill', 'hang', 'slow', 'quick'];
    const run = async (schedule: readonly { afterMs: number; who: number; kind: string }[]) => {
      const fleet = new Fleet();
      fleet.replicas[0]?.start();
      const apartMs = new Map<string, number>();
      const look = () => {
        const nowMs = fleet.clock.nowMs();
        // Who is busy with a forecast learns of a newer one only with its own, or at its next tick.
        const settled = fleet.running.filter(
          ({ startedMs, madeAtMs, isBusy, behindUntilMs }) =>
            madeAtMs !== null &&
            !isBusy &&
            nowMs > behindUntilMs &&
            nowMs - startedMs > INTERVAL_MS,
        );
        const ticks = new Set(settled.map(({ madeAtMs }) => madeAtMs));
        const key = [...ticks].join();
        if (ticks.size > 1) apartMs.set(key, (apartMs.get(key) ?? 0) + 500);
      };
      for (const { afterMs, who, kind } of schedule) {
        const replica = fleet.replicas[who] as TestReplica;
        if (kind === 'start') replica.start();
        if (kind === 'stop' || kind === 'kill') replica.stop(kind === 'stop');
        if (kind === 'hang') replica.forecastMs = 70_000;
        if (kind === 'slow') replica.forecastMs = 9_000;
        if (kind === 'quick') replica.forecastMs = 100;
        await fleet.pass(afterMs, look);
      }
      fleet.expectAgreement();
      expect(Math.max(0, ...fleet.forecasts.values())).toBeLessThanOrEqual(1);
      // A snapshot that was too late for its instant is found at the next look, which may be after
      // the next tick.
      for (const lateMs of apartMs.values()) expect(lateMs).toBeLessThanOrEqual(2 * LOOK_MS + 500);
    };
    await fc.assert(fc.asyncProperty(events(kinds), run), { numRuns: 20 });
  }, 60_000);

  it('never differ either when the store fails, if they know the same samples', async () => {
    const faults = ['down', 'hang', 'read-only', 'none'] as const;
    const kinds = [...faults, 'none', 'flush', 'lose', 'cut', 'join', 'start', 'stop', 'kill'];
    const run = async (schedule: readonly { afterMs: number; who: number; kind: string }[]) => {
      const fleet = new Fleet();
      fleet.idOf = (cutoffSeconds) => `${cutoffSeconds}`;
      for (const replica of fleet.replicas) replica.start();
      let before: Snapshot | null = null;
      const look = () => {
        for (const { startedMs, madeAtMs } of fleet.running) {
          const nowMs = fleet.clock.nowMs();
          if (nowMs - startedMs < 2 * INTERVAL_MS) continue;
          expect(nowMs - (madeAtMs ?? 0)).toBeLessThanOrEqual(2 * INTERVAL_MS + 8_000);
        }
      };
      for (const { afterMs, who, kind } of schedule) {
        const replica = fleet.replicas[who] as TestReplica;
        const fault = faults.find((each) => each === kind);
        if (fault) fleet.store.fault = fault;
        if (kind === 'flush') fleet.store.flush();
        if (kind === 'lose') fleet.store.lose(before);
        if (kind === 'cut' || kind === 'join') replica.isCut = kind === 'cut';
        if (kind === 'start') replica.start();
        if (kind === 'stop' || kind === 'kill') replica.stop(kind === 'stop');
        before = fleet.store.snapshot;
        await fleet.pass(afterMs, look);
      }
      fleet.expectAgreement();
      Object.assign(fleet.store, { fault: 'none' });
      for (const replica of fleet.replicas) replica.isCut = false;
      for (const replica of fleet.replicas) replica.start();
      await fleet.pass(3 * INTERVAL_MS, look);
      const total = () => fleet.replicas.reduce((sum, { forecasts }) => sum + forecasts, 0);
      const made = total();
      await fleet.pass(4 * INTERVAL_MS, look);
      expect(total() - made).toBeLessThanOrEqual(4);
      fleet.expectAgreement();
    };
    await fc.assert(fc.asyncProperty(events(kinds), run), { numRuns: 20 });
  }, 60_000);
});
