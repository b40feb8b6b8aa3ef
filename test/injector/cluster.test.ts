import { beforeEach, describe, expect, it } from 'vitest';
import { ASKING_PODS, podPath } from '../../src/injector/bare-pods.ts';
import { ClusterView } from '../../src/injector/cluster.ts';
import { knowsNativeSidecars } from '../../src/injector/cluster-version.ts';
import type { Kubernetes } from '../../src/injector/kubernetes.ts';
import type { KubeApi } from '../parts/kube-api.ts';
import { until } from '../parts/until.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { clusterApi } from './cluster-api.ts';
import { podWith } from './pods.ts';

const START_MS = 1_800_000_000_000;

describe('what is known of the cluster', () => {
  let api: KubeApi;
  let kubernetes: Kubernetes;
  let clock: VirtualClock;
  const newView = () => new ClusterView(kubernetes, clock, new Set(['kube-system']));
  const fail = (thrown: unknown) => {
    throw thrown;
  };
  beforeEach(async () => {
    ({ api, kubernetes, clock } = await clusterApi(START_MS));
  });

  it('is nothing before the first look', () => {
    const view = newView();
    expect(view.knowsNative).toBe(false);
    expect(view.bareCounts).toBeNull();
  });

  it('is its version, the LimitRanges, the quotas and the marks of the namespaces', async () => {
    const [least, most] = [
      { type: 'Container', min: { cpu: '1' } },
      { type: 'Pod', max: { cpu: '4' } },
    ];
    api.set('/api/v1/limitranges', {
      items: [
        { metadata: { namespace: 'shop', name: 'a' }, spec: { limits: [least] } },
        { metadata: { namespace: 'shop', name: 'b' }, spec: { limits: [most] } },
        { metadata: { namespace: 'other', name: 'a' }, spec: {} },
        'junk',
      ],
    });
    const hard = { 'limits.cpu': '8' };
    api.set('/api/v1/resourcequotas', {
      items: [{ metadata: { namespace: 'shop', name: 'q' }, spec: { hard } }],
    });
    api.set('/api/v1/namespaces', {
      items: [
        { metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } },
        { metadata: { name: 'other' } },
      ],
    });
    const view = newView();
    await view.refresh();
    expect(view.knowsNative).toBe(true);
    const calls = api.calls.length;
    expect(await view.namespace('shop', fail)).toEqual({
      limits: [least, most, { type: 'Quota', name: 'q', hard, used: null }],
      marks: { labels: { 'istio-injection': 'enabled' }, annotations: {} },
    });
    const marks = { labels: {}, annotations: {} };
    expect(await view.namespace('other', fail)).toEqual({ limits: [], marks });
    expect(api.calls.length).toBe(calls);
  });

  it('is read at once where a namespace is new, for its LimitRange comes with it', async () => {
    const limit = { type: 'Container', max: { memory: '128Mi' } };
    const range = { metadata: { namespace: 'new', name: 'a' }, spec: { limits: [limit] } };
    const creationTimestamp = new Date(START_MS - 1_000).toISOString();
    const namespace = { metadata: { name: 'new', creationTimestamp } };
    const view = newView();
    await view.refresh();
    const stop = new AbortController();
    const following = view.follow(stop.signal, fail);
    await until('all watches', () => api.watches.size === 3);
    api.set('/api/v1/namespaces/new/limitranges', { items: [] });
    api.set('/api/v1/namespaces/new/resourcequotas', { items: [] });
    api.set('/api/v1/namespaces?fieldSelector=metadata.name%3Dnew', { items: [namespace] });
    const marks = { labels: {}, annotations: {} };
    expect(await view.namespace('new', fail)).toEqual({ limits: [], marks });
    // It is known now, and its LimitRange comes a moment later.
    api.tell('/api/v1/namespaces', 'ADDED', namespace);
    await clock.advance(1_000);
    api.set('/api/v1/namespaces/new/limitranges', { items: [range] });
    const before = api.calls.length;
    const seen = await Promise.all([1, 2, 3].map(() => view.namespace('new', fail)));
    expect(seen).toEqual([1, 2, 3].map(() => ({ limits: [limit], marks })));
    expect(api.calls.length - before).toBe(3);
    api.tell('/api/v1/limitranges', 'ADDED', range);
    await clock.advance(130_000);
    const settled = api.calls.length;
    const known = async () => (await view.namespace('new', fail)).limits.length > 0;
    await until('the LimitRange', known);
    const labels = { 'istio-injection': 'enabled' };
    api.tell('/api/v1/namespaces', 'MODIFIED', { metadata: { ...namespace.metadata, labels } });
    await until('the label', async () => {
      const { marks: now } = await view.namespace('new', fail);
      return now?.labels['istio-injection'] === 'enabled';
    });
    expect(api.calls.length).toBe(settled);
    stop.abort();
    await following;
  });

  it('holds a review up for two seconds at most', async () => {
    const view = newView();
    kubernetes.get = kubernetes.listMetadata = () => new Promise(() => undefined);
    const faults: unknown[] = [];
    const seen = view.namespace('new', (thrown) => faults.push(thrown));
    await clock.advance(2_000);
    expect(await seen).toEqual({ limits: [], marks: undefined });
    expect(String(faults)).toContain('namespace new was not read in 2000 ms');
  });

  it('is how many pods could have the sidecar that they ask for, and have none', async () => {
    const { spec } = podWith();
    const owned = (kind: string) => [{ kind, name: 'x', controller: true }];
    const pods: [name: string, metadata: object, spec?: object][] = [
      ['plain', {}],
      ['annotated', { annotations: { a: 'b' } }],
      ['injected', { annotations: { 'kedastral.io/injected': '{}' } }],
      ['excluded', { namespace: 'kube-system' }],
      ['host', {}, { ...spec, hostNetwork: true }],
      ['windows', {}, { ...spec, os: { name: 'windows' } }],
      ['daemon', { ownerReferences: owned('DaemonSet') }],
      ['job', { ownerReferences: owned('Job') }],
      [
        'native',
        {
          ownerReferences: owned('Job'),
          annotations: { 'kedastral.io/native-sidecar': 'true' },
        },
      ],
      ['hand', {}, { containers: [...spec.containers, { name: 'kedastral' }] }],
    ];
    const items = pods.map(([name, metadata, own = spec]) => {
      const pod = { metadata: { namespace: 'shop', name, uid: name, ...metadata }, spec: own };
      api.set(podPath('shop', name), { items: [pod] });
      return { metadata: pod.metadata };
    });
    // Gone since the list was made.
    items.push({ metadata: { namespace: 'shop', name: 'gone', uid: 'gone' } });
    api.set(podPath('shop', 'gone'), { items: [] });
    api.set(ASKING_PODS, { items });
    const view = newView();
    await view.refresh();
    expect([...(view.bareCounts ?? [])]).toEqual([['shop', 3]]);
    const reads = () => api.calls.filter((call) => call.includes('metadata.name')).length;
    const before = reads();
    await view.refresh();
    expect([...(view.bareCounts ?? [])]).toEqual([['shop', 3]]);
    expect(reads()).toBe(before);
    expect(new URL(ASKING_PODS, 'http://a').searchParams.get('labelSelector')).toBe(
      'kedastral.io/inject=true',
    );
  });

  it('stays when it cannot be read', async () => {
    const view = newView();
    await view.refresh();
    api.brokenStatus = 403;
    await expect(view.refresh()).rejects.toThrow('status 403');
    expect(view.knowsNative).toBe(true);
  });

  it.each([
    [1, 28, false],
    [1, 29, true],
    [2, 0, true],
    [Number.NaN, 30, false],
  ])('Kubernetes %d.%d knows native sidecars: %s', (major, minor, knows) => {
    expect(knowsNativeSidecars({ major, minor })).toBe(knows);
  });
});
