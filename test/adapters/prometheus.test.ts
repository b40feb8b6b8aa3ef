import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { GridRange, Samples } from '../../src/adapters/adapter.ts';
import { type PrometheusOptions, prometheusAdapter } from '../../src/adapters/prometheus.ts';
import { victoriametricsAdapter } from '../../src/adapters/victoriametrics.ts';
import { type Answer, json, PromptClock, TestServer } from './test-server.ts';

const never = new AbortController().signal;
const range: GridRange = { startSeconds: 600, endSeconds: 720, stepSeconds: 60 };
const query = 'sum(rate(http_requests_total{app="{{workload}}"}[5m]))';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterEach(() => server.reset());
afterAll(() => server.close());

type Point = readonly [number, string];

function matrix(...series: { metric?: Record<string, string>; values: readonly Point[] }[]) {
  const result = series.map(({ metric = {}, values }) => ({ metric, values }));
  return { status: 'success', data: { resultType: 'matrix', result } };
}

function collect(options: Partial<PrometheusOptions> = {}, asked = range): Promise<Samples> {
  const all = { promUrl: server.origin, promQuery: query, workload: { name: 'api' }, ...options };
  return prometheusAdapter(all, new PromptClock()).collect(asked, never);
}

/** Answers every step of what is asked with its own time as the value. */
const everyStep: Answer = (request, response) => {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(request.form.get(name)));
  const values: Point[] = [];
  for (let t = start as number; t <= (end as number); t += step as number) {
    values.push([t, String(t)]);
  }
  json(matrix({ values }))(request, response);
};

describe('the request', () => {
  test.each([
    ['', '/api/v1/query_range'],
    ['/', '/api/v1/query_range'],
    ['/prometheus', '/prometheus/api/v1/query_range'],
    ['/a/b/', '/a/b/api/v1/query_range'],
  ])('of the prefix "%s" is a POST form', async (prefix, path) => {
    server.answer = everyStep;
    await collect({ promUrl: server.origin + prefix });
    const [request] = server.seen;
    expect(request).toMatchObject({ method: 'POST', path });
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      query: 'sum(rate(http_requests_total{app="api"}[5m]))',
      start: '600',
      end: '720',
      step: '60',
    });
  });

  test.each([
    [10_999, 1],
    [11_000, 1],
    [11_001, 2],
    [22_000, 2],
    [22_001, 3],
  ])('for %i points: %i chunks, each point once', async (points, chunks) => {
    server.answer = everyStep;
    const endSeconds = 600 + (points - 1) * 15;
    const samples = await collect({}, { startSeconds: 600, endSeconds, stepSeconds: 15 });
    expect(server.seen).toHaveLength(chunks);
    expect(samples.values).toHaveLength(points);
    expect(samples.values.every((value, i) => value === 600 + 15 * i)).toBe(true);
    expect(samples.timesSeconds.every((time, i) => time === 600 + 15 * i)).toBe(true);
  });
});

describe('credentials', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  test.each([
    ['none', {}, undefined],
    ['a token', { promBearerToken: 'abc' }, 'Bearer abc'],
    ['user and password', { promUsername: 'u', promPassword: 'pä:ß' }, basic('u:pä:ß')],
    ['a user alone', { promUsername: 'u' }, basic('u:')],
    ['empty ones', { promBearerToken: '', promUsername: '', promPassword: '' }, undefined],
    ['a header', { promHeaders: { authorization: 'Custom x' } }, 'Custom x'],
  ])('%s', async (_, options, authorization) => {
    server.answer = everyStep;
    await collect(options);
    expect(server.seen[0]?.headers.authorization).toBe(authorization);
  });

  test('in the URL', async () => {
    server.answer = everyStep;
    await collect({ promUrl: server.origin.replace('//', '//me:a%40b@') });
    expect(server.seen[0]?.headers.authorization).toBe(basic('me:a@b'));
  });

  test('custom headers go along', async () => {
    server.answer = everyStep;
    await collect({ promHeaders: { 'X-Scope-OrgID': 'tenant-1' } });
    expect(server.seen[0]?.headers['x-scope-orgid']).toBe('tenant-1');
  });

  test('files are read anew at each request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kedastral-secrets-'));
    const [tokenFile, passwordFile] = [join(folder, 'token'), join(folder, 'password')];
    server.answer = everyStep;
    const options = { promUrl: server.origin, promQuery: 'up', workload: { name: 'api' } };
    const byToken = prometheusAdapter(
      { ...options, promBearerTokenFile: tokenFile },
      new PromptClock(),
    );
    const byPassword = prometheusAdapter(
      { ...options, promUsername: 'u', promPasswordFile: passwordFile },
      new PromptClock(),
    );
    await expect(byToken.collect(range, never)).rejects.toMatchObject({
      message: 'prom-bearer-token-file: ENOENT',
    });
    for (const useless of ['', 'two\nlines']) {
      await writeFile(tokenFile, useless);
      await expect(byToken.collect(range, never)).rejects.toMatchObject({
        code: 'adapter_unreachable',
        message: 'prom-bearer-token-file: the file is empty or holds more than one line',
      });
    }
    await writeFile(tokenFile, 'pass word\u2026');
    await expect(byToken.collect(range, never)).rejects.toMatchObject({
      message: 'prom-bearer-token-file: the token is not of printable ASCII',
    });
    for (const secret of ['first', 'second']) {
      await Promise.all([tokenFile, passwordFile].map((file) => writeFile(file, `${secret}\n`)));
      await byToken.collect(range, never);
      await byPassword.collect(range, never);
    }
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      basic('u:first'),
      'Bearer second',
      basic('u:second'),
    ]);
    await rm(folder, { recursive: true });
  });
});

