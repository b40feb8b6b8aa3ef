import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Exporter } from '../parts/exporter.ts';
import { FakeWall } from '../parts/faketime.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { METRIC } from './load.ts';

const STALE_AFTER_SECONDS = 6;
/** Between asking and comparing, on a busy machine. */
const SLACK_SECONDS = 3;
const QUICK = [
  '--step=2s',
  '--interval=1s',
  '--settle=1s',
  '--horizon=120s',
  '--lead-time=4s',
  `--stale-after=${STALE_AFTER_SECONDS}s`,
  '--window=20s',
  '--history=10m',
];

/** `fresh`, `stale`, or the status of an error; fails where an old forecast passes for fresh. */
async function stateOf(sidecar: Sidecar): Promise<string> {
  const askedSeconds = Date.now() / 1_000;
  const response = await fetch(`${sidecar.url}/forecast/current`);
  const snapshot = await response.json();
  if (!response.ok) return String(response.status);
  if (response.headers.has('x-kedastral-stale')) return 'stale';
  const ageSeconds = askedSeconds - Date.parse(snapshot.generatedAt) / 1_000;
  expect(ageSeconds).toBeLessThan(STALE_AFTER_SECONDS + SLACK_SECONDS);
  expect(ageSeconds).toBeGreaterThan(-STALE_AFTER_SECONDS - SLACK_SECONDS);
  return 'fresh';
}

const becomes = (sidecar: Sidecar, state: string) =>
  sidecar.until(`state ${state}`, async () => (await stateOf(sidecar)) === state);

describe('a sidecar whose clock is wrong', () => {
  it('never serves an old forecast as fresh, and is well again with its clock', async () => {
    const exporter = await Exporter.start(METRIC, 900);
    const prometheus = await Prometheus.start({ targets: [exporter.target] });
    await until('a scrape', async () => (await prometheus.query(METRIC)).length > 0);
    const source = [`--prom-url=${prometheus.url}`, `--prom-query=${METRIC}`, ...QUICK];
    const jumps = [-3600, 3600, -86_400, 86_400];
    const rigs = await Promise.all(
      jumps.map(async (seconds) => {
        const wall = new FakeWall();
        return { seconds, wall, sidecar: await Sidecar.start(source, wall.env) };
      }),
    );
    await Promise.all(
      rigs.map(async ({ seconds, wall, sidecar }) => {
        await becomes(sidecar, 'fresh');
        wall.offset(seconds);
        const code = seconds < 0 ? 'clock_behind' : 'clock_ahead';
        await sidecar.until(code, () => sidecar.errors('adapter', code));
        await becomes(sidecar, 'stale');
        wall.offset(0);
        await becomes(sidecar, 'fresh');
        expect(sidecar.program.exit).toBeNull();
        await sidecar.stop();
      }),
    );
    await prometheus.stop();
  }, 120_000);

  it('that stood still knows how old its forecast is', async () => {
    const exporter = await Exporter.start(METRIC, 900);
    const prometheus = await Prometheus.start({ targets: [exporter.target] });
    await until('a scrape', async () => (await prometheus.query(METRIC)).length > 0);
    const source = [`--prom-url=${prometheus.url}`, `--prom-query=${METRIC}`, ...QUICK];
    const sidecar = await Sidecar.start(source);
    await becomes(sidecar, 'fresh');
    sidecar.program.signal('SIGSTOP');
    const stoppedMs = performance.now();
    // Asked while it stands still, answered when it goes on.
    const asked = stateOf(sidecar);
    await until('the pause', () => performance.now() - stoppedMs > 12_000, 20_000);
    sidecar.program.signal('SIGCONT');
    await asked;
    await becomes(sidecar, 'fresh');
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  }, 60_000);
});

describe('a replica whose clock is ahead', () => {
  it.each([60, 3_600])(
    'by %d s keeps no lease: the others forecast, and it says why it is alone',
    async (seconds) => {
      const exporter = await Exporter.start(METRIC, 900);
      const prometheus = await Prometheus.start({ targets: [exporter.target] });
      const redis = await Redis.start();
      await until('a scrape', async () => (await prometheus.query(METRIC)).length > 0);
      const source = [`--prom-url=${prometheus.url}`, `--prom-query=${METRIC}`, ...QUICK];
      const args = [...source, '--storage=redis', `--redis-addr=${redis.address}`];
      const wall = new FakeWall();
      wall.offset(seconds);
      const ahead = await Sidecar.start(args, wall.env);
      await ahead.until('it is refused', () => ahead.errors('store', 'store_clock'));
      const others = [await Sidecar.start(args), await Sidecar.start(args)];
      const roles = () =>
        Promise.all(others.map((one) => one.metric('kedastral_replica_role', { role: 'writer' })));
      for (const one of others) await becomes(one, 'fresh');
      for (let looks = 0; looks < 20; looks++) {
        for (const one of others) expect(await stateOf(one)).toBe('fresh');
        await delay(250);
      }
      await until('one of them writes', async () => (await roles()).join().match(/^(0,1|1,0)$/));
      expect(await ahead.metric('kedastral_replica_role', { role: 'alone' })).toBe(1);
      expect(await ahead.errors('adapter', 'clock_ahead')).toBeGreaterThan(0);
      expect(ahead.log.some(({ code }) => code === 'store_clock')).toBe(true);
      await Promise.all([ahead, ...others, prometheus, redis].map((one) => one.stop()));
    },
    60_000,
  );
});

describe('an exporter that dies', () => {
  it('lowers nothing, unless up-query says that it lives', async () => {
    const exporter = await Exporter.start(METRIC, 1_000);
    const labels = { job: 'tests', instance: exporter.target };
    const newest = Math.floor(Date.now() / 1_000) - 2;
    const samples = Array.from({ length: 300 }, (_, i) => {
      return [newest - 2 * (299 - i), 1_000 + (i % 7)] as const;
    });
    const prometheus = await Prometheus.start({
      targets: [exporter.target],
      backfill: [{ metric: METRIC, labels, samples }],
    });
    const query = `${METRIC}{job="tests"}`;
    const source = [`--prom-url=${prometheus.url}`, `--prom-query=${query}`, ...QUICK];
    const [unsure, sure] = await Promise.all([
      Sidecar.start(source),
      Sidecar.start([...source, '--up-query=up{job="tests"}']),
    ]);
    await Promise.all([becomes(unsure, 'fresh'), becomes(sure, 'fresh')]);
    const before = await unsure.json('/forecast/current');
    expect(before.desiredReplicas[0]).toBeGreaterThan(4);

    exporter.value = 0;
    await unsure.until('the doubt', () => unsure.errors('features', 'sample_doubtful'));
    await becomes(unsure, 'stale');
    const rejected = await unsure.metric('kedastral_samples_rejected_total', { reason: 'zero' });
    expect(rejected).toBeGreaterThan(0);
    const { served } = await unsure.json('/forecast/explain');
    expect(served).toMatchObject({ state: 'held' });
    expect(served.replicas).toBeGreaterThanOrEqual(before.desiredReplicas[0]);

    await sure.until('zero is believed', async () => {
      const { desiredReplicas } = await sure.json('/forecast/current');
      return (await stateOf(sure)) === 'fresh' && desiredReplicas[0] === 2;
    });
    await Promise.all([unsure.stop(), sure.stop(), prometheus.stop()]);
  }, 90_000);
});
