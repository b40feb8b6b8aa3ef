import { connect, type Socket } from 'node:net';
import { FAULTS } from '../../src/errors.ts';
import { HttpApp, type HttpRequest, type HttpTokens } from '../../src/http/app.ts';
import { HttpServer } from '../../src/http/server.ts';
import { facesOf, TestWorkload } from '../faces.ts';
import { corpusBytes, corpusTexts } from './corpus.ts';
import { mutatedBytes, mutatedJson } from './mutations.ts';
import { SECRET } from './nasty.ts';
import { claim, claimTellable, type Opened, type Target } from './target.ts';

const tokens: HttpTokens = {
  opens: (authorization) => authorization === 'Bearer good',
  nameOf: () => 'a1b2c3d4',
  isForAll: false,
};
const STATUSES: readonly number[] = [
  200,
  304,
  ...Object.values(FAULTS).map(({ status }) => status),
];
const OWN_FAULT = 500;
/** A client that waits longer than this for an answer, and its end, has been hung. */
const ANSWER_MS_MAX = 5_000;

function partsOf() {
  const views = ['shop/my-api', 'queue'].map((name) => new TestWorkload(name).forecast(1, 2, 3, 2));
  return { ...facesOf(...views, new TestWorkload('new')), tokens, overrideMaxSeconds: 7_200 };
}

function isRequest(value: unknown): value is HttpRequest {
  const { method, url, headers, body } = (value ?? {}) as Record<string, unknown>;
  const areHeaders = typeof headers === 'object' && headers !== null && !Array.isArray(headers);
  const isText = typeof method === 'string' && typeof url === 'string';
  return isText && areHeaders && (body === undefined || typeof body === 'string');
}

/** The router, given whole requests. */
const routes: Target<string> = {
  name: 'http-request',
  weight: 20,
  inputs: mutatedJson(corpusTexts('http')),
  open: async (): Promise<Opened<string>> => {
    const parts = partsOf();
    const app = new HttpApp(parts);
    return {
      check: async (text) => {
        const request = parsed(text);
        if (!isRequest(request)) return;
        claimAnswer(await app.answer(request));
        const health = await app.answer({ method: 'GET', url: '/healthz', headers: {} });
        claim(health.status === 200, 'it is still healthy');
        (parts.lines as unknown[]).length = 0;
      },
    };
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function claimAnswer({ status, headers, body }: Awaited<ReturnType<HttpApp['answer']>>): void {
  claim(STATUSES.includes(status) && status !== OWN_FAULT, `status ${status}: ${body}`);
  for (const [name, value] of Object.entries(headers)) {
    claim(/^[\x20-\x7e]*$/.test(value), `header ${name}: ${JSON.stringify(value)}`);
  }
  const text = body?.toString() ?? '';
  if (!headers['content-type']?.startsWith('application/json')) return;
  if (text === '') return;
  const { error } = JSON.parse(text);
  if (status >= 400) {
    claim(Object.hasOwn(FAULTS, error.code), `the code ${error.code} is known`);
    claimTellable(error.message);
  }
  claim(!/:(?:NaN|-?Infinity)\b/.test(text), 'every number is one');
}

/** The server, given bytes. */
const bytes: Target<Buffer> = {
  name: 'http-bytes',
  weight: 2,
  inputs: mutatedBytes(corpusBytes('raw-http')),
  open: async (): Promise<Opened<Buffer>> => {
    const parts = partsOf();
    const server = new HttpServer(parts);
    const port = await server.start({ host: '127.0.0.1', port: 0 });
    const health = Buffer.from('GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    return {
      check: async (input) => {
        const said = await exchange(port, input);
        for (const [, status] of said.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)) {
          const code = Number(status);
          const isKnown = STATUSES.includes(code) || code === 100;
          claim(isKnown && code !== OWN_FAULT, `status ${code}`);
        }
        claim(!said.includes(SECRET), 'no secret is told');
        claim((await exchange(port, health)).includes('{"status":"alive"}'), 'it is still healthy');
        (parts.lines as unknown[]).length = 0;
      },
      close: () => server.stop(0),
    };
  },
};

/**
 * All that a server says to these bytes until it closes the connection.
 *
 * @param patienceMs without a byte, after which the client leaves; absent: then that is a fault
 */
export async function exchange(port: number, input: Buffer, patienceMs?: number): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const said: Buffer[] = [];
  socket.on('data', (part) => said.push(part));
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  let isHung = false;
  socket.setTimeout(patienceMs ?? ANSWER_MS_MAX, () => {
    isHung = patienceMs === undefined;
    socket.destroy();
  });
  socket.end(input);
  await new Promise((resolve) => socket.once('close', resolve));
  claim(!isHung, 'the connection hangs');
  return Buffer.concat(said).toString('latin1');
}

export const HTTP_TARGETS = [routes, bytes];
