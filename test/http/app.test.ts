import { beforeEach, describe, expect, it } from 'vitest';
import { FAULTS, type FaultCode } from '../../src/errors.ts';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';
import { ask } from './ask.ts';

let api: TestWorkload;
let faces: Faces;

function serve(...workloads: readonly TestWorkload[]): void {
  faces = facesOf(...workloads);
}

async function fault(path: string): Promise<[number, string, string]> {
  const response = await ask(faces, path);
  const { error } = response.json();
  return [response.status, error.code, error.message];
}

beforeEach(() => {
  api = new TestWorkload('my-api').forecast(3, 5, 4);
  serve(api);
});

describe('GET /forecast/current', () => {
  it('sends the prepared body, of the only workload when none is named', async () => {
    const response = await ask(faces, '/forecast/current');
    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['x-kedastral-stale']).toBeUndefined();
    const body = response.text;
    expect(body).toBe(api.active?.body.toString());
    expect(JSON.parse(body)).toMatchObject({ workload: 'my-api', desiredReplicas: [3, 5, 4] });
    expect((await ask(faces, '/forecast/current?workload=my-api')).text).toBe(body);
  });

  it('marks a stale snapshot', async () => {
    await faces.clock.advance(120_000);
    const fresh = await ask(faces, '/forecast/current');
    expect(fresh.headers['x-kedastral-stale']).toBeUndefined();
    await faces.clock.advance(1);
    const stale = await ask(faces, '/forecast/current');
    expect([stale.status, stale.headers['x-kedastral-stale']]).toEqual([200, 'true']);
  });

  it('answers 304 to the ETag of the snapshot in force alone', async () => {
    const etag = (await ask(faces, '/forecast/current')).headers.etag ?? '';
    const headers = { 'if-none-match': etag };
    const unchanged = await ask(faces, '/forecast/current', { headers });
    expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    expect(unchanged.headers.etag).toBe(etag);
    const any = { 'if-none-match': '*' };
    expect((await ask(faces, '/forecast/current', { headers: any })).status).toBe(304);
    const active = api.active;
    if (active) api.active = { ...active, generatedAtSeconds: active.generatedAtSeconds + 30 };
    expect((await ask(faces, '/forecast/current', { headers })).status).toBe(200);
  });

  it.each([
    ['?workload=other', 'workload_unknown'],
    ['?workload=My_Api', 'workload_malformed'],
    ['?workload=', 'workload_malformed'],
    ['?workload=my-api%26x%3D1', 'workload_malformed'],
    ['?workload=my-api%00', 'workload_malformed'],
    ['?workload=my-api&x=1', 'parameter_invalid'],
    ['?workload=my-api&workload=other', 'parameter_invalid'],
    ['?workload=my-api&__proto__=1', 'parameter_invalid'],
    ['?leadTime=5m', 'parameter_invalid'],
  ] as [string, FaultCode][])('refuses %s: %s', async (query, code) => {
    expect((await fault(`/forecast/current${query}`)).slice(0, 2)).toEqual([
      FAULTS[code].status,
      code,
    ]);
  });

  it('asks to come back while nothing is forecast, and says why', async () => {
    api.active = null;
    api.pendingReason = 'the last tick failed: no connection to the data source';
    const response = await ask(faces, '/forecast/current');
    expect([response.status, response.headers['retry-after']]).toEqual([503, '10']);
    expect(response.json()).toEqual({
      error: { code: 'forecast_pending', message: `my-api: ${api.pendingReason}` },
    });
  });

  it('takes a bare name that one workload has, and lists those that it knows', async () => {
    serve(api, ...['a', 'b'].map((ns) => new TestWorkload(`${ns}/shop`).forecast(7)));
    expect(await fault('/forecast/current?workload=shop')).toEqual([
      404,
      'workload_unknown',
      'workload "shop" is not forecast here; known: my-api, a/shop, b/shop',
    ]);
    serve(new TestWorkload('prod/shop').forecast(7));
    const shop = await ask(faces, '/forecast/current?workload=shop');
    expect(shop.json()).toMatchObject({ workload: 'prod/shop' });
    expect((await fault('/forecast/current?workload=op'))[1]).toBe('workload_unknown');
    serve(...Array.from({ length: 30 }, (_, i) => new TestWorkload(`w-${i}`)));
    expect((await fault('/forecast/current?workload=other'))[2]).toMatch(/w-9, … \(30 in all\)$/);
  });

  it('wants a name where there are several workloads', async () => {
    serve(api, new TestWorkload('prod/shop').forecast(7));
    expect((await fault('/forecast/current')).slice(0, 2)).toEqual([400, 'parameter_invalid']);
    const shop = await ask(faces, '/forecast/current?workload=prod/shop');
    expect(shop.json()).toMatchObject({ desiredReplicas: [7] });
  });
});

describe('GET /forecast/accuracy', () => {
  it('says how the forecasts of this process did, before there is one too', async () => {
    const accuracy = [
      { horizon: '5m', horizonSeconds: 300, forecasts: 4, wape: 0.1, coverage: { '0.9': 0.75 } },
    ];
    api.accuracy = accuracy;
    const answer = { workload: 'my-api', windowSeconds: 86_400, horizons: accuracy, drift: null };
    expect((await ask(faces, '/forecast/accuracy')).json()).toEqual(answer);
    api.active = null;
    expect((await ask(faces, '/forecast/accuracy?workload=my-api')).json()).toEqual(answer);
    expect((await fault('/forecast/accuracy?workload=other'))[1]).toBe('workload_unknown');
    expect((await fault('/forecast/accuracy?horizon=5m'))[1]).toBe('parameter_invalid');
  });
});

