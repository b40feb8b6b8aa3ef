import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricSpecResponse,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import {
  type HealthCheckResponse,
  type HealthListResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as Serving,
} from '../../src/grpc/generated/health.ts';
import type { GrpcServer } from '../../src/grpc/server.ts';
import { STREAM_AGE_MAX_MS } from '../../src/grpc/streams.ts';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';
import { serving, TestClient } from './client.ts';

const api = new TestWorkload('my-api');
let faces: Faces;
let server: GrpcServer;
let scaler: TestClient;
let health: TestClient;

beforeEach(async () => {
  api.forecast(...new Array(30).fill(0));
  faces = facesOf(api);
  const started = await serving(faces);
  server = started.server;
  scaler = new TestClient(ExternalScalerService, started.port);
  health = new TestClient(HealthService, started.port);
});

afterEach(async () => {
  scaler.close();
  health.close();
  await server.stop(1_000);
});

function ref(scalerMetadata: Record<string, string> = {}) {
  return { name: 'scaled', namespace: 'default', scalerMetadata };
}

it('StreamIsActive sends the present state, then each change once', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref());
  expect(await stream.received(1)).toEqual([{ result: false }]);
  await faces.clock.advance(3_000);
  api.forecast(...new Array(30).fill(4));
  await faces.clock.advance(3_000);
  expect(await stream.received(2)).toEqual([{ result: false }, { result: true }]);
  api.forecast(...new Array(30).fill(0));
  await faces.clock.advance(3_000);
  expect((await stream.received(3)).at(-1)).toEqual({ result: false });
  expect(stream.messages).toHaveLength(3);
  stream.cancel();
});

it('StreamIsActive is open and silent while nothing is known', async () => {
  api.active = null;
  const unknown = scaler.open<IsActiveResponse>('streamIsActive', ref({ workload: 'other' }));
  const pending = scaler.open<IsActiveResponse>('streamIsActive', ref());
  await scaler.call('getMetricSpec', ref());
  await faces.clock.advance(5_000);
  api.forecast(...new Array(30).fill(4));
  await faces.clock.advance(1_000);
  expect(await pending.received(1)).toEqual([{ result: true }]);
  expect(unknown.messages).toEqual([]);
  unknown.cancel();
  pending.cancel();
});

it('StreamIsActive refuses a malformed lead time', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref({ leadTime: '5x' }));
  expect(await stream.status).toBe(status.INVALID_ARGUMENT);
});

it('StreamMetricSpec sends the spec at once, of an unknown workload too', async () => {
  const stream = scaler.open<GetMetricSpecResponse>(
    'streamMetricSpec',
    ref({ workload: 'other', metricName: 'pods' }),
  );
  expect(await stream.received(1)).toEqual([
    { metricSpecs: [{ metricName: 'pods', targetSize: 1, targetSizeFloat: 1 }] },
  ]);
  stream.cancel();
});

it('ends streams with OK before their connection grows too old', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref());
  await stream.received(1);
  await faces.clock.advance(STREAM_AGE_MAX_MS + 1_000);
  expect(await stream.status).toBe(status.OK);
});

it('ends streams with OK on shutdown, after their last change', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref());
  const watch = health.open<HealthCheckResponse>('watch', { service: '' });
  await Promise.all([stream.received(1), watch.received(1)]);
  api.forecast(...new Array(30).fill(4));
  await server.stop(5_000);
  expect(await stream.status).toBe(status.OK);
  expect(stream.messages).toEqual([{ result: false }, { result: true }]);
  expect(await watch.status).toBe(status.OK);
  expect(watch.messages).toEqual([{ status: Serving.SERVING }, { status: Serving.NOT_SERVING }]);
});

it('stops watching when the last client has gone', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref());
  await stream.received(1);
  // The watch over changes and the one over the connection.
  expect(faces.clock.sleeping).toBe(2);
  stream.cancel();
  await stream.status;
  await scaler.call('getMetricSpec', ref());
  await faces.clock.advance(1_000);
  expect(faces.clock.sleeping).toBe(1);
});

it('health knows the server, its scaler and nothing else', async () => {
  const serving = { status: Serving.SERVING };
  for (const service of ['', 'externalscaler.ExternalScaler']) {
    expect(await health.call('check', { service })).toEqual(serving);
  }
  expect((await health.failure('check', { service: 'x' })).code).toBe(status.NOT_FOUND);
  expect(await health.call<HealthListResponse>('list', {})).toEqual({
    statuses: { '': serving, 'externalscaler.ExternalScaler': serving },
  });
  const watch = health.open<HealthCheckResponse>('watch', { service: 'x' });
  expect(await watch.received(1)).toEqual([{ status: Serving.SERVICE_UNKNOWN }]);
  watch.cancel();
});

it('StreamIsActive ends with OK when its workload is taken out of the process', async () => {
  const stream = scaler.open<IsActiveResponse>('streamIsActive', ref({ workload: 'my-api' }));
  await stream.received(1);
  faces.workloads.replace([new TestWorkload('other')]);
  await faces.clock.advance(1_000);
  expect(await stream.status).toBe(status.OK);
});
