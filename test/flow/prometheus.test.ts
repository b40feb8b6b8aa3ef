import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Exporter } from '../parts/exporter.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { backfilled, demandAt, METRIC } from './load.ts';

const TWO_DAYS_OF_MINUTES = 2 * 24 * 60;

const source = (prometheus: Prometheus, query = METRIC) => [
  `--prom-url=${prometheus.url}`,
  `--prom-query=${query}`,
];

/** A grid of two seconds, so that staleness comes within seconds. */
const QUICK = [
  '--step=2s',
  '--interval=1s',
  '--settle=1s',
  '--horizon=120s',
  '--lead-time=4s',
  '--stale-after=10s',
  '--window=20s',
  '--history=10m',
];

describe('a sidecar on a real Prometheus', () => {
  let minutes: Prometheus;
  beforeAll(async () => {
    minutes = await Prometheus.start({ backfill: [backfilled(60, TWO_DAYS_OF_MINUTES)] });
  });

  it('uses all of two backfilled days in its first snapshot', async () => {
    const startMs = performance.now();
    const sidecar = await Sidecar.start(source(minutes));
    const snapshot = await sidecar.forecast();
    expect(performance.now() - startMs).toBeLessThan(30_000);

    const { points, missing } = snapshot.dataQuality;
    expect(points).toBeGreaterThan(TWO_DAYS_OF_MINUTES - 5);
    expect(missing).toBe(0);
    expect(snapshot.model).toEqual({ requested: 'auto', answered: 'auto', reason: '' });
    expect(snapshot.values).toHaveLength(30);
    const firstSeconds = Date.parse(snapshot.cutoff) / 1_000 + 60;
    const expected = demandAt(firstSeconds);
    expect(Math.abs(snapshot.values[0] - expected) / expected).toBeLessThan(0.05);
    await sidecar.stop();
  });

  it('plans after a restart what an unbroken run plans', async () => {
    const args = [...source(minutes), '--interval=2s', '--target-per-pod=33'];
    const [unbroken, restarted] = [await Sidecar.start(args), await Sidecar.start(args)];
    await restarted.forecast();
    await restarted.kill();
    const again = await Sidecar.start(args);
    const first = await again.forecast();
    const other = await unbroken.until('the same tick', async () => {
      const snapshot = await unbroken.forecast();
      return snapshot.id === first.id ? snapshot : null;
    });
    expect(first.desiredReplicas).toEqual(other.desiredReplicas);
    expect(first.values).toEqual(other.values);
    expect(first.plan).toEqual(other.plan);
    expect(first.desiredReplicas[0]).toBeGreaterThan(20);
    await Promise.all([unbroken.stop(), again.stop()]);
  });

  it('refuses a query of several series, and shows two of them but not the query', async () => {
    const samples = backfilled(60, 30).samples;
    const prometheus = await Prometheus.start({
      backfill: ['a', 'b', 'c'].map((pod) => ({ metric: METRIC, labels: { pod }, samples })),
    });
    const sidecar = await Sidecar.start(source(prometheus, `${METRIC} * 1.125`));
    const answer = await sidecar.until('a reason', async () => {
      const { error } = await sidecar.json('/forecast/current');
      return error?.message.includes('pod') ? error : null;
    });
    expect(answer.message).toContain('pod="a"');
    expect(answer.message).toContain('pod="b"');
    expect(answer.message).not.toContain('pod="c"');
    expect(sidecar.program.output + JSON.stringify(answer)).not.toContain('1.125');
    expect(await sidecar.errors('adapter', 'adapter_several_series')).toBeGreaterThan(0);
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });

  it('forecasts past one NaN in a good series', async () => {
    const { metric, samples } = backfilled(60, 600);
    const spoiled = samples.map(([t, v], i) => [t, i === 300 ? Number.NaN : v] as const);
    const prometheus = await Prometheus.start({ backfill: [{ metric, samples: spoiled }] });
    const sidecar = await Sidecar.start(source(prometheus));
    const snapshot = await sidecar.forecast();
    expect(snapshot.dataQuality).toMatchObject({ missing: 1 });
    expect(snapshot.desiredReplicas.length).toBe(30);
    expect(Math.min(...snapshot.desiredReplicas)).toBeGreaterThanOrEqual(4);
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });

  it('reads a history above the 11,000 points of one answer', async () => {
    const steps = 12_500;
    const prometheus = await Prometheus.start({ backfill: [backfilled(1, steps)] });
    const sidecar = await Sidecar.start([
      ...source(prometheus),
      '--step=1s',
      '--history=4h',
      '--horizon=10m',
    ]);
    const { dataQuality } = await sidecar.forecast();
    expect(dataQuality.points).toBeGreaterThan(steps - 60);
    expect(dataQuality.missing).toBe(0);
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });

  it('holds its snapshot while Prometheus is away, says so, and recovers', async () => {
    const exporter = await Exporter.start(METRIC, 900);
    const prometheus = await Prometheus.start({ targets: [exporter.target] });
    await until('a scrape', async () => (await prometheus.query(METRIC)).length > 0);
    const sidecar = await Sidecar.start([...source(prometheus), ...QUICK]);
    await sidecar.forecast();
    const errors = () => sidecar.errors('adapter', 'adapter_unreachable');
    expect(await errors()).toBe(0);

    await prometheus.stop();
    await sidecar.until('the error is counted', errors);
    const stale = await sidecar.until('the snapshot is stale', async () => {
      const response = await fetch(`${sidecar.url}/forecast/current`);
      return response.headers.get('x-kedastral-stale') === 'true' ? response.json() : null;
    });
    const held = await sidecar.json('/forecast/current');
    expect(held.id).toBe(stale.id);
    const age = await sidecar.metric('kedastral_forecast_age_seconds');
    expect(age).toBeGreaterThan(10);
    expect(sidecar.program.exit).toBeNull();
    expect((await fetch(`${sidecar.url}/readyz`)).status).toBe(200);

    await prometheus.startAgain();
    await sidecar.until('a fresh snapshot', async () => {
      const response = await fetch(`${sidecar.url}/forecast/current`);
      return response.ok && !response.headers.has('x-kedastral-stale');
    });
    const fresh = await sidecar.json('/forecast/current');
    expect(Date.parse(fresh.generatedAt)).toBeGreaterThan(Date.parse(held.generatedAt));
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });

  it('is scraped by Prometheus, with metrics that promtool finds no fault with', async () => {
    const sidecar = await Sidecar.start(source(minutes));
    await sidecar.forecast();
    const prometheus = await Prometheus.start({ targets: [sidecar.httpAddress] });
    await until('up', async () => (await prometheus.query('up')).some(({ value }) => value === 1));
    const [desired] = await prometheus.query('kedastral_desired_replicas{workload="my-api"}');
    expect(desired?.value).toBeGreaterThanOrEqual(2);

    const file = join(temporaryFolder(), 'metrics');
    await writeFile(file, await sidecar.text('/metrics'));
    const said = execFileSync('sh', ['-c', `promtool check metrics < ${file} 2>&1`]);
    expect(said.toString()).toBe('');
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });
});
