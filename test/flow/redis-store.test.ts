import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createStore, type StoreOptions } from '../../src/storage/registry.ts';
import type { Store } from '../../src/storage/store.ts';
import { freePort } from '../parts/ports.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Redis } from '../parts/redis.ts';
import { until } from '../parts/until.ts';
import { OPTIONS_ID, snapshotOf, snapshots } from '../storage/snapshots.ts';
import { stored } from '../storage/stored.ts';

const SNAPSHOT = snapshotOf('shop/my-api');
const KEY = 'kedastral:v1:shop/my-api';
const SECRET = 'correct-horse';

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(redisAddr: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const defaults = { storage: 'redis', redisAddr, redisDb: 0, redisTtlSeconds: 60 } as const;
  const store = await createStore({ ...defaults, ...options });
  stores.push(store);
  return store;
}

async function faultOf(task: Promise<unknown>): Promise<{ code: string; message: string }> {
  const fault = await task.then(
    () => null,
    (thrown) => thrown,
  );
  expect(fault).toMatchObject({ name: 'KedastralError', component: 'store' });
  expect(fault).not.toHaveProperty('cause');
  expect(JSON.stringify(fault) + fault.message).not.toContain(SECRET);
  return fault;
}

describe('RedisStore', () => {
  it('gives back each snapshot as it was put', async () => {
    const redis = await Redis.start();
    const writer = await open(redis.address);
    const reader = await open(redis.address);
    let generation = 0;
    await fc.assert(
      fc.asyncProperty(snapshots, async (any) => {
        const snapshot = { ...any, optionsId: `${generation++}` };
        expect(await writer.put(snapshot)).toBe(snapshot);
        expect(await stored(reader, snapshot.workload, snapshot.optionsId)).toEqual(snapshot);
      }),
    );
  });

  it.each(['$-1', ':1', '+OK'])(
    'takes no answer %s of a proxy for one of Redis',
    async (answer) => {
      const proxy = createServer((socket) => {
        socket.on('data', () => socket.write(`${answer}\r\n`)).on('error', () => undefined);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as AddressInfo;
      const store = await open(`127.0.0.1:${port}`);
      const replica = { workload: 'my-api', optionsId: OPTIONS_ID, token: 'a' };
      const term = { nowMs: 0, lastsMs: 1_000 };
      for (const task of [
        store.put(SNAPSHOT),
        store.turn(replica, null, term),
        store.replaceNote('my-api', 'override', null, '{}', 1_000),
      ]) {
        expect((await faultOf(task)).code).toBe('store_unreachable');
      }
      proxy.close();
    },
  );

  it('writes the last snapshot of a workload, and that of its options', async () => {
    const redis = await Redis.start();
    const store = await open(redis.address, { redisTtlSeconds: 100 });
    await store.put(SNAPSHOT);
    await store.put(snapshotOf('my-api'));

    const keys = (await redis.command('KEYS', '*')).split('\n').sort();
    const generations = [`kedastral:v1:/my-api:${OPTIONS_ID}`, `${KEY}:${OPTIONS_ID}`];
    expect(keys).toEqual(['kedastral:v1:/my-api', KEY, ...generations].sort());
    expect(JSON.parse(await redis.command('GET', KEY))).toEqual(SNAPSHOT);
    for (const key of keys) {
      const leftMs = Number(await redis.command('PTTL', key));
      expect(leftMs).toBeGreaterThan(90_000);
      expect(leftMs).toBeLessThanOrEqual(100_000);
    }
  });

  it('knows nothing after the time to live', async () => {
    const redis = await Redis.start();
    const store = await open(redis.address, { redisTtlSeconds: 1 });
    await store.put(SNAPSHOT);
    expect(await stored(store, 'shop/my-api')).toEqual(SNAPSHOT);
    await until('the snapshot is gone', async () => (await stored(store, 'shop/my-api')) === null);
  });

  it('fails fast while Redis is away, and goes on when it is back', async () => {
    const redis = await Redis.start();
    const store = await open(redis.address);
    await store.put(SNAPSHOT);

    await redis.stop();
    const startMs = performance.now();
    for (let i = 0; i < 5; i++) {
      const fault = await faultOf(store.put(SNAPSHOT));
      expect(fault.code).toBe('store_unreachable');
    }
    expect(performance.now() - startMs).toBeLessThan(1_500);
    const { message } = await faultOf(stored(store, 'shop/my-api'));
    expect(message).toContain(redis.address);

    await redis.startAgain();
    await until('a snapshot is stored again', () =>
      store.put(SNAPSHOT).then(
        () => true,
        () => false,
      ),
    );
    expect(await stored(store, 'shop/my-api')).toEqual(SNAPSHOT);
  });

  it('starts before Redis does', async () => {
    const port = await freePort();
    const store = await open(`127.0.0.1:${port}`);
    const fault = await faultOf(stored(store, 'my-api'));
    expect(fault).toMatchObject({
      code: 'store_unreachable',
      message: `Redis at 127.0.0.1:${port}, database 0: ECONNREFUSED`,
    });
  });

  it('gives up on a server that accepts and then says nothing', async () => {
    const redis = await Redis.start();
    const store = await open(redis.address);
    await store.put(SNAPSHOT);
    await redis.command('CLIENT', 'PAUSE', '5000', 'ALL');
    const startMs = performance.now();
    const fault = await faultOf(store.put(SNAPSHOT));
    expect(fault.message).toContain('no answer within 1000 ms');
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it.each([
    ['a wrong password', { redisPassword: 'wrong-battery' }, 'WRONGPASS'],
    ['no password', {}, 'NOAUTH'],
  ])('says so of %s', async (_what, options, reason) => {
    const redis = await Redis.start({ password: SECRET });
    const store = await open(redis.address, options);
    const fault = await faultOf(store.put(SNAPSHOT));
    expect(fault.code).toBe('store_unreachable');
    expect(fault.message).toContain(reason);
    expect(fault.message).not.toContain('wrong-battery');
  });

  it('takes the password from an option, a file or the URL', async () => {
    const redis = await Redis.start({ password: SECRET });
    const file = join(temporaryFolder(), 'password');
    await writeFile(file, `${SECRET}\n`);
    for (const [address, options] of [
      [redis.address, { redisPassword: SECRET }],
      [redis.address, { redisPasswordFile: file }],
      [`redis://default:${SECRET}@${redis.address}`, {}],
      [`redis://default:wrong@${redis.address}`, { redisPassword: SECRET }],
      [`redis://:${SECRET}@${redis.address}`, {}],
    ] as const) {
      const store = await open(address, options);
      await store.put(SNAPSHOT);
      expect(await stored(store, 'shop/my-api')).toEqual(SNAPSHOT);
    }
  });

  it('refuses a password file that is not there', async () => {
    const opening = open('127.0.0.1:1', { redisPasswordFile: '/no/such/file' });
    expect((await faultOf(opening)).code).toBe('option_invalid');
  });

  it('keeps databases apart', async () => {
    const redis = await Redis.start();
    const first = await open(redis.address, { redisDb: 3 });
    await first.put(SNAPSHOT);
    expect(await stored(await open(redis.address, { redisDb: 4 }), 'shop/my-api')).toBeNull();
    expect(await stored(await open(`redis://${redis.address}/3`), 'shop/my-api')).toEqual(SNAPSHOT);
    expect(await redis.command('-n', '3', 'DBSIZE')).toBe('2');
  });

  it('stores nothing in database 0 when its own is not there', async () => {
    const redis = await Redis.start();
    const store = await open(redis.address, { redisDb: 99 });
    const fault = await faultOf(store.put(SNAPSHOT));
    expect(fault).toMatchObject({
      code: 'store_unreachable',
      message: `Redis at ${redis.address}, database 99: ERR`,
    });
    expect(await redis.command('DBSIZE')).toBe('0');
  });

  it('says so of a value that is not a snapshot', async () => {
    const redis = await Redis.start();
    const key = `kedastral:v1:/my-api:${OPTIONS_ID}`;
    await redis.command('SET', key, '1 1\n{"workload":"my-api"}');
    const store = await open(redis.address);
    expect((await faultOf(stored(store, 'my-api'))).code).toBe('store_value');
  });
});
