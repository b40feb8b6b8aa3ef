import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricSpecResponse,
  type GetMetricsResponse,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import type { GrpcServer } from '../../src/grpc/server.ts';
import { type Faces, facesOf, STEP_SECONDS, TestWorkload } from '../faces.ts';
import { serving, TestClient } from './client.ts';

type Metadata = Record<string, string>;

const api = new TestWorkload('my-api');
const shop = new TestWorkload('prod/shop');
let faces: Faces;
let server: GrpcServer;
let client: TestClient;

async function start(...workloads: readonly TestWorkload[]): Promise<void> {
  faces = facesOf(...workloads);
  const started = await serving(faces);
  server = started.server;
  client = new TestClient(ExternalScalerService, started.port);
}

function ref(scalerMetadata: Metadata = {}, name = 'scaled', namespace = 'default') {
  return { name, namespace, scalerMetadata };
}

async function replicas(scalerMetadata?: Metadata): Promise<number | undefined> {
  const scaledObjectRef = ref(scalerMetadata);
  const { metricValues } = await client.call<GetMetricsResponse>('getMetrics', {
    scaledObjectRef,
    metricName: '',
  });
  return metricValues[0]?.metricValue;
}

beforeEach(() => {
  api.forecast(3, 5, 4, 9, 1);
  api.pendingReason = '';
  api.serving = { ...api.serving, onStale: 'hold', defaultMin: 2 };
  shop.forecast(7, 7, 7, 7, 7);
});

afterEach(async () => {
  client.close();
  await server.stop(1_000);
});

describe('GetMetrics', () => {
  it('answers one value, the same integer in both fields, by the name asked for', async () => {
    await start(api);
    const response = await client.call<GetMetricsResponse>('getMetrics', {
      scaledObjectRef: ref(),
      metricName: 's0-desired_replicas',
    });
    expect(response).toEqual({
      metricValues: [{ metricName: 's0-desired_replicas', metricValue: 5, metricValueFloat: 5 }],
    });
  });

  it('means the only workload when the request is empty', async () => {
    await start(api);
    const response = await client.call<GetMetricsResponse>('getMetrics', { metricName: '' });
    expect(response.metricValues).toEqual([
      { metricName: 'desired_replicas', metricValue: 5, metricValueFloat: 5 },
    ]);
  });

  it('takes the window from the time that is now, not from the first step', async () => {
    await start(api);
    await faces.clock.advance(STEP_SECONDS * 1000);
    expect(await replicas()).toBe(9);
  });

  it.each([
    ['0', 3],
    ['1m', 5],
    ['3m', 9],
    ['90s', 5],
    ['1h', 9],
  ])('serves two triggers by their own lead times: %s', async (leadTime, expected) => {
    await start(api);
    expect(await replicas({ leadTime })).toBe(expected);
  });

  it('serves what it holds when stale, and nothing once the forecast has ended', async () => {
    await start(api);
    await faces.clock.advance(150_000);
    expect(await replicas()).toBe(9);
    await faces.clock.advance(150_000);
    const failure = await client.failure('getMetrics', { scaledObjectRef: ref(), metricName: '' });
    expect(failure.code).toBe(status.UNAVAILABLE);
    expect(failure.details).toMatch(/^my-api: the last forecast is 300 s old/);
  });

  it('says zero when a fresh forecast does', async () => {
    api.forecast(0, 0, 0, 0, 0);
    await start(api);
    expect(await replicas()).toBe(0);
  });
});

describe('which workload a trigger means', () => {
  const cases: [string, Metadata, string, string, number][] = [
    ['the one its metadata names', { workload: 'my-api' }, 'shop', 'prod', 5],
    ['with its namespace', { workload: 'prod/shop' }, 'x', 'default', 7],
    ['in the ScaledObject’s namespace', { workload: 'shop' }, 'x', 'prod', 7],
    ['else the one named like the ScaledObject', {}, 'my-api', 'default', 5],
    ['with the ScaledObject’s namespace', {}, 'shop', 'prod', 7],
  ];

  it.each(cases)('%s', async (_case, scalerMetadata, name, namespace, expected) => {
    await start(api, shop);
    const response = await client.call<GetMetricsResponse>('getMetrics', {
      scaledObjectRef: ref(scalerMetadata, name, namespace),
      metricName: '',
    });
    expect(response.metricValues[0]?.metricValue).toBe(expected);
  });
});

