import { beforeEach, describe, expect, it } from 'vitest';
import type { Kubernetes } from '../../src/injector/kubernetes.ts';
import { Leadership } from '../../src/injector/lease.ts';
import { type KubeApi, LEASE } from '../parts/kube-api.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { clusterApi } from './cluster-api.ts';

describe('leadership', () => {
  let api: KubeApi;
  let clock: VirtualClock;
  let kubernetes: Kubernetes;
  const replica = (name: string) =>
    new Leadership(kubernetes, clock, name, { namespace: 'kedastral', name: 'kedastral-injector' });
  const holder = () => api.objects.get(LEASE).spec.holderIdentity;

  beforeEach(async () => {
    ({ api, kubernetes, clock } = await clusterApi(Date.UTC(2026, 0, 1)));
  });

  it('goes to the first, as client-go writes it', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await a.renew();
    await b.renew();
    expect([a.isLeader, b.isLeader]).toEqual([true, false]);
    expect(api.objects.get(LEASE).spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 1,
    });
  });

  it('stays while it is renewed, and is taken over when it is not', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await a.renew();
    for (let i = 0; i < 10; i++) {
      await clock.advance(5_000);
      await a.renew();
      await b.renew();
    }
    expect([a.isLeader, b.isLeader]).toEqual([true, false]);
    await clock.advance(15_001);
    expect(a.isLeader).toBe(false);
    await b.renew();
    expect(b.isLeader).toBe(true);
    expect(api.objects.get(LEASE).spec.leaseTransitions).toBe(2);
  });

  it('goes to one of two that want it at once', async () => {
    const replicas = ['a', 'b', 'c'].map(replica);
    await Promise.all(replicas.map((each) => each.renew()));
    expect(replicas.filter(({ isLeader }) => isLeader)).toHaveLength(1);
  });

  it('is given back at the end', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await a.renew();
    await a.release();
    expect(holder()).toBe('');
    await b.renew();
    expect([a.isLeader, b.isLeader]).toEqual([false, true]);
    await a.release();
    expect(holder()).toBe('b');
  });

  it('ends by itself when the API server is away', async () => {
    const a = replica('a');
    await a.renew();
    api.brokenStatus = 500;
    await expect(a.renew()).rejects.toThrow('500');
    expect(a.isLeader).toBe(true);
    await clock.advance(15_000);
    expect(a.isLeader).toBe(false);
  });
});
