import { beforeAll, describe, expect, it } from 'vitest';
import { page } from '../house/pages.ts';
import { CountingProxy } from '../parts/counting-proxy.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { backfilled, METRIC } from './load.ts';

const WORKLOAD = 'shop/my-api';
const INTERVAL_SECONDS = 2;

/** A replica with a proxy of its own before Prometheus, which counts what it asks. */
interface Counted {
  readonly sidecar: Sidecar;
  readonly proxy: CountingProxy;
}

describe('replicas that share a real Redis', () => {
  let prometheus: Prometheus;
  beforeAll(async () => {
    prometheus = await Prometheus.start({ backfill: [backfilled(60, 600)] });
  });

  const args = (promUrl: string, more: readonly string[] = []) => [
    `--workload=${WORKLOAD}`,
    `--interval=${INTERVAL_SECONDS}s`,
    `--prom-url=${promUrl}`,
    `--prom-query=${METRIC}`,
    ...more,
  ];

  async function counted(redis: Redis | null, more: readonly string[] = []): Promise<Counted> {
    const proxy = await CountingProxy.start(prometheus.url);
    const store = redis ? ['--storage=redis', `--redis-addr=${redis.address}`] : [];
    const sidecar = await Sidecar.start(args(proxy.url, [...store, ...more]));
    return { sidecar, proxy };
  }

  const start = async (count: number, redis: Redis) => {
    const all = await Promise.all(Array.from({ length: count }, () => counted(redis)));
    await Promise.all(all.map(({ sidecar }) => sidecar.forecast(60_000)));
    return all;
  };
  const stop = (all: readonly Counted[]) => Promise.all(all.map(({ sidecar }) => sidecar.stop()));
  const inRole = async (all: readonly Counted[], role: string) => {
    const labels = { role };
    const are = await Promise.all(
      all.map(({ sidecar }) => sidecar.metric('kedastral_replica_role', labels)),
    );
    return all.filter((_, i) => are[i] === 1);
  };

  /** Looks at everyone for some ticks: one tick, one answer. Returns the ticks seen. */
  async function agree(all: readonly Counted[], ticks: number): Promise<string[]> {
    const bodies = new Map<string, string>();
    await until(
      `${ticks} ticks`,
      async () => {
        for (const { sidecar } of all) {
          const body = await sidecar.text('/forecast/current');
          const { generatedAt } = JSON.parse(body);
          expect(body).toBe(bodies.get(generatedAt) ?? body);
          bodies.set(generatedAt, body);
        }
        return bodies.size > ticks;
      },
      60_000,
    );
    return [...bodies.keys()].sort();
  }

  it('cost the queries of one and the commands that are promised', async () => {
    const redis = await Redis.start();
    const all = await start(4, redis);
    await until('one writer', async () => (await inRole(all, 'writer')).length === 1);
    const [writer] = (await inRole(all, 'writer')) as [Counted];
    const commands = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1]);
    const before = { queries: all.map(({ proxy }) => proxy.requests), commands: await commands() };
    const startMs = performance.now();
    await agree(all, 6);
    const ticks = (performance.now() - startMs) / (INTERVAL_SECONDS * 1000);
    for (const [i, { sidecar, proxy }] of all.entries()) {
      const asked = proxy.requests - (before.queries[i] ?? 0);
      if (sidecar !== writer.sidecar) expect(asked).toBe(0);
      else expect(Math.abs(asked - ticks)).toBeLessThanOrEqual(2);
    }
    // Two of the writer and one of each other; a machine that is slow may need another look.
    const looked = (await commands()) - before.commands;
    expect(looked).toBeGreaterThan(3 * (ticks - 2));
    expect(looked).toBeLessThanOrEqual(2 * 5 * (ticks + 1));
    const ids = all.map(({ sidecar }) => sidecar.metric('kedastral_snapshot_fingerprint'));
    expect((await Promise.all(ids)).every((id) => id > 0)).toBe(true);
    await stop(all);
  });

  it('have another writer at the tick after the writer was killed', async () => {
    const redis = await Redis.start();
    const all = await start(3, redis);
    await until('one writer', async () => (await inRole(all, 'writer')).length === 1);
    const [killed] = (await inRole(all, 'writer')) as [Counted];
    const rest = all.filter((replica) => replica !== killed);
    await killed.sidecar.kill();
    const key = `kedastral:v1:${WORKLOAD}`;
    const last = Date.parse(JSON.parse(await redis.command('GET', key)).generatedAt);
    const next = await until('a newer snapshot', async () => {
      const made = Date.parse(JSON.parse(await redis.command('GET', key)).generatedAt);
      return made > last ? made : null;
    });
    expect(next - last).toBeLessThanOrEqual(2 * INTERVAL_SECONDS * 1000);
    await agree(rest, 4);
    expect(await inRole(rest, 'writer')).toHaveLength(1);
    expect(await inRole(rest, 'reader')).toHaveLength(1);
    await stop(rest);
  });

  it.each([
    ['is gone', (redis: Redis) => redis.stop(), (redis: Redis) => redis.startAgain()],
    ['hangs', async (redis: Redis) => redis.freeze(), async (redis: Redis) => redis.thaw()],
    [
      'takes no writes',
      (redis: Redis) => redis.command('REPLICAOF', '127.0.0.1', '1'),
      (redis: Redis) => redis.command('REPLICAOF', 'NO', 'ONE'),
    ],
    [
      'is full',
      (redis: Redis) => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
      (redis: Redis) => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
    ],
  ])('forecast alone while Redis %s, the same, and together again', async (_what, spoil, mend) => {
    const redis = await Redis.start();
    const all = await start(3, redis);
    await spoil(redis);
    await until('all are alone', async () => (await inRole(all, 'alone')).length === 3, 40_000);
    const before = all.map(({ proxy }) => proxy.requests);
    await agree(all, 4);
    all.forEach(({ proxy }, i) => {
      expect(proxy.requests).toBeGreaterThan(before[i] as number);
    });
    await mend(redis);
    await until('all are together', async () => (await inRole(all, 'alone')).length === 0, 40_000);
    await agree(all, 4);
    expect(await inRole(all, 'writer')).toHaveLength(1);
    for (const { sidecar } of all) {
      const said = sidecar.log.filter(({ msg }) => String(msg).includes('store'));
      expect(said.map(({ msg }) => msg)).toEqual([
        'no shared store, forecasting alone',
        'shared store again',
      ]);
      expect(await sidecar.errors('store', 'store_unreachable')).toBeGreaterThan(0);
    }
    await stop(all);
  });

  it('go on when Redis is flushed', async () => {
    const redis = await Redis.start();
    const all = await start(3, redis);
    for (let flush = 0; flush < 3; flush++) {
      await redis.command('FLUSHALL');
      await agree(all, 2);
    }
    expect(await inRole(all, 'alone')).toHaveLength(0);
    await stop(all);
  });

  it('of two sets of options live side by side, and none takes a stranger\u2019s', async () => {
    const redis = await Redis.start();
    const [one, two] = [['--target-per-pod=200'], ['--target-per-pod=50']];
    const olds = [await counted(redis, one), await counted(redis, one)];
    const news = [await counted(redis, two), await counted(redis, two)];
    await Promise.all([...olds, ...news].map(({ sidecar }) => sidecar.forecast(60_000)));
    await Promise.all([agree(olds, 4), agree(news, 4)]);
    const optionsOf = async (all: readonly Counted[]) => {
      const forecasts = await Promise.all(all.map(({ sidecar }) => sidecar.forecast()));
      return new Set(forecasts.map(({ optionsId }) => optionsId));
    };
    const [old, fresh] = [await optionsOf(olds), await optionsOf(news)];
    expect([old.size, fresh.size]).toEqual([1, 1]);
    expect([...old][0]).not.toBe([...fresh][0]);
    for (const generation of [olds, news]) {
      expect(await inRole(generation, 'writer')).toHaveLength(1);
      expect(await inRole(generation, 'reader')).toHaveLength(1);
    }
    await stop([...olds, ...news]);
  });

  it('that differ raise the alert of OPERATING.md, and replicas that agree do not', async () => {
    const text = page('manifests/OPERATING.md');
    const alert = /```promql\n([^`]*kedastral_snapshot_fingerprint[^`]*)```/.exec(text)?.[1] ?? '';
    const same = [await counted(null), await counted(null)];
    const targets = same.map(({ sidecar }) => sidecar.httpAddress);
    const watch = await Prometheus.start({ targets });
    const scraped = `count(kedastral_snapshot_fingerprint{workload="${WORKLOAD}"})`;
    const seen = async (server: Prometheus, count: number) =>
      until('all are scraped', async () => (await server.query(scraped))[0]?.value === count);
    await seen(watch, 2);
    for (let look = 0; look < 6; look++) {
      expect(await watch.query(alert)).toEqual([]);
      await agree(same, 1);
    }

    const other = await counted(null, ['--target-per-pod=50']);
    const all = await Prometheus.start({ targets: [...targets, other.sidecar.httpAddress] });
    await seen(all, 3);
    const raised = await until('the alert', async () => {
      const found = await all.query(alert);
      return found.length > 0 ? found : null;
    });
    expect(raised).toEqual([{ metric: { workload: WORKLOAD }, value: 2 }]);
    await stop([...same, other]);
  });
});
