import { expect, it } from 'vitest';
import { createStore } from '../../src/storage/registry.ts';
import { OPTIONS_ID, snapshotOf } from './snapshots.ts';

const OPTIONS = { storage: 'memory', redisAddr: '', redisDb: 0, redisTtlSeconds: 60 } as const;

it('keeps the last snapshot of each workload', async () => {
  const store = await createStore(OPTIONS);
  await store.put(snapshotOf('my-api', '2026-01-01T00:00:00.000Z'));
  await store.put(snapshotOf('my-api', '2026-01-01T00:01:00.000Z'));
  await store.put(snapshotOf('shop/my-api'));

  expect(await store.get('my-api', OPTIONS_ID)).toEqual(
    snapshotOf('my-api', '2026-01-01T00:01:00.000Z'),
  );
  expect(await store.get('shop/my-api', OPTIONS_ID)).toEqual(snapshotOf('shop/my-api'));
  expect(await store.get('other', OPTIONS_ID)).toBeNull();
});
