import { once } from 'node:events';
import { type Agent, get, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { HttpServer } from '../../src/http/server.ts';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';

let faces: Faces;
let server: HttpServer;
let port: number;
let agent: Agent;

beforeEach(async () => {
  faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
  server = new HttpServer({ ...faces, clock: systemClock });
  port = await server.start({ host: '127.0.0.1', port: 0 });
  agent = new HttpAgent({ keepAlive: true });
});

afterEach(async () => {
  agent.destroy();
  await server.stop(200);
});

async function request(path: string, by: Agent | false = agent): Promise<IncomingMessage> {
  const [response] = await once(get({ port, path, agent: by, host: '127.0.0.1' }), 'response');
  return response;
}

async function raw(bytes: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

it('answers on its port', async () => {
  const response = await request('/forecast/current');
  expect(response.statusCode).toBe(200);
  expect(JSON.parse(await text(response))).toMatchObject({ desiredReplicas: [1, 2, 3] });
});

it('notices a port in use', async () => {
  await expect(new HttpServer(faces).start({ host: '', port })).rejects.toMatchObject({
    code: 'listen_failed',
    component: 'http',
    message: `cannot listen on :${port}: the port is in use by another process`,
  });
});

it('takes HEAD, and leaves out the body alone', async () => {
  const answer = await raw('HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*content-length: 18\r\n.*\r\n\r\n$/is);
});

it.each([
  [
    'a head over 16 KiB',
    `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
    '431 Request Header Fields Too Large',
    'request_too_large',
  ],
  ['a method that is none', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', '405 Method', 'method_unknown'],
  ['what is no HTTP', 'hello\r\n\r\n', '4', ''],
  ['a bad header', 'GET / HTTP/1.1\r\nHost a\r\n\r\n', '400 Bad', 'request_malformed'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', '400 Bad', 'request_malformed'],
])('refuses %s in JSON', async (_what, bytes, status, code) => {
  const [head = '', body = ''] = (await raw(bytes)).split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${status}`);
  expect(head).toContain(`content-length: ${body.length}`);
  expect(head).toMatch(/x-request-id: [0-9a-f-]{36}/);
  expect(JSON.parse(body).error.code).toContain(code);
  expect(faces.lines.at(-1)).toMatchObject({ msg: 'request', code: expect.stringContaining(code) });
});

it('needs no host of HTTP/1.0, and expects nothing', async () => {
  expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  const odd = 'GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: more\r\nConnection: close\r\n\r\n';
  expect(await raw(odd)).toMatch(/^HTTP\/1\.1 200 /);
});

it('answers after a body that nobody asked for', async () => {
  const post = `POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nunwanted!`;
  const next = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  expect(await raw(post + next)).toMatch(/^HTTP\/1\.1 405 .*HTTP\/1\.1 200 /s);
});

it('lets idle connections go on shutdown and takes no new ones', async () => {
  await text(await request('/healthz'));
  await server.stop(60_000);
  await expect(request('/healthz', false)).rejects.toThrow('ECONNREFUSED');
});

it('finishes a request in flight on shutdown, then closes its connection', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
  await text(await request('/healthz'));
  const stopped = server.stop(60_000);
  socket.write('\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*connection: close/is);
  await stopped;
});

it('cuts what is not finished at the deadline', async () => {
  const socket = connect(port, '127.0.0.1');
  const closed = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.write('GET /healthz HTTP/1.1\r\n');
  await text(await request('/healthz'));
  await server.stop(40);
  await closed;
});
