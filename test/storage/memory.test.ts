import { expect, it } from 'vitest';
import { createStore } from '../../src/storage/registry.ts';
import { snapshotOf } from './snapshots.ts';

const OPTIONS = { storage: 'memory', redisAddr: '', redisDb: 0, redisTtlSeconds: 60 } as const;

it('lets its process lead, and what that makes stand', async () => {
  const store = await createStore(OPTIONS);
  const replica = { workload: 'my-api', optionsId: 'beef', token: 'a' };
  expect(store.isShared).toBe(false);
  expect(await store.turn(replica, null, { nowMs: 0, lastsMs: 1_000 })).toEqual({ kind: 'lead' });
  const snapshot = snapshotOf('my-api');
  expect(await store.put(snapshot)).toBe(snapshot);
});

it('keeps a note of each workload', async () => {
  const store = await createStore(OPTIONS);
  expect(await store.replaceNote('my-api', 'override', null, 'text', 1_000)).toBe(true);
  expect(await store.note('my-api', 'override')).toBe('text');
  expect(await store.note('shop/my-api', 'override')).toBeNull();
  expect(await store.replaceNote('my-api', 'override', null, 'other', 1_000)).toBe(false);
  expect(await store.replaceNote('my-api', 'override', 'text', 'more', 1_000)).toBe(true);
  expect(await store.note('my-api', 'override')).toBe('more');
});