describe('what is not known', () => {
  const cases: [string, Metadata, number, string][] = [
    ['an unknown workload', { workload: 'other' }, status.UNAVAILABLE, '"other" is not forecast'],
    ['a malformed workload', { workload: 'my-api&x=1' }, status.UNAVAILABLE, '"my-api&x=1"'],
    ['a bad lead time', { leadTime: '5x' }, status.INVALID_ARGUMENT, 'my-api: leadTime "5x"'],
    ['a negative lead time', { leadTime: '-5m' }, status.INVALID_ARGUMENT, 'leadTime "-5m"'],
  ];

  it.each(cases)('is an error for %s', async (_case, scalerMetadata, code, details) => {
    await start(api);
    const scaledObjectRef = ref(scalerMetadata);
    for (const [method, request] of [
      ['getMetrics', { scaledObjectRef, metricName: '' }],
      ['isActive', scaledObjectRef],
    ] as const) {
      const failure = await client.failure(method, request);
      expect(failure.code).toBe(code);
      expect(failure.details).toContain(details);
    }
  });

  it('is an error while nothing is forecast, with the reason', async () => {
    api.active = null;
    api.pendingReason = 'the last tick failed: no connection to the data source';
    await start(api);
    for (const method of ['getMetrics', 'isActive']) {
      const request = method === 'isActive' ? ref() : { scaledObjectRef: ref(), metricName: '' };
      expect(await client.failure(method, request)).toEqual({
        code: status.UNAVAILABLE,
        details: `my-api: ${api.pendingReason}`,
      });
    }
  });

  it('is an error when stale with on-stale error, and in a process without workloads', async () => {
    api.serving = { ...api.serving, onStale: 'error' };
    await start(api);
    await faces.clock.advance(121_000);
    expect((await client.failure('isActive', ref())).code).toBe(status.UNAVAILABLE);
    client.close();
    await server.stop(1_000);
    await start();
    expect(await client.failure('isActive', ref())).toEqual({
      code: status.UNAVAILABLE,
      details: 'workload "scaled" is not forecast here; known: none',
    });
  });
});

describe('GetMetricSpec', () => {
  const cases: [string, Metadata, string][] = [
    ['as configured', { workload: 'my-api', metricName: 'pods' }, 'pods'],
    ['an unknown workload', { workload: 'other' }, 'desired_replicas'],
    ['a bad lead time', { leadTime: 'soon' }, 'desired_replicas'],
    ['nothing at all', {}, 'desired_replicas'],
  ];

  it.each(cases)('always answers, from configuration alone: %s', async (_case, metadata, name) => {
    api.active = null;
    await start(api);
    const spec = await client.call<GetMetricSpecResponse>('getMetricSpec', ref(metadata));
    expect(spec).toEqual({
      metricSpecs: [{ metricName: name, targetSize: 1, targetSizeFloat: 1 }],
    });
  });
});

describe('IsActive', () => {
  it.each([
    ['fresh and zero for the whole window', [0, 0, 0, 5, 5], 0, false],
    ['fresh and needed within the window', [0, 0, 1, 5, 5], 0, true],
    ['stale and above zero', [0, 0, 0, 0, 5], 150_000, true],
  ])('%s', async (_case, plan, elapsedMs, expected) => {
    api.forecast(...plan);
    await start(api);
    await faces.clock.advance(elapsedMs);
    expect(await client.call<IsActiveResponse>('isActive', ref())).toEqual({ result: expected });
  });

  it('is never false from a stale forecast', async () => {
    api.forecast(0, 0, 0, 0, 0);
    api.serving = { ...api.serving, defaultMin: 0 };
    await start(api);
    await faces.clock.advance(121_000);
    const failure = await client.failure('isActive', ref());
    expect(failure.code).toBe(status.UNAVAILABLE);
    expect(failure.details).toContain('it says zero');
  });
});