describe('every path', () => {
  it.each([
    ['/nope', 'GET', 404, 'route_unknown'],
    ['/', 'GET', 404, 'route_unknown'],
    ['/forecast/current', 'POST', 405, 'method_unknown'],
    ['/metrics', 'DELETE', 405, 'method_unknown'],
    ['/healthz?x=1', 'GET', 400, 'parameter_invalid'],
  ])('%s by %s is %i %s', async (path, method, status, code) => {
    const response = await ask(faces, path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
    expect(response.json()).toMatchObject({ error: { code } });
  });

  it.each([
    ['http://host/healthz', 200],
    ['HTTP://host:8081/forecast/current?workload=my-api', 200],
    ['http://host', 404],
    ['http://host?x=1', 404],
  ])('takes a URL as well: %s', async (url, status) => {
    expect((await ask(faces, url)).status).toBe(status);
  });

  it.each([
    (name: string) => `/${name}`,
    (name: string) => `/forecast/current?workload=${name}`,
    (name: string) => `/forecast/current?${name}=1`,
    (name: string) => `/forecast/explain?leadTime=${name}`,
  ])('says a long name back in part, in its answer and in the log', async (pathOf) => {
    const { text } = await ask(faces, pathOf('x'.repeat(4_000)));
    expect(text).toContain('x'.repeat(90));
    expect(text.length).toBeLessThan(300);
    expect(JSON.stringify(faces.lines.at(-1)).length).toBeLessThan(400);
  });

  it('echoes a request id that is safe, and makes one otherwise', async () => {
    const idOf = async (given: string) => {
      const headers = { 'x-request-id': given };
      return (await ask(faces, '/healthz', { headers })).headers['x-request-id'];
    };
    expect(await idOf('abc-123')).toBe('abc-123');
    expect(faces.lines.at(-1)).toMatchObject({ msg: 'request', requestId: 'abc-123', status: 200 });
    for (const bad of ['', 'a b', '{"x":1}', 'x'.repeat(129)]) {
      expect(await idOf(bad)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('hides a fault of its own, and logs it', async () => {
    Object.defineProperty(api, 'active', {
      get: () => {
        throw new Error('secret detail');
      },
    });
    expect(await fault('/forecast/current')).toEqual([
      500,
      'internal',
      'a fault of Kedastral itself; its log says more',
    ]);
    expect(JSON.stringify(faces.lines)).toContain('secret detail');
  });
});

describe('the states of the process', () => {
  it('lives without a forecast, but is ready only while one can be served', async () => {
    expect((await ask(faces, '/readyz')).status).toBe(200);
    api.active = null;
    expect((await ask(faces, '/healthz')).status).toBe(200);
    expect((await fault('/readyz')).slice(0, 2)).toEqual([503, 'forecast_pending']);
    api.forecast(3, 5, 4);
    await faces.clock.advance(150_000);
    expect((await fault('/readyz')).slice(0, 2)).toEqual([503, 'forecast_stale']);
  });

  it('lists its workloads', async () => {
    serve(api, new TestWorkload('prod/shop'));
    expect((await ask(faces, '/workloads')).json()).toEqual({
      workloads: [
        {
          workload: 'my-api',
          state: 'fresh',
          metric: 'http_rps',
          generatedAt: '2026-01-09T00:00:00.000Z',
          ageSeconds: 0,
          leadTimeSeconds: 120,
        },
        { workload: 'prod/shop', state: 'pending', reason: '' },
      ],
    });
  });

  it('counts neither what clients do wrong nor that there is no forecast', async () => {
    api.active = null;
    for (const path of [
      '/forecast/current',
      '/forecast/current?workload=other',
      '/readyz',
      '/no',
    ]) {
      expect((await fault(path))[0]).toBeGreaterThanOrEqual(404);
    }
    expect((await ask(faces, '/metrics')).text).not.toContain('kedastral_errors_total{');
  });

  it('counts a fault of its own, with its only workload', async () => {
    const { serving } = api;
    Object.defineProperty(api, 'serving', {
      configurable: true,
      get: () => {
        throw new Error('oh');
      },
    });
    expect((await fault('/forecast/explain'))[0]).toBe(500);
    Object.defineProperty(api, 'serving', { value: serving });
    expect((await ask(faces, '/metrics')).text).toContain(
      'kedastral_errors_total{workload="my-api",component="http",reason="internal"} 1',
    );
  });
});

describe('GET /forecast/current?newest=true', () => {
  it('sends what was made last, before it comes into force', async () => {
    const next = new TestWorkload('my-api').forecast(9, 9, 9).active;
    Object.assign(api, { newest: next && { ...next, generatedAtSeconds: 1 } });
    expect((await ask(faces, '/forecast/current')).json().desiredReplicas).toEqual([3, 5, 4]);
    const newest = await ask(faces, '/forecast/current?newest=true');
    expect(newest.json().desiredReplicas).toEqual([9, 9, 9]);
    const headers = { 'if-none-match': newest.headers.etag ?? '' };
    expect((await ask(faces, '/forecast/current?newest=true', { headers })).status).toBe(304);
    expect((await ask(faces, '/forecast/current', { headers })).status).toBe(200);
  });

  it('refuses another word', async () => {
    const [status, code] = await fault('/forecast/current?newest=yes');
    expect([status, code]).toEqual([400, 'parameter_invalid']);
  });
});
