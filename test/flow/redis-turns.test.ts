import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { REPLACE_NOTE } from '../../src/storage/redis-scripts.ts';
import { createStore } from '../../src/storage/registry.ts';
import type { SnapshotOrder, Store } from '../../src/storage/store.ts';
import { Redis } from '../parts/redis.ts';
import { until } from '../parts/until.ts';
import { OPTIONS_ID, snapshotOf } from '../storage/snapshots.ts';
import { stored } from '../storage/stored.ts';

const WORKLOAD = 'shop/my-api';
const KEY = `kedastral:v1:${WORKLOAD}`;
const T0 = 1_700_000_000;

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open({ address }: Redis): Promise<Store> {
  const options = { storage: 'redis', redisAddr: address, redisDb: 0 } as const;
  const store = await createStore({ ...options, redisTtlSeconds: 60 });
  stores.push(store);
  return store;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const madeAt = (second: number, cutoff = Math.floor(second / 60) * 60): Snapshot => ({
  ...snapshotOf(WORKLOAD, iso(T0 + second)),
  cutoff: iso(T0 + cutoff),
  id: `${cutoff} ${second}`,
});
const orderOf = (snapshot: Snapshot): SnapshotOrder => ({
  cutoffSeconds: Date.parse(snapshot.cutoff) / 1000,
  generatedAtSeconds: Date.parse(snapshot.generatedAt) / 1000,
});
const replica = (token: string, optionsId = OPTIONS_ID) => ({
  workload: WORKLOAD,
  optionsId,
  token,
});

const lease = (lastsMs = 60_000, offMs = 0) => ({ nowMs: Date.now() + offMs, lastsMs });

describe('a snapshot in Redis', () => {
  it('is the newest by cutoff, then by tick, in whatever order writers come', async () => {
    const redis = await Redis.start();
    const writers = [await open(redis), await open(redis), await open(redis)];
    const seconds = fc.integer({ min: 0, max: 600 });
    const puts = fc.array(fc.tuple(seconds, seconds, fc.nat(2)), { minLength: 1, maxLength: 12 });
    let generation = 0;
    const run = async (rows: readonly (readonly [number, number, number])[]) => {
      const optionsId = `${generation++}`;
      await redis.command('DEL', KEY);
      const made = rows.map(([at, cutoff]) => ({ ...madeAt(at, cutoff), optionsId }));
      const standing = await Promise.all(
        made.map((snapshot, i) => (writers[rows[i]?.[2] ?? 0] as Store).put(snapshot)),
      );
      const order = (one: Snapshot) => `${one.cutoff} ${one.generatedAt}`;
      const newest = made.map(order).sort().at(-1);
      const kept = await stored(writers[0] as Store, WORKLOAD, optionsId);
      expect(kept && order(kept)).toBe(newest);
      expect(JSON.parse(await redis.command('GET', KEY))).toEqual(kept);
      standing.forEach((one, i) => {
        expect(order(one) >= order(made[i] as Snapshot)).toBe(true);
      });
    };
    await fc.assert(fc.asyncProperty(puts, run), { numRuns: 40 });
  });

  it('stays when another comes of the same tick: the first one stands for all', async () => {
    const redis = await Redis.start();
    const [one, two] = [await open(redis), await open(redis)];
    const first = { ...madeAt(30), id: 'first' };
    const second = { ...madeAt(30), id: 'second' };
    expect(await one.put(first)).toEqual(first);
    expect(await two.put(second)).toEqual(first);
    expect(await stored(one, WORKLOAD)).toEqual(first);
  });

  it('lives beside that of other options', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    const others = { ...madeAt(90), optionsId: 'cafe' };
    await store.put(others);
    await store.put(madeAt(30));
    expect(await stored(store, WORKLOAD, 'cafe')).toEqual(others);
    expect(await stored(store, WORKLOAD)).toEqual(madeAt(30));
    expect(JSON.parse(await redis.command('GET', KEY))).toEqual(others);
  });

  it('is refused from the future, and gives way when that future is no more', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    const [nowSeconds] = (await redis.command('TIME')).split('\n').map(Number);
    const ahead = (nowSeconds ?? 0) + 3600 - T0;
    await expect(store.put(madeAt(ahead))).rejects.toMatchObject({ code: 'store_clock' });
    expect(await stored(store, WORKLOAD)).toBeNull();

    const head = `${(T0 + ahead) * 1000} ${(T0 + ahead) * 1000}`;
    const text = JSON.stringify(madeAt(ahead));
    await redis.command('SET', `${KEY}:${OPTIONS_ID}`, `${head}\n${text}`);
    await redis.command('SET', KEY, text);
    expect(await store.turn(replica('a'), null, lease(1_000))).toEqual({ kind: 'lead' });
    expect(await store.put(madeAt(30))).toEqual(madeAt(30));
    expect(await stored(store, WORKLOAD)).toEqual(madeAt(30));
    expect(JSON.parse(await redis.command('GET', KEY))).toEqual(madeAt(30));
  });
});

