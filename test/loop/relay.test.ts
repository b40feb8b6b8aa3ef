import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataAdapter, GridRange } from '../../src/adapters/adapter.ts';
import type { Options } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import {
  ExternalScalerService,
  type GetMetricsResponse,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import type { GrpcServer } from '../../src/grpc/server.ts';
import { Fleet } from '../../src/loop/fleet.ts';
import { Overrides } from '../../src/loop/overrides.ts';
import { createWorkload } from '../../src/loop/workload.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { serving, TestClient, type TestStream } from '../grpc/client.ts';
import { loadKernel } from '../kernel.ts';
import { VirtualClock } from '../virtual-clock.ts';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 24 * HOUR;
const EVENING = 22 * HOUR;
const MORNING = 1 * HOUR;
/** A Monday, 00:00 UTC. */
const MIDNIGHT = Date.UTC(2026, 5, 8) / 1000;
const LEAD_SECONDS = 10 * MINUTE;
/** The least that the options allow: lead-time + stale-after + step. */
const HORIZON_SECONDS = 13 * MINUTE;
const PODS_BY_DAY = 18;
const CONFIG = `
adapter: synthetic
model: seasonal-average
lead-time: 10m
horizon: 13m
history: 3d
workloads:
  - workload: shop/cart
    min: 0
    activation-demand: 5
  - workload: shop/lamp
    min: 1
`;

/** By day 3,000 requests a second; at night a crawler comes by now and then. */
class Source implements DataAdapter {
  readonly name = 'test';
  isDown = false;

  async collect({ startSeconds, endSeconds, stepSeconds }: GridRange) {
    if (this.isDown) throw new Error('Prometheus is down');
    const timesSeconds: number[] = [];
    for (let at = startSeconds; at <= endSeconds; at += stepSeconds) timesSeconds.push(at);
    const values = timesSeconds.map((at) => {
      const isDay = at % DAY > MORNING && at % DAY <= EVENING;
      return isDay ? 3_000 : at % (7 * MINUTE) === 0 ? 1 : 0;
    });
    const samples = { timesSeconds: Float64Array.from(timesSeconds), warnings: [] };
    return { ...samples, values: Float64Array.from(values) };
  }
}

/** As KEDA does it: a stream that ended cleanly is opened again. */
class Push {
  /** Each change of what was pushed. */
  readonly states: boolean[] = [];
  #stream: TestStream<IsActiveResponse>;
  #isOver = false;

  constructor(private readonly client: TestClient) {
    this.#stream = this.#open();
  }

  /** Waits for the state of a stream that is open. */
  async look(): Promise<void> {
    if (this.#isOver) this.#stream = this.#open();
    const messages = await this.#stream.received(1);
    for (const { result } of messages) if (result !== this.states.at(-1)) this.states.push(result);
  }

  close(): void {
    this.#stream.cancel();
  }

  #open(): TestStream<IsActiveResponse> {
    this.#isOver = false;
    const stream = this.client.open<IsActiveResponse>('streamIsActive', CART);
    void stream.status.then(() => {
      this.#isOver = true;
    });
    return stream;
  }
}

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

let clock: VirtualClock;
let source: Source;
let fleet: Fleet;
let server: GrpcServer;
let keda: TestClient;
let push: Push;

function workloadOf(options: Options) {
  const log = createLogger({ level: 'silent', format: 'json', name: 'test', clock });
  const metrics = new Metrics(clock, 'test');
  const shared = { kernel, adapter: source, store: new MemoryStore(), clock, metrics, log };
  return createWorkload(options, shared);
}

async function optionsOf(): Promise<Options[]> {
  const { workloads, faults } = await parseOptions(['--config=x'], {}, async () => CONFIG);
  expect(faults).toEqual([]);
  return (workloads ?? []).map(({ options }) => options);
}

const CART = { name: 'cart', namespace: 'shop', scalerMetadata: { workload: 'cart' } };

/** A relay that starts at 21:00. */
beforeEach(async () => {
  clock = new VirtualClock((MIDNIGHT + 21 * HOUR) * 1000);
  source = new Source();
  fleet = new Fleet((options) => {
    const loop = workloadOf(options);
    return { view: loop, run: (signal) => loop.run(signal) };
  });
  fleet.apply(await optionsOf());
  await clock.advance(1_000);
  const log = createLogger({ level: 'silent', format: 'json', name: 'test', clock });
  const metrics = new Metrics(clock, 'test');
  const overrides = new Overrides({ store: new MemoryStore(), clock, metrics, log });
  const started = await serving({ workloads: fleet.workloads, overrides, clock, metrics, log });
  server = started.server;
  keda = new TestClient(ExternalScalerService, started.port);
  push = new Push(keda);
  await push.look();
});

afterEach(async () => {
  push.close();
  keda.close();
  await Promise.all([fleet.stop(), server.stop(1_000)]);
});

async function pods(): Promise<number> {
  const request = { scaledObjectRef: CART };
  const { metricValues } = await keda.call<GetMetricsResponse>('getMetrics', request);
  return Number(metricValues[0]?.metricValue);
}

const isActive = async () => (await keda.call<IsActiveResponse>('isActive', CART)).result;
const seconds = () => clock.nowMs() / 1000 - MIDNIGHT;

/** Lets time pass until the stream says so; the second of the day at which it did. */
async function pushed(count: number): Promise<number> {
  while (push.states.length < count && seconds() < 2 * DAY) {
    await clock.advance(30_000);
    // What was written has then come through the real socket.
    await isActive();
    await push.look();
  }
  return seconds();
}

describe('the relay of a workload that sleeps at night', { timeout: 60_000 }, () => {
  it('lets it sleep, wakes it lead-time before the load, and hands it back', async () => {
    expect(push.states).toEqual([true]);
    expect(await pods()).toBe(PODS_BY_DAY);

    const asleepAt = await pushed(2);
    expect(push.states).toEqual([true, false]);
    expect(asleepAt).toBeGreaterThan(EVENING);
    expect(asleepAt).toBeLessThan(EVENING + 15 * MINUTE);
    expect(await pods()).toBe(0);

    const awakeAt = await pushed(3);
    expect(push.states).toEqual([true, false, true]);
    expect(awakeAt).toBeLessThanOrEqual(DAY + MORNING - LEAD_SECONDS);
    expect(awakeAt).toBeGreaterThanOrEqual(DAY + MORNING - HORIZON_SECONDS - MINUTE);
    expect(await isActive()).toBe(true);

    await clock.advance((DAY + MORNING - LEAD_SECONDS / 2 - seconds()) * 1000);
    expect(await pods(), 'before the first request').toBe(PODS_BY_DAY);

    await clock.advance(LEAD_SECONDS * 1000);
    const [options] = await optionsOf();
    const sidecar = workloadOf(options as Options);
    const stop = new AbortController();
    const running = sidecar.run(stop.signal);
    await clock.advance(MINUTE * 1000);
    const relayed = fleet.workloads.resolve('shop/cart');
    expect(sidecar.active?.snapshot).toEqual(relayed?.active?.snapshot);
    stop.abort();
    await running;
  });

  it('knows nothing while Prometheus is down at night, which is not zero', async () => {
    await pushed(2);
    source.isDown = true;
    await clock.advance(3 * MINUTE * 1000);
    expect((await keda.failure('isActive', CART)).details).toContain('over stale-after');
    expect((await keda.failure('getMetrics', { scaledObjectRef: CART })).details).toContain('old');
    const spec = await keda.call<{ metricSpecs: unknown[] }>('getMetricSpec', CART);
    expect(spec.metricSpecs).toHaveLength(1);
    source.isDown = false;
    await clock.advance(MINUTE * 1000);
    expect(await isActive()).toBe(false);
    await push.look();
    expect(push.states).toEqual([true, false]);
  });

  it('leaves a workload with a pod at least awake', async () => {
    await clock.advance(3 * HOUR * 1000);
    const request = { ...CART, scalerMetadata: { workload: 'lamp' } };
    expect((await keda.call<IsActiveResponse>('isActive', request)).result).toBe(true);
  });
});
