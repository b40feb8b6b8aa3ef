import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { HttpApp } from '../../src/http/app.ts';
import { parseOverride } from '../../src/http/override.ts';
import { CUTOFF_SECONDS, type Faces, facesOf, TestWorkload } from '../faces.ts';

const TOKENS = {
  opens: (authorization?: string) => authorization === 'Bearer good',
  nameOf: () => 'a1b2c3d4',
  isForAll: false,
};

let faces: Faces;
let api: TestWorkload;

beforeEach(() => {
  api = new TestWorkload('my-api').forecast(4, 5, 6, 6, 6);
  faces = { ...facesOf(api), tokens: TOKENS, overrideMaxSeconds: 7_200 };
});

// biome-ignore lint/suspicious/noExplicitAny: the answer's shape is what is tested
type Answer = { status: number; headers: Readonly<Record<string, string>>; body: any };

async function ask(
  method: string,
  order?: object | string,
  path = '/override',
  parts: Faces = faces,
): Promise<Answer> {
  const body = typeof order === 'string' ? order : JSON.stringify(order ?? '');
  const headers = { authorization: 'Bearer good' };
  const answer = await new HttpApp(parts).answer({ method, url: path, headers, body });
  return { ...answer, body: JSON.parse(answer.body?.toString() ?? 'null') };
}

