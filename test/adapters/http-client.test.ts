import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HttpClient, type HttpClientOptions } from '../../src/adapters/http-client.ts';
import type { Clock } from '../../src/clock.ts';
import { makeCertificates } from '../parts/certificates.ts';
import { cleanUp } from '../parts/program.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { type Answer, json, PromptClock, TestServer } from './test-server.ts';

let server: TestServer;
const never = new AbortController().signal;

beforeAll(async () => {
  server = await TestServer.start();
});
afterEach(() => server.reset());
afterAll(() => server.close());

interface Asked {
  readonly clock?: Clock;
  readonly path?: string;
  readonly signal?: AbortSignal;
  readonly origin?: string;
}

function get(options: HttpClientOptions = {}, asked: Asked = {}): Promise<string> {
  const { clock = new PromptClock(), path = '/', signal = never, origin = server.origin } = asked;
  const client = new HttpClient(options, clock);
  const request = { method: 'GET', url: new URL(path, origin), headers: {} } as const;
  return client.within(signal, (deadline) => client.request(request, deadline));
}

/** Answers of which each is given once, the last one for ever. */
function inTurn(...answers: Answer[]): Answer {
  return (request, response) => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(request, response);
  };
}

const cut: Answer = (_, response) => response.socket?.destroy();

describe('attempts', () => {
  test.each([
    ['a cut connection', cut, 3],
    ['429', json({}, 429), 3],
    ['500', json({}, 500), 3],
    ['503', json({}, 503), 3],
    ['400', json({}, 400), 1],
    ['401', json({}, 401), 1],
    ['404', json({}, 404), 1],
    ['302', json({}, 302), 1],
  ])('after %s: three attempts when it may pass, else one', async (_, answer, attempts) => {
    server.answer = answer;
    await expect(get()).rejects.toMatchObject({ name: 'KedastralError', component: 'adapter' });
    expect(server.seen).toHaveLength(attempts);
  });

  test('the third one may succeed', async () => {
    server.answer = inTurn(cut, json({}, 503), (_, response) => response.end('well'));
    expect(await get()).toBe('well');
  });

  test('a body that breaks off is asked for again', async () => {
    const half: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
      setImmediate(() => response.socket?.destroy());
    };
    server.answer = inTurn(half, (_, response) => response.end('whole'));
    expect(await get()).toBe('whole');
  });

  test('so is a gzipped one', async () => {
    const half: Answer = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(gzipSync('whole').subarray(0, 12));
      setImmediate(() => response.socket?.destroy());
    };
    server.answer = inTurn(half, (_, response) => response.end('whole'));
    expect(await get()).toBe('whole');
  });

  test('the backoff doubles and is jittered from half to one and a half', async () => {
    server.answer = json({}, 500);
    const slept = async (random: number): Promise<number[]> => {
      const clock = new PromptClock();
      await get({ random: () => random }, { clock }).catch(() => {});
      return clock.sleptMs;
    };
    expect(await slept(0)).toEqual([100, 200]);
    expect(await slept(0.5)).toEqual([200, 400]);
    expect(await slept(1)).toEqual([300, 600]);
  });

  test('connections are kept alive', async () => {
    const ports = new Set<number | undefined>();
    server.answer = (_, response) => {
      ports.add(response.socket?.remotePort);
      response.end();
    };
    const client = new HttpClient({}, new PromptClock());
    const request = { method: 'GET', url: new URL(server.origin), headers: {} } as const;
    for (let i = 0; i < 3; i++) {
      await client.within(never, (deadline) => client.request(request, deadline));
    }
    expect(ports.size).toBe(1);
  });
});

describe('deadline', () => {
  test('covers all attempts together', async () => {
    const clock = new VirtualClock();
    server.answer = json({}, 503);
    const answered = get({ backoffMs: 8_000, random: () => 0.5 }, { clock });
    const refused = expect(answered).rejects.toMatchObject({
      code: 'adapter_timeout',
      message: 'no answer within 10 s',
    });
    await settled(() => clock.sleeping === 2);
    await clock.advance(8_000);
    await settled(() => server.seen.length === 2 && clock.sleeping === 2);
    await clock.advance(2_000);
    await refused;
    expect(clock.sleeping).toBe(0);
  });

  test('ends a request that hangs, and its connection', async () => {
    const clock = new VirtualClock();
    let closed = false;
    server.answer = (_, response) => {
      response.on('close', () => {
        closed = true;
      });
    };
    const refused = expect(get({}, { clock })).rejects.toMatchObject({
      code: 'adapter_timeout',
    });
    await settled(() => server.seen.length === 1);
    await clock.advance(10_000);
    await refused;
    await settled(() => closed);
  });

  test("the caller's abort comes back as its own reason, with no further attempt", async () => {
    const caller = new AbortController();
    server.answer = () => caller.abort(new Error('shutting down'));
    await expect(get({}, { signal: caller.signal })).rejects.toThrow('shutting down');
    await expect(get({}, { signal: caller.signal })).rejects.toThrow('shutting down');
    expect(server.seen).toHaveLength(1);
  });
});

