import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ASKING_PODS, ClusterView, knowsNativeSidecars } from '../../src/injector/cluster.ts';
import { Kubernetes } from '../../src/injector/kubernetes.ts';
import { injectorObjects, KubeApi } from '../parts/kube-api.ts';
import { cleanUp } from '../parts/program.ts';

describe('what is known of the cluster', () => {
  let api: KubeApi;
  let kubernetes: Kubernetes;
  beforeEach(async () => {
    api = await KubeApi.start(injectorObjects());
    kubernetes = new Kubernetes(api.options);
  });
  afterEach(async () => {
    kubernetes.close();
    await api.stop();
    await cleanUp();
  });

  it('is nothing before the first look', () => {
    const view = new ClusterView(kubernetes, new Set(['kube-system']));
    expect(view.knowsNative).toBe(false);
    expect(view.limitsIn('shop')).toEqual([]);
    expect(view.marksOf('shop')).toBeUndefined();
  });

  it('is its version, the LimitRanges and the marks of the namespaces', async () => {
    const [least, most] = [
      { type: 'Container', min: { cpu: '1' } },
      { type: 'Pod', max: { cpu: '4' } },
    ];
    api.set('/api/v1/limitranges', {
      items: [
        { metadata: { namespace: 'shop' }, spec: { limits: [least] } },
        { metadata: { namespace: 'shop' }, spec: { limits: [most] } },
        { metadata: { namespace: 'other' }, spec: {} },
        'junk',
      ],
    });
    api.set('/api/v1/namespaces', {
      items: [{ metadata: { name: 'shop', labels: { 'istio-injection': 'enabled' } } }],
    });
    const view = new ClusterView(kubernetes, new Set(['kube-system']));
    await view.refresh();
    expect(view.knowsNative).toBe(true);
    expect(view.limitsIn('shop')).toEqual([least, most]);
    expect(view.limitsIn('other')).toEqual([]);
    expect(view.marksOf('shop')).toEqual({
      labels: { 'istio-injection': 'enabled' },
      annotations: {},
    });
  });

  it('is how many pods ask for a sidecar and have none', async () => {
    const pod = (namespace: string, annotations?: object) => ({
      metadata: { namespace, ...(annotations ? { annotations } : {}) },
    });
    const injected = pod('shop', { 'kedastral.io/injected': '{}' });
    const items = [pod('shop'), pod('shop', { a: 'b' }), injected, pod('kube-system')];
    api.set(ASKING_PODS, { items });
    const view = new ClusterView(kubernetes, new Set(['kube-system']));
    expect(view.bareCount).toBeNull();
    await view.refresh();
    expect(view.bareCount).toBe(2);
    expect(new URL(ASKING_PODS, 'http://a').searchParams.get('labelSelector')).toBe(
      'kedastral.io/inject=true',
    );
  });

  it('stays when it cannot be read', async () => {
    const view = new ClusterView(kubernetes, new Set(['kube-system']));
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
    expect(knowsNativeSidecars(major, minor)).toBe(knows);
  });
});