describe('/override', () => {
  it('takes an order, says what is served now, and gives it back', async () => {
    const { status, body } = await ask('PUT', { replicas: 12, until: '90m' });
    expect(status).toBe(200);
    expect(body).toEqual({
      workload: 'my-api',
      override: {
        ...{ kind: 'replicas', replicas: 12, by: 'a1b2c3d4' },
        ...{ until: '2026-01-09T01:30:00.000Z', at: '2026-01-09T00:00:00.000Z' },
      },
      served: expect.objectContaining({ replicas: 12, isActive: true, state: 'override' }),
    });
    expect((await ask('GET')).body).toEqual(body);
    expect(faces.lines.find(({ msg }) => msg === 'override ordered')).toMatchObject({
      ...{ workload: 'my-api', kind: 'replicas', replicas: 12, by: 'a1b2c3d4' },
    });
    const cleared = await ask('DELETE');
    expect(cleared.body).toMatchObject({ override: null, served: { replicas: 6 } });
    expect((await ask('DELETE')).status).toBe(200);
  });

  it('takes a time with its offset, and a new order in place of the old one', async () => {
    await ask('PUT', { replicas: 12, until: '1h' });
    const later = await ask('PUT', { atLeast: 3, until: '2026-01-09T02:30:00+01:00' });
    expect(later.body).toMatchObject({
      override: { kind: 'atLeast', until: '2026-01-09T01:30:00.000Z' },
      served: { replicas: 6, state: 'fresh' },
    });
  });

  it('says that at least so many means nothing before the first forecast', async () => {
    api.active = null;
    const { status, body } = await ask('PUT', { atLeast: 3, until: '1h' });
    expect(status).toBe(200);
    expect(body.served.error.code).toBe('forecast_pending');
    expect((await ask('GET', undefined, '/readyz')).status).toBe(503);
    await ask('PUT', { replicas: 3, until: '1h' });
    expect((await ask('GET', undefined, '/readyz')).status).toBe(200);
    const { body: explained } = await ask('GET', undefined, '/forecast/explain');
    expect(explained).toMatchObject({ override: { replicas: 3 }, served: { replicas: 3 } });
  });

  it.each([
    [{ replicas: 101, until: '1h' }, 'replicas 101 is not a whole number from 0 to 100'],
    [{ replicas: -1, until: '1h' }, 'replicas -1 is not'],
    [{ replicas: 1.5, until: '1h' }, 'replicas 1.5 is not'],
    [{ replicas: '3', until: '1h' }, 'replicas "3" is not'],
    [{ atLeast: 0, until: '1h' }, 'atLeast 0 is not a whole number from 1 to 100'],
    [{ replicas: 1, atLeast: 1, until: '1h' }, 'one of replicas and atLeast is due'],
    [{ until: '1h' }, 'one of replicas and atLeast is due'],
    [{ replicas: 3 }, 'until is due'],
    [{ replicas: 3, until: 3600 }, 'until is due'],
    [{ replicas: 3, until: '3h' }, 'until "3h" is over override-max from now, 2h'],
    [{ replicas: 3, until: '0' }, 'until "0" is not in the future'],
    [{ replicas: 3, until: '2026-01-08T23:59:59Z' }, 'is not in the future'],
    [{ replicas: 3, until: '2026-01-09T01:00:00' }, 'is neither a time such as'],
    [{ replicas: 3, until: '2026-01-09' }, 'is neither a time such as'],
    [{ replicas: 3, until: 'tomorrow' }, 'until "tomorrow" is neither'],
    [{ replicas: 3, until: '1h', force: true }, '"force" is unknown'],
    ['replicas=3', 'the body is not a JSON object'],
    ['[]', 'the body is not a JSON object'],
    ['', 'the body is not a JSON object'],
  ])('refuses %j and changes nothing', async (order, message) => {
    await ask('PUT', { replicas: 12, until: '1h' });
    const { status, body } = await ask('PUT', order);
    expect(status).toBe(400);
    expect(body.error).toEqual({
      code: 'override_invalid',
      message: expect.stringContaining(message),
    });
    expect((await ask('GET')).body.override.replicas).toBe(12);
  });

  it.each([
    ['{"replicas": 3, "until": "1h", "replicas": 30}', 'replicas'],
    ['{"until": "1h", "replicas": 3, "\\u0075ntil": "2h"}', 'until'],
    ['{"replicas": 3, "until": "1h", "replicas" : 3}', 'replicas'],
  ])('refuses what names a field twice: %s', (body, name) => {
    const limits = { minReplicas: 0, maxReplicas: 100, nowSeconds: 1e9, maxSeconds: 86_400 };
    expect(() => parseOverride(body, 'me', limits)).toThrow(`"${name}" is given twice`);
  });

  it('takes what only looks like a name given twice', () => {
    const limits = { minReplicas: 0, maxReplicas: 100, nowSeconds: 1e9, maxSeconds: 86_400 };
    const refusal = (body: string) => () => parseOverride(body, 'me', limits);
    expect(refusal('{"replicas": {"until": [], "until": 3}, "until": "1h"}')).toThrow('replicas {');
    expect(refusal('{"replicas": 3, "until": "\\"until\\": 1"}')).toThrow('neither a time');
  });

  it('wants a token, and one to be configured', async () => {
    const { tokens: _, ...open } = faces;
    for (const method of ['PUT', 'DELETE']) {
      const { status, body } = await ask(method, { replicas: 3, until: '1h' }, '/override', open);
      expect(status).toBe(403);
      expect(body.error.code).toBe('override_forbidden');
      expect(body.error.message).toContain('set http-token-file');
    }
    expect((await ask('GET', undefined, '/override', open)).status).toBe(200);
    const strict = { ...faces, tokens: { ...TOKENS, opens: () => false } };
    const denied = await ask('PUT', { replicas: 3, until: '1h' }, '/override', strict);
    expect(denied.status).toBe(401);
    expect(faces.overrides.of('my-api')).toBeNull();
  });

  it('is of one workload: of several, the one that is named', async () => {
    faces = { ...facesOf(api, new TestWorkload('shop/cart')), tokens: TOKENS };
    faces = { ...faces, overrideMaxSeconds: 7_200 };
    const order = { replicas: 3, until: '1h' };
    expect((await ask('PUT', order)).body.error.code).toBe('parameter_invalid');
    expect((await ask('PUT', order, '/override?workload=shop/none')).status).toBe(404);
    await ask('PUT', order, '/override?workload=shop/cart');
    expect(faces.overrides.of('shop/cart')?.replicas).toBe(3);
    expect(faces.overrides.of('my-api')).toBeNull();
  });

  it('tells other methods what it takes', async () => {
    const { status, headers } = await ask('POST', { replicas: 3, until: '1h' });
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
    const other = await ask('PUT', {}, '/workloads');
    expect([other.status, other.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  it('is a gauge while it is in force', async () => {
    const gauge = async () => {
      const { body } = await faces.metrics.scrape();
      return /^kedastral_override_replicas\{(.*)\} (.*)$/m.exec(body)?.slice(1);
    };
    expect(await gauge()).toBeUndefined();
    await ask('PUT', { atLeast: 12, until: '1h' });
    expect(await gauge()).toEqual(['workload="my-api",kind="atLeast"', '12']);
    await faces.clock.advance(3_600_000);
    expect(await gauge()).toBeUndefined();
  });
});

it('takes no order that is out of its bounds, whatever is sent', () => {
  const limits = {
    ...{ minReplicas: 2, maxReplicas: 50, maxSeconds: 3_600, nowSeconds: CUTOFF_SECONDS },
  };
  const count = fc.oneof(
    fc.integer({ min: -5, max: 60 }),
    fc.double(),
    fc.string(),
    fc.jsonValue(),
  );
  const until = fc.oneof(fc.constantFrom('30m', '59m', '2h', '1s'), fc.string(), fc.jsonValue());
  const order = fc.record({ replicas: count, atLeast: count, until }, { requiredKeys: [] });
  const body = fc.oneof(
    order.map((value) => JSON.stringify(value)),
    fc.string(),
  );
  let taken = 0;
  fc.assert(
    fc.property(body, (text) => {
      try {
        const made = parseOverride(text, 'a1b2c3d4', limits);
        taken++;
        expect(made.replicas).toSatisfy(Number.isInteger);
        expect(made.replicas).toBeGreaterThanOrEqual(2);
        expect(made.replicas).toBeLessThanOrEqual(50);
        const ahead = Date.parse(made.until) / 1000 - CUTOFF_SECONDS;
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThanOrEqual(3_600);
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'override_invalid' });
      }
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(0);
});
