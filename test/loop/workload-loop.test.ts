import { describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { Accuracy } from '../../src/forecast/accuracy.ts';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { Ticks } from '../../src/loop/ticks.ts';
import { WorkloadLoop } from '../../src/loop/workload-loop.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import type { Store } from '../../src/storage/store.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { SERVING } from './serving.ts';

const START_MS = 1_800_000_000_000;
const INTERVAL_MS = 30_000;

const made = (tickSeconds: number) =>
  snapshotOf({
    cutoffSeconds: Math.floor(tickSeconds / 60) * 60,
    generatedAtSeconds: tickSeconds,
    stepSeconds: 60,
    replicas: Array.from({ length: 30 }, () => 5),
  });

class Rig {
  readonly clock = new VirtualClock(START_MS);
  readonly ticks = new Ticks('my-api', INTERVAL_MS / 1000);
  readonly metrics = new Metrics(this.clock, '0.0.0');
  readonly ticked: number[] = [];
  readonly stop = new AbortController();
  readonly lines: Record<string, unknown>[] = [];
  readonly loop: WorkloadLoop;
  forecast = async (tickSeconds: number): Promise<Snapshot> => made(tickSeconds);
  renew = async (_snapshot: Snapshot, _tickSeconds: number): Promise<Snapshot | null> => null;

  constructor(readonly store: Store = new MemoryStore()) {
    const replica = { workload: 'my-api', optionsId: 'options', token: 'a' };
    this.loop = new WorkloadLoop(replica, SERVING, {
      forecaster: {
        accuracy: new Accuracy({ stepSeconds: 60, horizonSteps: 5, leadTimeSeconds: 60 }),
        refresh: async () => undefined,
        forecast: async (tickSeconds) => {
          this.ticked.push(tickSeconds * 1000);
          return this.forecast(tickSeconds);
        },
        renew: async (snapshot, tickSeconds) => this.renew(snapshot, tickSeconds),
      },
      store,
      ticks: this.ticks,
      clock: this.clock,
      metrics: this.metrics.forWorkload('my-api'),
      log: createLogger({
        level: 'info',
        format: 'json',
        name: 'test',
        clock: this.clock,
        write: (line) => this.lines.push(JSON.parse(line)),
      }),
    });
  }

  async run(durationMs: number): Promise<void> {
    const running = this.loop.run(this.stop.signal);
    await this.clock.advance(durationMs);
    this.stop.abort();
    await running;
  }
}

describe('WorkloadLoop', () => {
  it('has no role among replicas where nothing is shared', async () => {
    const rig = new Rig();
    await rig.run(3 * INTERVAL_MS);
    expect(rig.ticked.length).toBeGreaterThan(2);
    expect((await rig.metrics.scrape()).body).not.toMatch(/^kedastral_replica_role\{/m);
  });

  it('runs the tick that was due at once, then each on its nominal time', async () => {
    const rig = new Rig();
    await rig.run(95_000);
    const first = rig.ticks.atOrBeforeMs(START_MS);
    expect(rig.ticked).toEqual([0, 1, 2, 3, 4].map((k) => first + k * INTERVAL_MS));
    expect(first + 5 * INTERVAL_MS).toBeGreaterThan(START_MS + 95_000);
  });

  it('does not stack a tick that overruns', async () => {
    const rig = new Rig();
    rig.forecast = async (tickSeconds) => {
      await rig.clock.sleep(70_000, rig.stop.signal);
      return made(tickSeconds);
    };
    await rig.run(230_000);
    const gaps = rig.ticked.slice(1).map((tick, i) => tick - (rig.ticked[i] as number));
    expect(gaps.every((gap) => gap % INTERVAL_MS === 0 && gap >= 60_000)).toBe(true);
    expect(rig.ticked.length).toBeLessThanOrEqual(4);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('goes on with the ticks of a clock that was set %s', async (_way, byMs) => {
    const rig = new Rig();
    const running = rig.loop.run(rig.stop.signal);
    await rig.clock.advance(2 * INTERVAL_MS);
    rig.clock.setWall(rig.clock.nowMs() + byMs);
    const before = rig.ticked.length;
    await rig.clock.advance(INTERVAL_MS);
    const nowMs = rig.clock.nowMs();
    expect(rig.ticked.slice(before).at(-1)).toBe(rig.ticks.atOrBeforeMs(nowMs));
    for (const tickMs of rig.ticked.slice(before)) {
      expect(Math.abs(nowMs - tickMs)).toBeLessThan(2 * INTERVAL_MS);
    }
    await rig.clock.advance(INTERVAL_MS);
    expect(rig.loop.active?.generatedAtSeconds).toBe((rig.ticked.at(-1) ?? 0) / 1000);
    rig.stop.abort();
    await running;
  });

  it('keeps the last snapshot when a tick fails, and says why when there is none', async () => {
    const rig = new Rig();
    const fail = async () => {
      throw new KedastralError('adapter_timeout', 'adapter', 'no answer within 10 s');
    };
    rig.forecast = fail;
    const running = rig.loop.run(rig.stop.signal);
    await rig.clock.advance(1);
    expect(rig.loop.active).toBeNull();
    expect(rig.loop.pendingReason).toContain('no answer within 10 s');

    rig.forecast = async (tickSeconds) => made(tickSeconds);
    await rig.clock.advance(INTERVAL_MS);
    const kept = rig.loop.active;
    expect(kept?.snapshot.desiredReplicas[0]).toBe(5);
    rig.forecast = fail;
    await rig.clock.advance(10 * INTERVAL_MS);
    expect(rig.loop.active).toBe(kept);
    rig.stop.abort();
    await running;
    const text = (await rig.metrics.scrape()).body;
    expect(text).toMatch(/kedastral_errors_total\{.*reason="adapter_timeout".*\} 11/);
  });

  it('takes newer readings where no forecast could be made, as of their tick', async () => {
    const rig = new Rig();
    const running = rig.loop.run(rig.stop.signal);
    await rig.clock.advance(1);
    const first = rig.loop.active?.snapshot;
    rig.forecast = async () => {
      throw new KedastralError('adapter_timeout', 'adapter', 'no answer within 10 s');
    };
    rig.renew = async (snapshot, tickSeconds) => ({
      ...snapshot,
      renewedAt: new Date(tickSeconds * 1000).toISOString(),
      reactive: { at: snapshot.generatedAt, value: 1500, need: 9, bounded: 9, replicas: 9 },
    });
    const untilTickMs = rig.ticks.afterMs(rig.clock.nowMs()) - rig.clock.nowMs();
    await rig.clock.advance(untilTickMs + 4_999);
    expect(rig.loop.active?.reactive).toBeNull();
    await rig.clock.advance(1);
    expect(rig.loop.active?.reactive?.replicas).toBe(9);
    expect(rig.loop.active?.snapshot.generatedAt).toBe(first?.generatedAt);
    rig.stop.abort();
    await running;
  });

  it('says once when it forecasts first, and again after an outage of how long', async () => {
    const rig = new Rig();
    const fail = async () => {
      throw new KedastralError('adapter_timeout', 'adapter', 'no answer within 10 s');
    };
    const succeed = rig.forecast;
    rig.forecast = fail;
    const running = rig.loop.run(rig.stop.signal);
    for (const forecast of [fail, succeed, fail, succeed]) {
      rig.forecast = forecast;
      await rig.clock.advance(3 * INTERVAL_MS);
    }
    rig.stop.abort();
    await running;
    const said = rig.lines.map(({ level, msg, outSeconds }) => [level, msg, outSeconds]);
    const none = ['warn', 'tick failed, there is no forecast yet', undefined];
    const stays = ['warn', 'tick failed, the last forecast stays', undefined];
    expect(said).toEqual([
      none,
      ['info', 'first forecast', expect.any(Number)],
      stays,
      ['info', 'forecasting again', 90],
    ]);
  });

  it('tells that another model answers than was asked for, and why', async () => {
    const rig = new Rig();
    const reason = 'byom: model_failed, no answer within 10 s';
    rig.forecast = async (tickSeconds) => ({
      ...made(tickSeconds),
      model: { requested: 'byom', answered: 'baseline', reason },
    });
    const running = rig.loop.run(rig.stop.signal);
    await rig.clock.advance(5 * INTERVAL_MS);
    rig.stop.abort();
    await running;
    const said = rig.lines.filter(({ level }) => level === 'warn');
    const other = { requested: 'byom', answered: 'baseline', reason };
    expect(said).toMatchObject([{ msg: 'another model answers', ...other }]);
  });

  it('tells what lasts once in ten minutes, another fault at once, and counts each', async () => {
    const rig = new Rig();
    const running = rig.loop.run(rig.stop.signal);
    for (const code of ['adapter_timeout', 'adapter_status'] as const) {
      rig.forecast = async () => {
        throw new KedastralError(code, 'adapter', 'the data source is ill');
      };
      await rig.clock.advance(1_200_000);
    }
    rig.stop.abort();
    await running;
    const warned = rig.lines.filter(({ level }) => level === 'warn').map(({ code }) => code);
    const told = ['adapter_timeout', 'adapter_timeout', 'adapter_status', 'adapter_status'];
    expect(warned).toEqual(told);
    const { body } = await rig.metrics.scrape();
    const counted = Number(/reason="adapter_timeout"\} (\d+)/.exec(body)?.[1]);
    expect(counted).toBeGreaterThanOrEqual(1_200_000 / INTERVAL_MS - 1);
  });

  it('goes on alone when the store fails, counts each, and says once when it is back', async () => {
    const fail = async () => {
      throw new KedastralError('store_unreachable', 'store', 'connection refused');
    };
    const store = Object.assign(new MemoryStore(), { isShared: true, turn: fail });
    const rig = new Rig(store);
    const role = async (name: string) => {
      const { body } = await rig.metrics.scrape();
      return Number(new RegExp(`kedastral_replica_role\\{.*role="${name}"\\} (.)`).exec(body)?.[1]);
    };
    const running = rig.loop.run(rig.stop.signal);
    await rig.clock.advance(3 * INTERVAL_MS);
    expect(rig.ticked.length).toBeGreaterThanOrEqual(4);
    expect(rig.loop.active?.snapshot.workload).toBe('my-api');
    expect([await role('alone'), await role('writer'), await role('reader')]).toEqual([1, 0, 0]);
    const { body } = await rig.metrics.scrape();
    const counted = Number(/reason="store_unreachable"\} (\d+)/.exec(body)?.[1]);
    expect(counted).toBe(rig.ticked.length);

    Object.assign(store, { turn: async () => ({ kind: 'lead' }) });
    await rig.clock.advance(INTERVAL_MS);
    expect(await role('writer')).toBe(1);
    await rig.clock.advance(3 * INTERVAL_MS);
    rig.stop.abort();
    await running;
    const said = rig.lines.map(({ msg }) => msg).filter((msg) => String(msg).includes('store'));
    expect(said).toEqual(['no shared store, forecasting alone', 'shared store again']);
  });
});
