import { beforeAll, describe, expect, it } from 'vitest';
import type { DataAdapter, GridRange } from '../../src/adapters/adapter.ts';
import { KedastralError } from '../../src/errors.ts';
import { Readings } from '../../src/forecast/readings.ts';
import { renewed, withReadings } from '../../src/forecast/renewal.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/storage/codec.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';

const TICK = 1_800_000_030;
const OPTIONS = { intervalSeconds: 30, settleSeconds: 5, horizonSeconds: 600 };
const never = new AbortController().signal;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** A source that has the value of `valueAt` at each time asked for; null = none there. */
class Source implements DataAdapter {
  readonly name = 'test';
  readonly asked: GridRange[] = [];

  constructor(public valueAt: (time: number) => number | null) {}

  async collect(range: GridRange) {
    this.asked.push(range);
    const points: [number, number][] = [];
    for (let time = range.startSeconds; time <= range.endSeconds; time += range.stepSeconds) {
      const value = this.valueAt(time);
      if (value !== null) points.push([time, value]);
    }
    return {
      timesSeconds: Float64Array.from(points, ([time]) => time),
      values: Float64Array.from(points, ([, value]) => value),
      warnings: [],
    };
  }
}

function rig(reactive: DataAdapter | null, replicas: DataAdapter | null = null) {
  const metrics = new Metrics(new VirtualClock(0), '0.0.0');
  const missing: string[] = [];
  const readings = new Readings(OPTIONS, {
    ...{ reactive, replicas, metrics: metrics.forWorkload('my-api') },
    onWarning: (warning) => missing.push(warning),
  });
  return { readings, metrics, missing };
}

const fail = async () => {
  throw new KedastralError('adapter_timeout', 'adapter', 'no answer within 10 s');
};

describe('Readings', () => {
  it('are of a settled time, the same for all replicas, asked for once a tick', async () => {
    const reactive = new Source((time) => time);
    const replicas = new Source(() => 7);
    const { readings } = rig(reactive, replicas);
    const at = TICK + 0.75 - 5 - 0.75;
    const read = await readings.at(TICK + 0.75, never);
    expect(read).toEqual({
      reactive: { atSeconds: at, value: at },
      replicas: { atSeconds: at, value: 7 },
    });
    expect(await readings.at(TICK + 0.75, never)).toBe(read);
    expect(reactive.asked).toEqual([{ startSeconds: at - 600, endSeconds: at, stepSeconds: 30 }]);
    expect(replicas.asked).toEqual([{ startSeconds: at, endSeconds: at, stepSeconds: 30 }]);
  });

  it.each([
    ['is silent', (source: Source) => Object.assign(source, { valueAt: () => null })],
    ['fails', (source: Source) => Object.assign(source, { collect: fail })],
    ['is NaN', (source: Source) => Object.assign(source, { valueAt: () => Number.NaN })],
    ['is 1e308', (source: Source) => Object.assign(source, { valueAt: () => 1e308 })],
  ])('go on with the last one when the query %s, and count it', async (_what, spoil) => {
    const source = new Source(() => 900);
    const { readings, metrics, missing } = rig(source);
    const first = await readings.at(TICK, never);
    spoil(source);
    for (let k = 1; k <= 20; k++) expect(await readings.at(TICK + 30 * k, never)).toEqual(first);
    expect((await readings.at(TICK + 30 * 21, never)).reactive).toBeNull();
    expect(missing).toHaveLength(21);
    const text = (await metrics.scrape()).body;
    expect(text).toContain(
      'kedastral_readings_missing_total{workload="my-api",query="reactive"} 21',
    );
  });

  it('know after a start what an unbroken run remembers', async () => {
    const lost = TICK - 5 + 60;
    const valueAt = (time: number) => (time >= lost ? null : 900 + (time % 100));
    const unbroken = rig(new Source(valueAt)).readings;
    for (let k = 0; k <= 6; k++) await unbroken.at(TICK + 30 * k, never);
    const restarted = rig(new Source(valueAt)).readings;
    const tick = TICK + 30 * 7;
    expect(await restarted.at(tick, never)).toEqual(await unbroken.at(tick, never));
    expect((await restarted.at(tick, never)).reactive?.atSeconds).toBe(lost - 30);
  });
});

const BASE = {
  ...snapshotOf({
    ...{ cutoffSeconds: TICK - 30, generatedAtSeconds: TICK, stepSeconds: 60 },
    replicas: [20, 21, 24, 19],
  }),
  id: '1ab0ac5dd51970ce',
};
const WITH_DEADBAND = {
  ...BASE,
  deadband: { present: [20, 23], from: 'plan', without: BASE.desiredReplicas },
} as const;
const at = (value: number, atSeconds = TICK - 5) => ({ atSeconds, value });

describe('a snapshot with readings', () => {
  it('has the floor that the planner says: value × headroom / target, bound', async () => {
    // 1.2 × 1501 / 200 = 9.006
    const made = await withReadings(BASE, { reactive: at(1501), replicas: null }, kernel);
    expect(made.reactive).toEqual({
      ...{ at: new Date((TICK - 5) * 1000).toISOString(), value: 1501 },
      ...{ need: expect.closeTo(9.006, 9), bounded: 10, replicas: 10 },
    });
    expect(made.desiredReplicas).toEqual(BASE.desiredReplicas);
    const huge = await withReadings(BASE, { reactive: at(1e15), replicas: null }, kernel);
    expect(huge.reactive?.replicas).toBe(50);
  });

  it('lifts over the pods that were counted, the floor too', async () => {
    const read = { reactive: at(3500), replicas: at(20) };
    const made = await withReadings(WITH_DEADBAND, read, kernel);
    expect(made.deadband).toEqual({ present: [20], from: 'query', without: [20, 21, 24, 19] });
    expect(made.desiredReplicas).toEqual([20, 23, 24, 19]);
    expect(made.reactive).toMatchObject({ bounded: 21, replicas: 23 });
  });

  it('has an id of its own, and is read back from a store as it was', async () => {
    const read = { reactive: at(1501), replicas: at(20) };
    const one = await withReadings(WITH_DEADBAND, read, kernel);
    const same = await withReadings(WITH_DEADBAND, read, kernel);
    const other = await withReadings(WITH_DEADBAND, { ...read, reactive: at(1502) }, kernel);
    expect(one.id).toBe(same.id);
    expect(one.id).toMatch(/^1ab0ac5dd51970ce-[0-9a-f]{8}$/);
    expect(new Set([BASE.id, one.id, other.id]).size).toBe(3);
    expect(decodeSnapshot(encodeSnapshot(one), 'my-api')).toEqual(one);
  });

  it('is renewed by newer ones alone, and its forecast ages on', async () => {
    const read = { reactive: at(1501), replicas: null };
    const made = await withReadings(BASE, read, kernel);
    expect(await renewed(made, read, TICK + 30, kernel)).toBeNull();
    const next = { reactive: at(2000, TICK + 25), replicas: null };
    const again = await renewed(made, next, TICK + 30, kernel);
    expect(again).toMatchObject({
      ...{ generatedAt: BASE.generatedAt, cutoff: BASE.cutoff },
      ...{ renewedAt: new Date((TICK + 30) * 1000).toISOString(), reactive: { replicas: 12 } },
    });
  });
});
