import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { byomModel } from '../../src/models/byom.ts';
import { lastValueModel } from '../../src/models/last-value.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, seriesOf } from './series.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let kernel: Kernel;
let server: Server | undefined;
beforeAll(async () => {
  kernel = await loadKernel();
});
afterEach(() => {
  vi.restoreAllMocks();
  server?.closeAllConnections();
  server?.close();
});

/** Starts a service on a free port; returns its address, a password in it. */
async function serve(handler: Handler): Promise<string> {
  const started = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => handler(request, response, body));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://user:s3cret@127.0.0.1:${(started.address() as AddressInfo).port}`;
}

const answer =
  (body: string): Handler =>
  (_request, response) => {
    response.end(body);
  };

const SERIES = seriesOf([5, Number.NaN, 7, 8], 3600);

const ask = (url: string, horizonSteps = 3) =>
  byomModel(kernel, url).fit(SERIES, contextOf(horizonSteps));

async function refusal(url: string): Promise<KedastralError> {
  const thrown: unknown = await ask(url).then(
    () => new Error('it answered'),
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(KedastralError);
  const fault = thrown as KedastralError;
  expect(fault.code).toBe('model_failed');
  expect(fault.component).toBe('model');
  expect(fault.message).not.toMatch(/s3cret|127\.0\.0\.1/);
  return fault;
}

describe('byom', () => {
  it('sends the history and takes the values', async () => {
    const seen: { path?: string | undefined; authorization?: string | undefined; body?: unknown } =
      {};
    const url = await serve((request, response, body) => {
      seen.path = `${request.method} ${request.url}`;
      seen.authorization = request.headers.authorization;
      seen.body = JSON.parse(body);
      response.end('{"metric":"http_rps","values":[1,2.5,3]}');
    });
    const { prediction } = await ask(url);
    expect([...prediction.point]).toEqual([1, 2.5, 3]);
    const naive = await lastValueModel(kernel).fit(SERIES, contextOf(3));
    expect(prediction.standardErrors).toEqual(naive.prediction.standardErrors);
    expect(new Date(CUTOFF_SECONDS * 1000).toISOString()).toBe('2026-01-05T00:00:00.000Z');
    expect(seen).toEqual({
      path: 'POST /predict',
      authorization: `Basic ${Buffer.from('user:s3cret').toString('base64')}`,
      body: {
        now: '2026-01-05T00:00:00Z',
        horizonSeconds: 10_800,
        stepSeconds: 3600,
        features: [
          { ts: '2026-01-04T21:00:00Z', value: 5, hour: 21, dayOfWeek: 0 },
          { ts: '2026-01-04T23:00:00Z', value: 7, hour: 23, dayOfWeek: 0 },
          { ts: '2026-01-05T00:00:00Z', value: 8, hour: 0, dayOfWeek: 1 },
        ],
      },
    });
  });

  it.each([
    ['', '/predict'],
    ['/', '/predict'],
    ['/models/a', '/models/a/predict'],
    ['/models/a/predict', '/models/a/predict'],
    ['/predict?tenant=a', '/predict?tenant=a'],
  ])('asks %s at %s', async (path, wanted) => {
    let asked: string | undefined;
    const url = await serve((request, response) => {
      asked = request.url;
      response.end('{"values":[1,2,3]}');
    });
    await ask(url + path);
    expect(asked).toBe(wanted);
  });

  it('sends the newest 2,000 points at most', async () => {
    let sent = 0;
    const url = await serve((_request, response, body) => {
      sent = JSON.parse(body).features.length;
      response.end('{"values":[1]}');
    });
    const long = seriesOf(new Array(5000).fill(1));
    await byomModel(kernel, url).fit(long, contextOf(1));
    expect(sent).toBe(2000);
  });

  it.each([
    ['too few values', '{"values":[1,2]}', /2 values, expected 3/],
    ['too many values', '{"values":[1,2,3,4]}', /4 values, expected 3/],
    ['null for NaN', '{"values":[1,null,3]}', /value 1 .* not a finite number/],
    ['text for a number', '{"values":[1,"NaN",3]}', /value 1 .* not a finite number/],
    ['more than a double holds', '{"values":[1,2,1e999]}', /value 2 .* not a finite number/],
    ['no values', '{"metric":"x"}', /has no values/],
    ['null', 'null', /has no values/],
    ['not JSON', '{"values":[1,NaN,3]}', /not JSON/],
    ['nothing', '', /not JSON/],
  ])('refuses %s', async (_name, body, message) => {
    expect((await refusal(await serve(answer(body)))).message).toMatch(message);
  });

  it.each([500, 404, 204, 302])('refuses status %i', async (status) => {
    const url = await serve((_request, response) => {
      response.writeHead(status, { location: '/elsewhere' }).end('{"values":[1,2,3]}');
    });
    expect((await refusal(url)).message).toContain(String(status));
  });

  it('stops reading an answer without end', async () => {
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    expect((await refusal(url)).message).toMatch(/over 1048576 bytes/);
  });

  it('refuses a connection that breaks off, and none at all', async () => {
    const url = await serve((_request, response) => {
      response.write('{"values"');
      setImmediate(() => response.destroy());
    });
    expect((await refusal(url)).message).toMatch(/broke off/);
    server?.close();
    server?.closeAllConnections();
    expect((await refusal(url)).message).toMatch(/broke off \(ECONNREFUSED\)/);
  });

  it('gives up at its deadline of 10 s', async () => {
    const deadline = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(deadline.signal);
    const url = await serve(() => deadline.abort());
    expect((await refusal(url)).message).toMatch(/no answer within 10 s/);
    expect(timeout).toHaveBeenCalledWith(10_000);
  });

  it('stops with its tick, with the reason of the tick', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error('drained')));
    const context = { horizonSteps: 3, signal: stop.signal };
    await expect(byomModel(kernel, url).fit(SERIES, context)).rejects.toThrow('drained');
  });

  it('refuses an address that is none, without repeating it', () => {
    for (const url of ['', 'ftp://user:s3cret@host', 'user:s3cret@host']) {
      expect(() => byomModel(kernel, url)).toThrow(/^byom-url is not an http\(s\) URL$/);
    }
  });
});
