import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/injector/kubernetes.ts';
import { WatchedList } from '../../src/injector/watched-list.ts';
import type { KubeApi } from '../parts/kube-api.ts';
import { until } from '../parts/until.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { clusterApi } from './cluster-api.ts';

const PATH = '/api/v1/limitranges';
const limit = (namespace: string, name: string, more: object = {}) => ({
  metadata: { namespace, name },
  ...more,
});

describe('a list that is followed', () => {
  let api: KubeApi;
  let kubernetes: Kubernetes;
  let clock: VirtualClock;
  let list: WatchedList;
  let stop: AbortController;
  let faults: unknown[];
  let following: Promise<void>;

  const namesIn = (namespace: string) =>
    list.of(namespace).map(({ metadata }) => (metadata as { name: string }).name);
  const watch = () => until('a watch', () => api.watches.get(PATH));
  const lists = () => api.calls.filter((call) => call === `GET ${PATH}`).length;

  beforeEach(async () => {
    const objects = { [PATH]: { items: [limit('shop', 'one'), 'junk'] } };
    ({ api, kubernetes, clock } = await clusterApi(1_800_000_000_000, objects));
    list = new WatchedList(kubernetes, clock, PATH, 'whole');
    stop = new AbortController();
    faults = [];
    following = list.follow(stop.signal, (thrown) => faults.push(thrown));
  });
  afterEach(async () => {
    stop.abort();
    await following;
  });

  it('is as the API server has it, from each event on, and is listed once', async () => {
    const { query } = await watch();
    expect(Object.fromEntries(query)).toEqual({
      ...{ watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: '30' },
      resourceVersion: api.objects.get(PATH).metadata.resourceVersion,
    });
    expect(namesIn('shop')).toEqual(['one']);
    api.tell(PATH, 'ADDED', limit('shop', 'two'));
    api.tell(PATH, 'ADDED', limit('other', 'three'));
    api.tell(PATH, 'MODIFIED', limit('shop', 'one', { spec: { limits: [] } }));
    await until('all of it', () => (list.of('shop')[0]?.spec ? true : null));
    expect([namesIn('shop'), namesIn('other')]).toEqual([['one', 'two'], ['three']]);
    api.tell(PATH, 'DELETED', limit('other', 'three'));
    api.tell(PATH, 'DELETED', limit('nowhere', 'four'));
    await until('one less', () => namesIn('other').length === 0);
    expect([lists(), faults]).toEqual([1, []]);
  });

  it('is followed from where the last watch ended, by bookmarks too', async () => {
    const { response } = await watch();
    api.tell(PATH, 'BOOKMARK', { metadata: {} });
    api.tell(PATH, 'BOOKMARK', { metadata: {} });
    response.end();
    await until('its end', () => !api.watches.has(PATH));
    await until('another', async () => {
      await clock.advance(1_000);
      return api.watches.get(PATH);
    });
    const version = Number(api.objects.get(PATH).metadata.resourceVersion) + 2;
    expect((await watch()).query.get('resourceVersion')).toBe(String(version));
    expect([lists(), faults]).toEqual([1, []]);
  });

  it('is listed anew when the version is too old, which is no fault', async () => {
    const { response } = await watch();
    api.set(PATH, { items: [limit('shop', 'new')] });
    response.write('{"type":"ERROR","object":{"code":410,"message":"too old"}}\n');
    await until('another list', async () => {
      await clock.advance(1_000);
      return namesIn('shop')[0] === 'new';
    });
    expect(faults).toEqual([]);
  });

  it.each([
    ['a broken connection', () => api.watches.get(PATH)?.response.destroy()],
    ['what is no event', () => api.watches.get(PATH)?.response.write('{"type":\n')],
  ])('is listed anew after %s, and that is told', async (_, harm) => {
    await watch();
    api.set(PATH, { items: [] });
    harm();
    await until('another list', async () => {
      await clock.advance(1_000);
      return namesIn('shop').length === 0;
    });
    expect(faults).toHaveLength(1);
    await watch();
  });

  it('stays as it is known, and asks ever less, while the API server refuses', async () => {
    const { response } = await watch();
    api.watchStatus = 403;
    response.end();
    await until('its end', () => !api.watches.has(PATH));
    for (const [i, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      await until('a pause', () => clock.sleeping === 1);
      await clock.advance(seconds * 1_000 - 1);
      expect(faults).toHaveLength(i);
      await clock.advance(1);
      await until('a refusal', () => faults.length > i);
    }
    expect(String(faults[0])).toContain('status 403 (no watch)');
    expect(namesIn('shop')).toEqual(['one']);
  });
});