it('counts what it answered and what it could not', async () => {
  await start(api);
  await faces.clock.advance(6_200);
  await replicas();
  await client.failure('isActive', ref({ workload: 'other' }));
  const { body } = await faces.metrics.scrape();
  expect(body).toContain('kedastral_scaler_desired_replicas_returned{workload="my-api"} 5');
  expect(body).toContain('kedastral_scaler_forecast_age_seen_seconds{workload="my-api"} 6.2');
  expect(body).toContain(
    'kedastral_errors_total{workload="",component="grpc",reason="workload_unknown"} 1',
  );
  expect(body).toContain('kedastral_scaler_forecast_fetch_errors_total{workload=""} 1');
  expect(body).toContain(
    'kedastral_scaler_grpc_request_duration_seconds_count{workload="my-api",method="GetMetrics"} 1',
  );
});

it('counts that there is no forecast as such, not as an error', async () => {
  api.active = null;
  await start(api);
  await client.failure('isActive', ref());
  const { body } = await faces.metrics.scrape();
  expect(body).toContain('kedastral_scaler_forecast_fetch_errors_total{workload="my-api"} 1');
  expect(body).not.toContain('kedastral_errors_total{');
});

it('logs at debug what it refused, bounded', async () => {
  await start(api);
  await client.failure('isActive', ref({ workload: 'x'.repeat(15_000) }));
  await client.failure('isActive', ref({ leadTime: 'soon' }));
  expect(faces.lines).toMatchObject([
    { level: 'debug', msg: 'call refused', method: 'IsActive', code: 'workload_unknown' },
    { level: 'debug', msg: 'call refused', workload: 'my-api', code: 'parameter_invalid' },
  ]);
  expect(String(faces.lines[0]?.reason)).toMatch(/^workload "x{100}…" is not forecast/);
});

it('hides a fault of its own, and logs it', async () => {
  const broken = new TestWorkload('my-api');
  Object.defineProperty(broken, 'active', {
    get: () => {
      throw new Error('secret detail');
    },
  });
  await start(broken);
  const { code, details } = await client.failure('isActive', ref());
  expect([code, details]).toEqual([
    status.INTERNAL,
    'my-api: a fault of Kedastral itself; its log says more',
  ]);
  expect(JSON.stringify(faces.lines)).toContain('secret detail');
});

it('warns once of a lead time that no forecast covers', async () => {
  await start(api);
  expect(await replicas({ leadTime: '5m' })).toBe(9);
  expect(faces.lines).toEqual([]);
  for (const leadTime of ['6m', '7m']) expect(await replicas({ leadTime })).toBe(9);
  expect(faces.lines).toMatchObject([
    { level: 'warn', workload: 'my-api', leadSeconds: 360, horizonSeconds: 300 },
  ]);
});

describe('an order', () => {
  const order = (kind: 'replicas' | 'atLeast', count: number) => ({
    ...{ kind, replicas: count, by: 'a1b2c3d4', at: '2026-01-09T00:00:00Z' },
    until: '2026-01-09T00:10:00Z',
  });
  const isActive = () => client.call<IsActiveResponse>('isActive', ref());

  it('is what KEDA gets, until it ends', async () => {
    await start(api);
    await faces.overrides.set('my-api', order('atLeast', 12));
    expect(await replicas()).toBe(12);
    await faces.overrides.set('my-api', order('replicas', 0));
    expect([await replicas(), await isActive()]).toEqual([0, { result: false }]);
    api.active = null;
    await faces.overrides.set('my-api', order('replicas', 7));
    expect([await replicas(), await isActive()]).toEqual([7, { result: true }]);
    await faces.clock.advance(600_000);
    const { code } = await client.failure('isActive', ref());
    expect(code).toBe(status.UNAVAILABLE);
  });

  it('moves an open stream', async () => {
    await start(api);
    const stream = client.open<IsActiveResponse>('streamIsActive', ref());
    expect(await stream.received(1)).toEqual([{ result: true }]);
    await faces.overrides.set('my-api', order('replicas', 0));
    await faces.clock.advance(1_000);
    expect((await stream.received(2)).at(-1)).toEqual({ result: false });
    stream.cancel();
  });
});
