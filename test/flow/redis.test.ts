import { beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../parts/certificates.ts';
import { freePort } from '../parts/ports.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { backfilled, METRIC } from './load.ts';

const PASSWORD = 'password-of-the-test-0123456789';
const WORKLOAD = 'shop/my-api';
const KEY = `kedastral:v1:${WORKLOAD}`;

describe('sidecars that share a real Redis', () => {
  let prometheus: Prometheus;
  beforeAll(async () => {
    prometheus = await Prometheus.start({ backfill: [backfilled(60, 600)] });
  });

  const args = (redis: { address: string }, promUrl = prometheus.url, query = METRIC) => [
    `--workload=${WORKLOAD}`,
    '--interval=1s',
    `--prom-url=${promUrl}`,
    `--prom-query=${query}`,
    '--storage=redis',
    `--redis-addr=${redis.address}`,
  ];
  const storeFails = (sidecar: Sidecar) =>
    sidecar.until('the error is counted', () => sidecar.errors('store', 'store_unreachable'));

  it('store what they serve, and serve after a restart what was stored', async () => {
    const redis = await Redis.start();
    const writer = await Sidecar.start(args(redis));
    const served = await writer.forecast();
    const stored = await writer.until('a stored snapshot', () => redis.command('GET', KEY));
    expect(Object.keys(JSON.parse(stored)).sort()).toEqual(Object.keys(served).sort());
    await writer.kill();

    const unreachable = `http://127.0.0.1:${await freePort()}`;
    const last = JSON.parse(await redis.command('GET', KEY));
    const reader = await Sidecar.start(args(redis, unreachable));
    expect(await reader.forecast()).toEqual(last);
    await reader.stop();
  });

  it.each([
    ['plan', ['--target-per-pod=10'], METRIC],
    ['query', [], `2 * ${METRIC}`],
  ])('do not take the snapshot of a sidecar with another %s', async (_what, more, query) => {
    const redis = await Redis.start();
    const writer = await Sidecar.start([...args(redis, prometheus.url, query), ...more]);
    await writer.until('a stored snapshot', () => redis.command('GET', KEY));
    await writer.stop();

    const unreachable = `http://127.0.0.1:${await freePort()}`;
    const reader = await Sidecar.start(args(redis, unreachable));
    await reader.until('a failed tick', async () => {
      const { error } = await reader.json('/forecast/current');
      return error?.message.includes('tick failed');
    });
    expect((await fetch(`${reader.url}/forecast/current`)).status).toBe(503);
    await reader.stop();
  });

  it('give the same answer at the same time', async () => {
    const redis = await Redis.start();
    const [one, two] = [await Sidecar.start(args(redis)), await Sidecar.start(args(redis))];
    await Promise.all([one.forecast(), two.forecast()]);
    const bodies = await one.until('the same tick in force', async () => {
      const [a, b] = await Promise.all([
        one.text('/forecast/current'),
        two.text('/forecast/current'),
      ]);
      return JSON.parse(a).generatedAt === JSON.parse(b).generatedAt ? [a, b] : null;
    });
    expect(bodies[0]).toBe(bodies[1]);
    await Promise.all([one.stop(), two.stop()]);
  });

  it('let a snapshot expire, and serve on from memory', async () => {
    const redis = await Redis.start();
    const rare = args(redis).filter((arg) => !arg.startsWith('--interval='));
    const sidecar = await Sidecar.start([...rare, '--redis-ttl=1s', '--interval=30s']);
    await sidecar.forecast();
    await sidecar.until(
      'an expired snapshot',
      async () => (await redis.command('GET', KEY)) === '',
    );
    expect((await fetch(`${sidecar.url}/forecast/current`)).status).toBe(200);
    await sidecar.stop();
  });

  it('serve on while Redis restarts, and store again when it is back', async () => {
    const redis = await Redis.start();
    const sidecar = await Sidecar.start(args(redis));
    await sidecar.forecast();
    await redis.stop();
    await storeFails(sidecar);
    const during = await sidecar.forecast();
    await sidecar.until('a newer snapshot, without Redis', async () => {
      const { generatedAt } = await sidecar.json('/forecast/current');
      return generatedAt > during.generatedAt;
    });

    await redis.startAgain();
    await sidecar.until('a stored snapshot', () => redis.command('GET', KEY));
    expect(sidecar.program.exit).toBeNull();
    await sidecar.stop();
  });

  it('serve with a wrong password too, count it, and never show it', async () => {
    const redis = await Redis.start({ password: 'another' });
    const sidecar = await Sidecar.start([...args(redis), '--log-level=debug'], {
      REDIS_PASSWORD: PASSWORD,
    });
    await sidecar.forecast();
    await storeFails(sidecar);
    await sidecar.stop();
    expect(sidecar.program.output).toContain('WRONGPASS');
    expect(sidecar.program.output).not.toContain(PASSWORD);
    expect(sidecar.log.length).toBeGreaterThan(2);
    expect(await redis.command('DBSIZE')).toBe('0');
  });

  it('speak TLS to a rediss:// address, with a password in the URL', async () => {
    const tls = await makeCertificates();
    const redis = await Redis.start({ tls, password: PASSWORD });
    const address = `rediss://:${PASSWORD}@localhost:${redis.port}/3`;
    const sidecar = await Sidecar.start([...args({ address }), '--log-level=debug'], {
      NODE_EXTRA_CA_CERTS: tls.caFile,
    });
    const stored = await sidecar.until('a stored snapshot', () =>
      redis.command('-n', '3', 'GET', KEY),
    );
    expect(JSON.parse(stored).workload).toBe(WORKLOAD);
    await sidecar.stop();
    expect(sidecar.program.output).not.toContain(PASSWORD);
  });

  it('refuse a server that nobody vouches for', async () => {
    const tls = await makeCertificates();
    const redis = await Redis.start({ tls });
    const address = `rediss://localhost:${redis.port}`;
    const sidecar = await Sidecar.start(args({ address }));
    await storeFails(sidecar);
    expect(await redis.command('DBSIZE')).toBe('0');
    await sidecar.stop();
  });
});
