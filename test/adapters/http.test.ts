import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HttpOptions, httpAdapter } from '../../src/adapters/http.ts';
import { json, PromptClock, TestServer } from './test-server.ts';

const never = new AbortController().signal;
const range = { startSeconds: 1_700_000_040, endSeconds: 1_700_000_160, stepSeconds: 60 };

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterEach(() => server.reset());
afterAll(() => server.close());

function adapter(options: Partial<HttpOptions>, clock = new PromptClock()) {
  const all = { httpUrl: server.origin, httpValuePath: 'rps', workload: { name: 'api' } };
  return httpAdapter({ ...all, ...options }, clock);
}

test('the URL takes workload and namespace, encoded, and its credentials', async () => {
  server.answer = json({ rps: 1 });
  const origin = server.origin.replace('//', '//u:p@');
  const httpUrl = `${origin}/v1/{{namespace}}/{{workload}}?w={{ workload }}`;
  const workload = { namespace: 'a/b', name: 'c&d' };
  await adapter({ httpUrl, workload }).collect(range, never);
  expect(server.seen[0]?.path).toBe('/v1/a%2Fb/c%26d?w=c%26d');
  expect(server.seen[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from('u:p').toString('base64')}`,
  );
});

describe('points with times', () => {
  const paths = { httpValuePath: 'data.items[].v', httpTimePath: 'data.items[].t' };

  test('epoch seconds, milliseconds and RFC 3339; text and null as values', async () => {
    const items = [
      { t: 1_700_000_040, v: 1.5 },
      { t: 1_700_000_100_000, v: '2.5' },
      { t: '2023-11-14T22:16:00Z', v: null },
    ];
    server.answer = json({ data: { items } });
    const samples = await adapter(paths).collect(range, never);
    expect([...samples.timesSeconds]).toEqual([1_700_000_040, 1_700_000_100, 1_700_000_160]);
    expect([...samples.values]).toEqual([1.5, 2.5, Number.NaN]);
  });

  test('what lies outside the range is not given', async () => {
    const times = [1_699_999_980, 1_699_999_980.5, 1_700_000_160, 1_700_000_160.5];
    server.answer = json({ data: { items: times.map((t) => ({ t, v: t })) } });
    const { timesSeconds } = await adapter(paths).collect(range, never);
    expect([...timesSeconds]).toEqual([1_699_999_980.5, 1_700_000_160]);
  });

  test.each([
    [{ data: { items: [{ t: 'noon', v: 1 }] } }, 'neither RFC 3339 nor epoch seconds'],
    [{ data: { items: [{ t: 1, v: 'much' }] } }, 'no number but string'],
    [{ data: { items: [{ t: 1 }] } }, 'there is nothing at the path'],
  ])('%j is refused', async (document, message) => {
    server.answer = json(document);
    await expect(adapter(paths).collect(range, never)).rejects.toMatchObject({
      code: 'adapter_response',
      message: expect.stringContaining(message),
    });
  });

  test('as many times as values are needed', async () => {
    server.answer = json({ values: [1, 2], times: [1_700_000_100] });
    const columns = { httpValuePath: 'values[]', httpTimePath: 'times[]' };
    await expect(adapter(columns).collect(range, never)).rejects.toMatchObject({
      message: 'http-time-path: 1 times for 2 values',
    });
  });
});

test('without times each poll is a sample at its own instant, and stays', async () => {
  const clock = new PromptClock(1_700_000_050_000);
  const source = adapter({ httpValuePath: 'rps' }, clock);
  for (const rps of [10, 20, 30]) {
    server.answer = json({ rps });
    await source.collect(range, never);
    clock.epochMs += 30_000;
  }
  const samples = await source.collect(range, never);
  expect([...samples.timesSeconds]).toEqual([
    1_700_000_050, 1_700_000_080, 1_700_000_110, 1_700_000_140,
  ]);
  expect([...samples.values]).toEqual([10, 20, 30, 30]);
});

test('a reply that is no JSON is refused without being quoted', async () => {
  server.answer = (_, response) => response.end('<html>secret</html>');
  await expect(adapter({}).collect(range, never)).rejects.toMatchObject({
    code: 'adapter_response',
    message: 'the reply is not JSON',
  });
});

test.each([
  [{ httpUrl: 'ftp://x' }, 'http-url: not an http:// or https:// URL'],
  [{ httpUrl: 'http://x/{{pod}}' }, 'http-url: {{pod}} is not one of {{workload}}, {{namespace}}'],
  [{ httpValuePath: 'a[].v' }, 'http-time-path is needed for a list of values'],
  [
    { httpValuePath: 'a[].v', httpTimePath: 't' },
    'http-time-path must name a list if http-value-path does, else not',
  ],
])('%j is refused at the start', (options, message) => {
  expect(() => adapter(options)).toThrow(
    expect.objectContaining({ code: 'option_invalid', message }),
  );
});
