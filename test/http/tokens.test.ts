import { beforeEach, expect, it } from 'vitest';
import { type Faces, facesOf, TestWorkload } from '../faces.ts';
import { ask } from './ask.ts';

const GOOD = 'Bearer good';
const DATA = ['/forecast/current', '/forecast/explain', '/workloads', '/no-such-path'];
const PROBES = ['/healthz', '/readyz', '/metrics'];

let faces: Faces;

beforeEach(() => {
  faces = facesOf(new TestWorkload('my-api').forecast(1, 2, 3));
});

const guarded = (isForAll: boolean): Faces => ({
  ...faces,
  tokens: { opens: (authorization) => authorization === GOOD, nameOf: () => 'a1b2c3d4', isForAll },
});

async function statusOf(by: Faces, path: string, authorization?: string): Promise<number> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  return (await ask(by, path, { headers })).status;
}

it.each([...DATA, '/forecast/current?workload=my-api', 'http://a/workloads'])(
  'asks for a token on %s',
  async (path) => {
    const refused = await ask(guarded(false), path);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect(refused.json().error.code).toBe('request_unauthorized');
    expect(await statusOf(guarded(false), path, 'Bearer bad')).toBe(401);
    const open = path === '/no-such-path' ? 404 : 200;
    expect(await statusOf(guarded(false), path, GOOD)).toBe(open);
    expect(await statusOf(faces, path)).toBe(open);
  },
);

it.each(PROBES)('leaves %s open, unless it is for all', async (path) => {
  expect(await statusOf(guarded(false), path)).toBe(200);
  expect(await statusOf(guarded(true), path)).toBe(401);
  expect(await statusOf(guarded(true), path, GOOD)).toBe(200);
});

it('never shows a token, not even a wrong one', async () => {
  await statusOf(guarded(false), '/workloads', 'Bearer almost-good');
  expect(JSON.stringify(faces.lines)).not.toContain('almost-good');
});