describe('the reply', () => {
  test('NaN and the infinities stay what they are', async () => {
    const texts = ['1.5', 'NaN', '+Inf', '-Inf', '1e-3', ''];
    server.answer = json(matrix({ values: texts.map((text, i) => [600 + i, text] as const) }));
    const { values } = await collect();
    expect([...values]).toEqual([1.5, Number.NaN, Infinity, -Infinity, 0.001, Number.NaN]);
  });

  test('no series is no samples', async () => {
    server.answer = json(matrix());
    expect(await collect()).toMatchObject({
      timesSeconds: new Float64Array(),
      values: new Float64Array(),
      warnings: [],
    });
  });

  test('of several series two are shown', async () => {
    const values: Point[] = [[600, '1']];
    const pods = ['a', 'b', 'c'].map((pod) => ({ metric: { pod, job: 'api' }, values }));
    server.answer = json(matrix(...pods));
    await expect(collect()).rejects.toMatchObject({
      code: 'adapter_several_series',
      message:
        'the query returns more than one series, such as ' +
        '{job="api", pod="a"} and {job="api", pod="b"}',
    });
  });

  test('so many of them are not read that memory would not hold them', async () => {
    const values: Point[] = Array.from({ length: 100 }, (_, i) => [600 + 60 * i, '1234.5678']);
    const pods = Array.from({ length: 3_000 }, (_, i) => ({ metric: { pod: `${i}` }, values }));
    server.answer = json(matrix(...pods));
    await expect(collect()).rejects.toMatchObject({
      code: 'adapter_too_large',
      message: `${server.origin} answered with more than 4194304 bytes`,
    });
  });

  test('so it is when each chunk has another one', async () => {
    let pod = 0;
    server.answer = (request, response) =>
      json(matrix({ metric: { pod: String(pod++) }, values: [[600, '1']] }))(request, response);
    const endSeconds = 600 + 11_000 * 60;
    await expect(collect({}, { ...range, endSeconds })).rejects.toMatchObject({
      code: 'adapter_several_series',
    });
  });

  test('warnings and infos are kept without what they quote of the query', async () => {
    const info = 'metric might not be a counter: "http_requests_total" (1:6)';
    const warnings = ['PromQL warning: quantile is 2', 'PromQL warning: quantile is 2'];
    server.answer = json({ ...matrix({ values: [[600, '1']] }), warnings, infos: [info] });
    expect((await collect()).warnings).toEqual([
      'PromQL warning: quantile is 2',
      'metric might not be a counter: "…" (1:6)',
    ]);
  });

  test.each([
    ['PARTIAL RESPONSE for query up{secretlabel="x"}', 'PARTIAL RESPONSE for query …{…}'],
    ['slow: up{secretlabel="x",  secretother=~"y"} by (secretpod)', 'slow: …{…} by (…)'],
    ['cut off: "up{secretla', 'cut off: "…{…}'],
    ['query=up%7Bsecretlabel%3D%22secret-value', 'query=…%…%3D%…-…'],
    ['rewritten: up{tenant="a",secretlabel="x"} at 1:6', 'rewritten: …{…} at 1:6'],
    ['SECRETLABEL is no label of http_secretlabel_total', '… is no … of …'],
    ['group up is 3 ms late', 'group … is 3 ms late'],
  ])('no word of the query stays in the warning %s', async (warning, expected) => {
    server.answer = json({ ...matrix({ values: [[600, '1']] }), infos: [warning] });
    const promQuery = 'up{secretlabel="secret-value", secretother=~"y"} / on(secretpod) secretmax';
    const { warnings } = await collect({ promQuery });
    expect(warnings).toEqual([expected]);
  });

  test.each([
    [{ isPartial: true }, 'a storage node is down'],
    [
      { warnings: ['PromQL info: no counter', 'store-1:10901: rpc error: code = Unavailable'] },
      'store-1:10901: rpc error: code = Unavailable',
    ],
    [{ warnings: ['remote read of http_requests_total: 503'] }, 'remote read of …: 503'],
  ])('%j is a sum that lacks something, and refused', async (partial, missing) => {
    server.answer = json({ ...matrix({ values: [[600, '1']] }), ...partial });
    await expect(collect()).rejects.toMatchObject({
      code: 'adapter_response',
      message: `the reply is partial: ${missing}`,
    });
  });

  test.each([
    ['no JSON', 'up{secret="x"}'],
    ['no object', '3'],
    ['an error with status 200', '{"status":"error","errorType":"bad_data","error":"secret"}'],
    ['a vector', '{"status":"success","data":{"resultType":"vector","result":[]}}'],
    ['no data', '{"status":"success","data":null}'],
    [
      'a series without values',
      '{"status":"success","data":{"resultType":"matrix","result":[{}]}}',
    ],
    [
      'a point that is none',
      '{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,2]]}]}}',
    ],
  ])('%s is refused', async (_, body) => {
    server.answer = (__, response) => response.end(body);
    const fault = await collect().catch((thrown: Error) => thrown);
    expect(fault).toMatchObject({ code: 'adapter_response' });
    expect(String(fault)).not.toContain('secret');
  });
});

