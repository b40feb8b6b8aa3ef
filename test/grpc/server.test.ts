import { createServer, type Server } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExternalScalerService } from '../../src/grpc/generated/externalscaler.ts';
import { GrpcServer } from '../../src/grpc/server.ts';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';
import { serving, TestClient } from './client.ts';

const REF = { name: 'scaled', namespace: 'default', scalerMetadata: {} };

let faces: Faces;

beforeEach(() => {
  faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
});

describe('a port in use', () => {
  let other: Server;

  afterEach(() => new Promise((resolve) => other.close(resolve)));

  it.each([
    ['0.0.0.0', ''],
    ['0.0.0.0', '127.0.0.1'],
    ['127.0.0.1', ''],
    ['::', '0.0.0.0'],
    ['::', ''],
  ])('on %s is noticed by one on "%s"', async (taken, host) => {
    other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, taken, () => resolve((other.address() as { port: number }).port));
    });
    await expect(new GrpcServer(faces).start({ host, port })).rejects.toMatchObject({
      code: 'listen_failed',
      component: 'grpc',
      message: `cannot listen on ${host}:${port}: the port is in use by another process`,
    });
  });
});

describe('shutdown', () => {
  it('lets idle connections go at once', async () => {
    const { server, port } = await serving(faces);
    const client = new TestClient(ExternalScalerService, port);
    await client.call('isActive', REF);
    await server.stop(60_000);
    expect((await client.failure('isActive', REF)).code).toBe(status.UNAVAILABLE);
    client.close();
  });

  it('cuts what is still open at the deadline', async () => {
    const { server, port } = await serving(faces);
    const { connect } = await import('node:http2');
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', () => undefined);
    const call = session.request(
      { ':method': 'POST', ':path': '/externalscaler.ExternalScaler/IsActive', te: 'trailers' },
      { endStream: false },
    );
    call.setEncoding('utf8');
    call.on('error', () => undefined);
    const closed = new Promise((resolve) => session.on('close', resolve));
    await new Promise((resolve) => session.on('remoteSettings', resolve));
    call.write(Buffer.alloc(1));
    await faces.clock.advance(0);
    const stopping = server.stop(5_000);
    await faces.clock.advance(5_000);
    await Promise.all([stopping, closed]);
  });
});

it('refuses a request over its size limit and lives on', async () => {
  const { server, port } = await serving(faces);
  const client = new TestClient(ExternalScalerService, port);
  const huge = { ...REF, scalerMetadata: { filler: 'x'.repeat(100_000) } };
  expect((await client.failure('isActive', huge)).code).toBe(status.RESOURCE_EXHAUSTED);
  expect(await client.call('isActive', REF)).toEqual({ result: true });
  client.close();
  await server.stop(1_000);
});

it('answers UNIMPLEMENTED to a method it does not have, and 415 to what is not gRPC', async () => {
  const { server, port } = await serving(faces);
  const unknown = {
    isActive: { ...ExternalScalerService.isActive, path: '/externalscaler.ExternalScaler/Nope' },
  };
  const client = new TestClient(unknown, port);
  expect((await client.failure('isActive', REF)).code).toBe(status.UNIMPLEMENTED);
  client.close();
  await server.stop(1_000);
});
