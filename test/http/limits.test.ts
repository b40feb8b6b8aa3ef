import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type HttpLimits, HttpServer } from '../../src/http/server.ts';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';
import { until } from '../parts/until.ts';

const HOST = '127.0.0.1';
/** Not the address that bystanders come from: limits by address tell the two apart. */
const ATTACKER = '127.0.0.66';
const HEALTHZ = 'GET /healthz HTTP/1.1\r\nHost: a\r\n';

let faces: Faces;
let server: HttpServer;
let port: number;
/** Keeps its one connection through every attack. */
let agent: Agent;
let sockets: Set<Socket>;

async function serve(limits: Partial<HttpLimits> = {}) {
  server = new HttpServer({ ...faces, clock: systemClock, limits });
  port = await server.start({ host: HOST, port: 0 });
  await ask(agent);
}

async function ask(by: Agent | false): Promise<void> {
  const sent = get({ port, path: '/healthz', agent: by, host: HOST });
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (by) sockets.add(sent.socket as Socket);
  expect(JSON.parse(await text(response))).toEqual({ status: 'alive' });
}

function attack(bytes = ''): Socket {
  const socket = connect({ host: HOST, port, localAddress: ATTACKER });
  socket.on('error', () => undefined);
  if (bytes !== '') socket.write(bytes);
  return socket;
}

beforeEach(() => {
  faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  sockets = new Set();
});

afterEach(async () => {
  await ask(agent);
  await ask(false);
  expect(sockets.size).toBe(1);
  agent.destroy();
  await server.stop(200);
});

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()).resume());
}

function roomAgain() {
  return until('another is let in', async () => {
    const answer = await text(attack(`${HEALTHZ}Connection: close\r\n\r\n`)).catch(() => '');
    return answer.startsWith('HTTP/1.1 200');
  });
}

async function refusals(): Promise<number> {
  const { body } = await faces.metrics.scrape();
  return Number(/component="http",reason="client_limit"\} (\d+)/.exec(body)?.[1] ?? 0);
}

describe('slow clients', () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkIntervalMs: 20 };

  it.each([
    ['nothing at all', '', ''],
    ['a byte now and then', HEALTHZ, 'X: y\r\n'],
  ])('that send %s are told 408, and let go', async (_what, first, more) => {
    await serve(limits);
    const all = Array.from({ length: 50 }, () => attack(first));
    const trickle = setInterval(() => {
      for (const socket of all) if (more !== '' && socket.writable) socket.write(more);
    }, 20);
    const answers = await Promise.all(all.map((socket) => text(socket).catch(() => '')));
    clearInterval(trickle);
    const told = answers.filter((answer) => answer.startsWith('HTTP/1.1 408'));
    expect(told.length).toBe(50);
  });

  it('that send a body without end are cut', async () => {
    await serve(limits);
    const socket = attack(`${HEALTHZ}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const pour = setInterval(() => socket.writable && socket.write(chunk), 2);
    const [answer] = await Promise.all([text(socket), once(socket, 'close')]);
    clearInterval(pour);
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 408 /s);
  });

  it('that read nothing are cut, and their answers do not pile up', async () => {
    await serve({ stallTimeoutMs: 100 });
    const socket = attack();
    const many = 'GET /forecast/explain?steps=all HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1_000);
    let taken = 0;
    const closed = ended(socket);
    socket.pause();
    for (let i = 0; i < 100 && !socket.destroyed; i++) {
      socket.write(many, () => taken++);
      await delay(5);
    }
    socket.resume();
    await closed;
    const answered = faces.lines.filter(({ path }) => path === '/forecast/explain').length;
    expect(taken).toBeLessThan(100);
    expect(answered).toBeLessThan(100_000);
  });
});

describe('too much at once', () => {
  it('connections from one address, and they come back when some are closed', async () => {
    await serve({ connectionsPerAddressMax: 3 });
    const open = Array.from({ length: 3 }, () => attack());
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    await ended(attack());
    expect(await refusals()).toBe(1);
    open[0]?.destroy();
    await roomAgain();
    for (const socket of open) socket.destroy();
  });

  it('connections in all', async () => {
    await serve({ connectionsMax: 4 });
    const open = Array.from({ length: 3 }, () => attack());
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    await ended(attack());
    expect(await refusals()).toBe(1);
    for (const socket of open) socket.destroy();
    await roomAgain();
  });
});

describe('too many answers to be worked out for one connection', () => {
  const scrapes = (count: number) => 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(count);

  it('close it, and once', async () => {
    await serve();
    await ended(attack(scrapes(2_000)));
    expect(await refusals()).toBe(1);
  });

  it('are more than a few requests at a time', async () => {
    await serve();
    const last = `${HEALTHZ}Connection: close\r\n\r\n`;
    const answers = await text(attack(scrapes(32) + last));
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(33);
    expect(await refusals()).toBe(0);
  });
});

describe('too large', () => {
  it.each([
    ['a URL', `GET /${'x'.repeat(5_000)} HTTP/1.1\r\nHost: a\r\n`, '', '414', 'url_too_long'],
    [
      'a body',
      `POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n`,
      'x'.repeat(1_000_000),
      '413',
      'body_too_large',
    ],
    ['a head', `${HEALTHZ}X: ${'x'.repeat(1_000_000)}\r\n`, '', '431', 'request_too_large'],
  ])('%s is refused in JSON', async (_what, head, body, status, code) => {
    await serve();
    const socket = attack(`${head}Connection: close\r\n\r\n${body}`);
    const answer = await text(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain(`"code":"${code}"`);
  });
});