test.each([
  [{ promUrl: 'localhost:9090' }, 'prom-url: not an http:// or https:// URL'],
  [{ promUrl: 'http://' }, 'prom-url: not an http:// or https:// URL'],
  [
    { promUrl: 'http://me:100%@localhost' },
    'prom-url: user name or password is not percent-encoded',
  ],
  [
    { promQuery: 'up{app="{{workload}}",ns="{{namespace}}"}' },
    'prom-query: {{namespace}} has no value; set namespace',
  ],
])('%j is refused at the start', (options, message) => {
  const all = { promUrl: server.origin, promQuery: 'up', workload: { name: 'api' }, ...options };
  expect(() => prometheusAdapter(all, new PromptClock())).toThrow(
    expect.objectContaining({ code: 'option_invalid', message }),
  );
});

test('an error says what Prometheus says, without the words of the query', async () => {
  const error =
    'invalid parameter "query": 1:9: parse error: unexpected end of input in rate(http_x';
  server.answer = json({ status: 'error', errorType: 'bad_data', error }, 400);
  await expect(collect({ promQuery: 'rate(http_x' })).rejects.toMatchObject({
    code: 'adapter_status',
    message:
      `${server.origin} answered 400 (bad_data): ` +
      'invalid parameter "…": 1:9: parse error: unexpected end of input in …(…',
  });
});

test('no fault holds query, token, password or a path of the URL', async () => {
  const options = {
    promUrl: `${server.origin.replace('//', '//urluser:urlpass@')}/secretpath`,
    promQuery: 'secretquery',
    promBearerToken: 'secrettoken',
    promHeaders: { 'X-Key': 'secretheader' },
  };
  const answers: Answer[] = [
    (_, response) => response.socket?.destroy(),
    json({ status: 'error', errorType: 'execution', error: 'secretquery is bad' }, 422),
    json({ status: 'error', errorType: 'timeout', error: 'secretquery is slow' }, 503),
    json({ status: 'error', errorType: 'bad_data', error: 'secretquery' }),
    (request, response) => response.end(request.body),
    (_, response) => {
      response.writeHead(302, { location: 'http://secretpath/' });
      response.end();
    },
  ];
  for (const answer of answers) {
    server.answer = answer;
    const fault = await collect(options).catch((thrown: Error) => thrown);
    expect(fault).toBeInstanceOf(Error);
    const told = JSON.stringify([(fault as Error).message, (fault as Error).cause ?? null]);
    expect(told).not.toMatch(/secret|urluser|urlpass/);
  }
});

describe('victoriametrics', () => {
  const adapter = () =>
    victoriametricsAdapter(
      { promUrl: server.origin, promQuery: 'up', workload: { name: 'api' } },
      new PromptClock(),
    );

  test('asks past cache, latency offset and partial answers', async () => {
    server.answer = everyStep;
    expect((await adapter().collect(range, never)).values).toHaveLength(3);
    expect(Object.fromEntries(server.seen[0]?.form ?? [])).toMatchObject({
      nocache: '1',
      latency_offset: '1ms',
      deny_partial_response: '1',
    });
  });

  test('a partial answer is refused, a complete one is not', async () => {
    server.answer = json({ isPartial: true, ...matrix({ values: [[600, '1']] }) });
    await expect(adapter().collect(range, never)).rejects.toMatchObject({
      code: 'adapter_response',
      message: 'the reply is partial: a storage node is down',
    });
    server.answer = json({ isPartial: false, ...matrix({ values: [[600, '1']] }) });
    expect((await adapter().collect(range, never)).values).toHaveLength(1);
  });
});
