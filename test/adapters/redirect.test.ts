import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataAdapter } from '../../src/adapters/adapter.ts';
import { createAdapter } from '../../src/adapters/registry.ts';
import { byomModel } from '../../src/models/byom.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, seriesOf } from '../models/series.ts';
import { PromptClock, TestServer } from './test-server.ts';

const RANGE = { startSeconds: 60, endSeconds: 600, stepSeconds: 60 };
const STATUSES = [300, 301, 302, 303, 307, 308];

/** The one that was asked, and the one that a redirect points to. */
let source: TestServer;
let elsewhere: TestServer;

beforeAll(async () => {
  [source, elsewhere] = await Promise.all([TestServer.start(), TestServer.start()]);
});
afterAll(() => Promise.all([source.close(), elsewhere.close()]));
beforeEach(() => {
  source.reset();
  elsewhere.reset();
});

/** `localhost` is another host than 127.0.0.1, and the same machine: nothing may be sent to it. */
function redirect(status: number) {
  const location = elsewhere.origin.replace('127.0.0.1', 'localhost');
  source.answer = (_, response) => {
    response.writeHead(status, { location: `${location}/latest/meta-data/` }).end();
  };
}

const adapters: Record<string, () => Promise<DataAdapter>> = {
  prometheus: () => made({ adapter: 'prometheus' }),
  victoriametrics: () => made({ adapter: 'victoriametrics' }),
  http: () => made({ adapter: 'http' }),
};

function made(options: { adapter: 'prometheus' | 'victoriametrics' | 'http' }) {
  const url = source.origin.replace('//', '//user:canary@');
  const own = { promUrl: url, promQuery: 'up', httpUrl: url, httpValuePath: 'v' };
  const common = { workload: { name: 'my-api' }, stepSeconds: 60 };
  return createAdapter({ ...options, ...own, ...common }, new PromptClock());
}

describe.each(Object.keys(adapters))('%s', (name) => {
  it.each(STATUSES)('does not follow a %s to another host', async (status) => {
    redirect(status);
    const adapter = await (adapters[name] as () => Promise<DataAdapter>)();
    await expect(adapter.collect(RANGE, new AbortController().signal)).rejects.toMatchObject({
      code: 'adapter_status',
      message: `${source.origin} answered ${status}; redirects are not followed`,
    });
    expect(source.seen).toHaveLength(1);
    expect(source.seen[0]?.headers.authorization).toMatch(/^Basic /);
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('byom', () => {
  it.each(STATUSES)('does not follow a %s to another host', async (status) => {
    redirect(status);
    const model = byomModel(await loadKernel(), source.origin.replace('//', '//user:canary@'));
    const fitting = async () => model.fit(seriesOf([5, 7, 8], 60), contextOf(3));
    await expect(fitting()).rejects.toMatchObject({ code: 'model_failed' });
    expect(source.seen).toHaveLength(1);
    expect(elsewhere.seen).toEqual([]);
  });
});