describe('a turn in Redis', () => {
  it('gives the lease to one of many, and a newer snapshot to whoever has none', async () => {
    const redis = await Redis.start();
    const all = await Promise.all(Array.from({ length: 5 }, () => open(redis)));
    const ask = (newerThan: SnapshotOrder | null) =>
      Promise.all(all.map((store, i) => store.turn(replica(`${i}`), newerThan, lease(10_000))));
    const kinds = (await ask(null)).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['lead', 'wait', 'wait', 'wait', 'wait']);
    expect((await ask(null)).map(({ kind }) => kind)).toEqual(kinds);

    const snapshot = madeAt(30);
    await all[kinds.indexOf('lead')]?.put(snapshot);
    for (const before of [null, orderOf(madeAt(0)), orderOf(madeAt(20, 0))]) {
      for (const turn of await ask(before)) expect(turn).toEqual({ kind: 'newer', snapshot });
    }
    expect((await ask(orderOf(snapshot))).map(({ kind }) => kind)).toEqual(kinds);
    expect((await ask(orderOf(madeAt(60)))).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('is for another when the lease ends, or is given back by who has it', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    const kind = async (token: string, leaseMs = 60_000) =>
      (await store.turn(replica(token), null, lease(leaseMs))).kind;
    expect(await kind('a', 300)).toBe('lead');
    expect(await kind('b')).toBe('wait');
    await until('the lease has ended', async () => (await kind('b')) === 'lead');
    await store.release(replica('a'));
    expect(await kind('a')).toBe('wait');
    await store.release(replica('b'));
    expect(await kind('a')).toBe('lead');
    expect(await kind('a', 5_000)).toBe('lead');
    const leftMs = Number(await redis.command('PTTL', `${KEY}:${OPTIONS_ID}:lease`));
    expect(leftMs).toBeLessThanOrEqual(5_000);
  });

  it.each([31_000, 3_600_000, -31_000, -86_400_000])(
    'is not for a clock that is %d ms off, which gives back what it has',
    async (offMs) => {
      const redis = await Redis.start();
      const store = await open(redis);
      const snapshot = madeAt(30);
      const known = orderOf(snapshot);
      const ask = (token: string, off: number) =>
        store.turn(replica(token), known, lease(60_000, off));
      const refused = { code: 'store_clock', component: 'store' };
      await expect(ask('off', offMs)).rejects.toMatchObject(refused);
      expect(await ask('a', 25_000)).toEqual({ kind: 'lead' });
      await expect(ask('off', offMs)).rejects.toMatchObject(refused);
      expect(await ask('b', -25_000)).toEqual({ kind: 'wait', holder: 'a' });
      await expect(ask('a', offMs)).rejects.toMatchObject(refused);
      expect(await ask('b', 0)).toEqual({ kind: 'lead' });
      await store.put(snapshot);
      const newer = await store.turn(replica('off'), null, lease(60_000, offMs));
      expect(newer).toEqual({ kind: 'newer', snapshot });
    },
  );

  it('is of the replicas with the same options alone', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    await store.put(madeAt(30));
    expect(await store.turn(replica('a', 'cafe'), null, lease())).toEqual({ kind: 'lead' });
    expect(await store.turn(replica('b', 'cafe'), null, lease())).toEqual({
      kind: 'wait',
      holder: 'a',
    });
    const known = orderOf(madeAt(30));
    expect(await store.turn(replica('c'), known, lease())).toEqual({ kind: 'lead' });
  });

  it('survives a flush of the scripts and of the data', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    await store.put(madeAt(30));
    await redis.command('SCRIPT', 'FLUSH');
    expect((await store.turn(replica('a'), null, lease())).kind).toBe('newer');
    await redis.command('FLUSHALL');
    expect((await store.turn(replica('b'), null, lease())).kind).toBe('lead');
    expect(await store.put(madeAt(0))).toEqual(madeAt(0));
  });

  it('fails on a Redis that does not take writes, and goes on when it does', async () => {
    const redis = await Redis.start();
    const store = await open(redis);
    const lead = () => store.turn(replica('a'), null, lease());
    expect(await lead()).toEqual({ kind: 'lead' });
    for (const [spoil, mend, reason] of [
      ['REPLICAOF 127.0.0.1 1', 'REPLICAOF NO ONE', 'READONLY'],
      ['CONFIG SET maxmemory 1', 'CONFIG SET maxmemory 0', 'OOM'],
    ] as const) {
      await redis.command(...spoil.split(' '));
      const message = expect.stringContaining(reason);
      await expect(store.put(madeAt(30))).rejects.toMatchObject({ message });
      await redis.command(...mend.split(' '));
      const works = () =>
        lead()
          .then(() => true)
          .catch(() => false);
      await until('Redis takes writes again', works);
    }
  });
});

it('keeps a note beside the snapshots, for a while', async () => {
  const redis = await Redis.start();
  const [one, two] = [await open(redis), await open(redis)];
  expect(await two.note(WORKLOAD, 'override')).toBeNull();
  const write = (store: Store, expected: string | null, text: string) =>
    store.replaceNote(WORKLOAD, 'override', expected, text, 60_000);
  expect(await write(one, null, '{"atLeast":7}')).toBe(true);
  expect(await write(two, null, '{"atLeast":8}')).toBe(false);
  expect(await two.note(WORKLOAD, 'override')).toBe('{"atLeast":7}');
  expect(await two.note('my-api', 'override')).toBeNull();
  expect(Number(await redis.command('PTTL', `${KEY}:override`))).toBeGreaterThan(50_000);
  expect(await write(two, '{"atLeast":7}', '{"atLeast":8}')).toBe(true);
  expect(await one.note(WORKLOAD, 'override')).toBe('{"atLeast":8}');
});

it('does not write a note that comes after its sender has given up', async () => {
  const redis = await Redis.start();
  const nowMs = 1_000 * Number((await redis.command('TIME')).split('\n')[0]);
  const write = (text: string, endMs: number) =>
    redis.command('EVAL', REPLACE_NOTE, '1', `${KEY}:override`, '', text, '60000', `${endMs}`);
  expect(await write('late', nowMs - 1)).toBe('late');
  expect(await redis.command('EXISTS', `${KEY}:override`)).toBe('0');
  expect(await write('in time', nowMs + 60_000)).toBe('kept');
  expect(await redis.command('GET', `${KEY}:override`)).toBe('in time');
});
