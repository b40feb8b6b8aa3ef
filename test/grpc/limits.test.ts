import { constants } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../src/clock.ts';
import type { ActiveSnapshot } from '../../src/forecast/active.ts';
import {
  ExternalScalerService,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import type { GrpcLimits, GrpcServer } from '../../src/grpc/server.ts';
import { CUTOFF_SECONDS, type Faces, facesOf, TestWorkload } from '../faces.ts';
import { until } from '../parts/until.ts';
import {
  CONTINUATION,
  frame,
  HEADERS,
  Http2Client,
  message,
  PING,
  PREFACE,
  RawClient,
  SETTINGS,
  STREAM_IS_ACTIVE,
} from './attacker.ts';
import { serving, TestClient, type TestStream } from './client.ts';

const REF = { name: 'scaled', namespace: 'default', scalerMetadata: {} };
const { NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants;

let workload: TestWorkload;
let faces: Faces;
let server: GrpcServer;
let port: number;
/** Was there before the attack, with a stream: neither may be harmed by it. */
let bystander: TestClient;
let stream: TestStream<IsActiveResponse>;

async function serve(limits: Partial<GrpcLimits> = {}) {
  ({ server, port } = await serving({ ...faces, limits }));
  bystander = new TestClient(ExternalScalerService, port);
  stream = bystander.open('streamIsActive', REF);
  await stream.received(1);
}

beforeEach(() => {
  workload = new TestWorkload('my-api').forecast(1, 2, 3);
  faces = facesOf(workload);
});

afterEach(async () => {
  const newcomer = new TestClient(ExternalScalerService, port, { 'test.client': 'new' });
  for (const client of [bystander, newcomer]) {
    expect(await client.call('isActive', REF)).toEqual({ result: true });
    client.close();
  }
  const stopping = server.stop(1_000);
  await until('the server waits', () => faces.clock.sleeping > 0);
  await faces.clock.advance(1_000);
  await stopping;
  expect(await stream.status).toBe(0);
});

async function refusals(): Promise<number> {
  const { body } = await faces.metrics.scrape();
  return Number(/component="grpc",reason="client_limit"\} (\d+)/.exec(body)?.[1] ?? 0);
}

it('cuts who pings without end, with GOAWAY', async () => {
  await serve();
  const attacker = await new Http2Client(port).ready();
  for (let i = 0; i < 100; i++) attacker.session.ping(() => undefined);
  await attacker.closed;
  expect(attacker.goawayCode).toBe(NGHTTP2_ENHANCE_YOUR_CALM);
  expect(await refusals()).toBe(1);
});

it('lets a client measure its line: a ping with each call, and one a second', async () => {
  await serve();
  const client = await new Http2Client(port).ready();
  const ping = () => new Promise((resolve) => client.session.ping(resolve));
  for (let i = 0; i < 100; i++) {
    const call = client.begin();
    call.stream.end(message(Buffer.alloc(0)));
    expect(await call.status).toBe('0');
    expect(await ping()).toBeNull();
  }
  for (let i = 0; i < 60; i++) {
    expect(await ping()).toBeNull();
    await faces.clock.advance(1_000);
  }
  expect(await refusals()).toBe(0);
  client.session.close();
  await client.closed;
});

it('cuts who sends settings without end, and who reads no answer to them', async () => {
  await serve();
  const attacker = new RawClient(port);
  attacker.socket.write(PREFACE);
  for (let i = 0; i < 5_000; i++) attacker.socket.write(frame(SETTINGS, 0, 0));
  await attacker.closed;
  const deaf = new RawClient(port);
  deaf.socket.pause();
  deaf.socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]));
  for (let i = 0; i < 5_000; i++) deaf.socket.write(frame(PING, 0, 0, Buffer.alloc(8)));
  await until('both were cut', async () => (await refusals()) >= 2);
  deaf.socket.destroy();
});

it('cuts who resets calls as fast as it opens them', async () => {
  await serve();
  const attacker = await new Http2Client(port).ready();
  for (let i = 0; i < 5_000 && !attacker.session.destroyed; i++) {
    attacker.begin().stream.close(NGHTTP2_CANCEL);
    if (i % 100 === 0) await delay(0);
  }
  await attacker.closed;
  expect(attacker.goawayCode).not.toBe(NGHTTP2_NO_ERROR);
});

it('cuts a head without end', async () => {
  await serve();
  const attacker = new RawClient(port);
  attacker.socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), frame(HEADERS, 0, 1)]));
  const filler = frame(CONTINUATION, 0, 1, Buffer.alloc(16_000, '\0\x01x\x01y', 'latin1'));
  let isClosed = false;
  void attacker.closed.then(() => {
    isClosed = true;
  });
  for (let i = 0; i < 1_000 && !isClosed; i++) {
    attacker.socket.write(filler);
    await delay(1);
  }
  expect(isClosed).toBe(true);
});

it('closes what is no HTTP/2', async () => {
  await serve();
  const attacker = new RawClient(port);
  attacker.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await attacker.closed;
});