describe('replies', () => {
  test('gzip is asked for and unpacked', async () => {
    server.answer = ({ headers }, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(`packed for ${headers['accept-encoding']}`));
    };
    expect(await get()).toBe('packed for gzip');
  });

  test.each([
    ['plain', (body: string) => body, {}],
    ['gzipped', gzipSync, { 'content-encoding': 'gzip' }],
  ])('a %s body over the cap is refused, one at the cap is not', async (_, pack, headers) => {
    server.answer = ({ path }, response) => {
      response.writeHead(200, headers);
      response.end(pack('x'.repeat(Number(path.slice(1)))));
    };
    const options = { maxResponseBytes: 5_000 };
    expect(await get(options, { path: '/5000' })).toHaveLength(5_000);
    await expect(get(options, { path: '/5001' })).rejects.toMatchObject({
      code: 'adapter_too_large',
      message: `${server.origin} answered with more than 5000 bytes`,
    });
    expect(server.seen).toHaveLength(2);
  });

  test.each([
    [{ errorType: 'bad_data', error: 'parse error near my_secret_query' }, ' (bad_data)'],
    [{ errorType: 'my secret query{a="b"}' }, ''],
    [{ errorType: 'x'.repeat(33) }, ''],
    ['text', ''],
    [null, ''],
  ])('of an error body, %j, a bare errorType is told', async (body, told) => {
    server.answer = json(body, 422);
    await expect(get()).rejects.toMatchObject({
      code: 'adapter_status',
      message: `${server.origin} answered 422${told}`,
    });
  });

  test('redirects are not followed', async () => {
    server.answer = (_, response) => {
      response.writeHead(307, { location: `${server.origin}/elsewhere` });
      response.end();
    };
    await expect(get()).rejects.toMatchObject({
      code: 'adapter_status',
      message: `${server.origin} answered 307; redirects are not followed`,
    });
    expect(server.seen.map(({ path }) => path)).toEqual(['/']);
  });

  test('faults name neither path, query, credentials nor header values', async () => {
    const origin = server.origin.replace('//', '//user:pass@');
    const faults: unknown[] = [];
    for (const answer of [cut, json({}, 500), json({}, 404), json({}, 302)]) {
      server.answer = answer;
      faults.push(
        await get({}, { origin, path: '/a-path?q=a-query' }).catch((fault: Error) => fault.message),
      );
    }
    for (const message of faults) {
      expect(message).toContain('127.0.0.1');
      expect(message).not.toMatch(/user|pass|a-path|a-query/);
    }
  });
});

test('nobody listens: unreachable', async () => {
  const gone = await TestServer.start();
  const { origin } = gone;
  await gone.close();
  await expect(get({}, { origin })).rejects.toMatchObject({
    code: 'adapter_unreachable',
    message: `${origin}: ECONNREFUSED`,
  });
});

describe('TLS', () => {
  let secure: TestServer;
  let caFile: string;
  beforeAll(async () => {
    const certificates = await makeCertificates();
    caFile = certificates.caFile;
    const [cert, key] = await Promise.all([
      readFile(certificates.certFile),
      readFile(certificates.keyFile),
    ]);
    secure = await TestServer.start({ cert, key });
    secure.answer = (_, response) => response.end('private');
  });
  afterAll(async () => {
    await secure.close();
    await cleanUp();
  });

  test('a custom CA is trusted', async () => {
    expect(await get({ caFile }, { origin: secure.origin })).toBe('private');
  });

  test('without it the connection is refused', async () => {
    await expect(get({}, { origin: secure.origin })).rejects.toMatchObject({
      code: 'adapter_unreachable',
      message: `${secure.origin}: UNABLE_TO_VERIFY_LEAF_SIGNATURE`,
    });
  });

  test('a CA file is read when it is there, and again when it is another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kedastral-ca-'));
    const late = join(folder, 'ca.pem');
    const client = new HttpClient({ caFile: late }, new PromptClock());
    const request = { method: 'GET', url: new URL(secure.origin), headers: {} } as const;
    const ask = () => client.within(never, (deadline) => client.request(request, deadline));
    await expect(ask()).rejects.toMatchObject({ message: 'prom-ca-file: ENOENT' });
    await writeFile(late, '');
    await expect(ask()).rejects.toMatchObject({
      message: 'prom-ca-file: the file holds no certificate',
    });
    await writeFile(late, await readFile((await makeCertificates()).caFile));
    await expect(ask()).rejects.toMatchObject({ code: 'adapter_unreachable' });
    await writeFile(late, await readFile(caFile));
    expect(await ask()).toBe('private');
    await rm(folder, { recursive: true });
  });
});

/** Waits for I/O to bring `condition` about. */
async function settled(condition: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > 2_000) throw new Error('it did not come about');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