describe('slow clients', () => {
  it('have ten seconds to send a request, and to take its answer', async () => {
    await serve();
    const attacker = await new Http2Client(port).ready();
    const calls = Array.from({ length: 50 }, () => attacker.begin());
    const streamed = attacker.begin(STREAM_IS_ACTIVE);
    for (const { stream } of calls) stream.write(Buffer.alloc(1));
    await attacker.settled();
    await faces.clock.advance(9_000);
    expect(await bystander.call('isActive', REF)).toEqual({ result: true });
    await faces.clock.advance(3_000);
    for (const { ended } of [...calls, streamed]) expect(await ended).toBe(NGHTTP2_CANCEL);
    expect(await refusals()).toBe(51);
    attacker.session.close();
  });

  it('lose a connection on which nothing is called', async () => {
    await serve();
    const silent = new RawClient(port);
    await until('it is open', () => silent.received.length > 0);
    const idle = await new Http2Client(port).ready();
    await faces.clock.advance(119_000);
    expect(idle.session.destroyed).toBe(false);
    const stream = idle.begin(STREAM_IS_ACTIVE);
    stream.stream.end(message(Buffer.alloc(0)));
    await idle.settled();
    await faces.clock.advance(2_000);
    await silent.closed;
    expect(idle.session.closed).toBe(false);
    stream.stream.close();
    await stream.ended;
    await idle.settled();
    await faces.clock.advance(121_000);
    await idle.closed;
    expect(idle.goawayCode).toBe(NGHTTP2_NO_ERROR);
    expect(await refusals()).toBe(0);
    // The forecast aged meanwhile; whoever asks next shall find it fresh.
    faces.clock.setWall(CUTOFF_SECONDS * 1_000);
    workload.active = { ...(workload.active as ActiveSnapshot), taken: instantOf(faces.clock) };
  });
});

describe('too much at once', () => {
  it('calls from one address: the first over it are refused, unread', async () => {
    await serve({ callsPerAddressMax: 5, callsMax: 100 });
    const attackers = [await new Http2Client(port).ready(), await new Http2Client(port).ready()];
    const [one, two] = attackers as [Http2Client, Http2Client];
    const open = Array.from({ length: 5 }, () => one.begin());
    await one.settled();
    expect(await two.begin().ended).toBe(NGHTTP2_REFUSED_STREAM);
    expect(await refusals()).toBe(1);
    (open[0] as (typeof open)[0]).stream.end(message(Buffer.alloc(0)));
    expect(await open[0]?.status).toBe('0');
    const again = two.begin();
    again.stream.end(message(Buffer.alloc(0)));
    expect(await again.status).toBe('0');
    for (const { session } of attackers) session.destroy();
  });

  it('calls in all', async () => {
    await serve({ callsPerAddressMax: 5, callsMax: 3 });
    const attacker = await new Http2Client(port).ready();
    const [first, second, third] = Array.from({ length: 3 }, () => attacker.begin());
    expect(await third?.ended).toBe(NGHTTP2_REFUSED_STREAM);
    for (const call of [first, second]) call?.stream.end(message(Buffer.alloc(0)));
    expect(await second?.status).toBe('0');
    attacker.session.destroy();
  });

  it('connections from one address, and they come back when some are closed', async () => {
    await serve({ connectionsPerAddressMax: 3 });
    const open = Array.from({ length: 3 }, () => new RawClient(port));
    await Promise.all(open.map((client) => until('it is open', () => client.received.length > 0)));
    await new RawClient(port).closed;
    expect(await refusals()).toBe(1);
    open[0]?.socket.destroy();
    await open[0]?.closed;
    const again = await until('another is let in', async () => {
      const client = new RawClient(port);
      const isOpen = await Promise.race([client.closed.then(() => false), delay(50, true)]);
      return isOpen ? client : null;
    });
    for (const { socket } of [again, ...open]) socket.destroy();
  });

  it('connections in all', async () => {
    await serve({ connectionsMax: 4 });
    const open = Array.from({ length: 3 }, () => new RawClient(port));
    await Promise.all(open.map((client) => until('it is open', () => client.received.length > 0)));
    await new RawClient(port).closed;
    expect(await refusals()).toBe(1);
    for (const { socket } of open) socket.destroy();
    await Promise.all(open.map(({ closed }) => closed));
  });
});

describe('too large', () => {
  it('a message that says so is refused before it is read', async () => {
    await serve();
    const attacker = await new Http2Client(port).ready();
    const call = attacker.begin();
    const claim = message(Buffer.alloc(0));
    claim.writeUInt32BE(0x7fff_ffff, 1);
    call.stream.write(claim);
    expect(await call.status).toBe('8');
    attacker.session.destroy();
  });

  it('a message that unpacks to more is refused', async () => {
    await serve();
    const attacker = await new Http2Client(port).ready();
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect(bomb.length).toBeLessThan(16_384);
    const call = attacker.begin(undefined, { 'grpc-encoding': 'gzip' });
    call.stream.end(message(bomb, true));
    expect(await call.status).toBe('8');
    attacker.session.destroy();
  });

  it('a head over 16 KiB is refused', async () => {
    await serve();
    const attacker = await new Http2Client(port).ready();
    expect(attacker.session.remoteSettings.maxHeaderListSize).toBe(16_384);
    const call = attacker.begin(undefined, { filler: 'x'.repeat(40_000) });
    expect(await call.ended).not.toBe(NGHTTP2_NO_ERROR);
    attacker.session.destroy();
  });
});
