import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricsResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import { METRIC } from '../flow/load.ts';
import { TestClient } from '../grpc/client.ts';
import { ROOT } from '../house/sources.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string }[];
}

const WORKLOAD = 'shop/my-api';
const DASHBOARD = JSON.parse(
  readFileSync(join(ROOT, 'manifests/monitoring/dashboard.json'), 'utf8'),
);
const PANELS: readonly Panel[] = DASHBOARD.panels.filter(({ type }: Panel) => type !== 'row');

/** As Grafana asks: variables filled in, all workloads chosen. */
function filledIn(expr: string): string {
  const chosen = expr.replaceAll('$workload', '.+').replaceAll('$cluster', '.*');
  return chosen.replaceAll('$__rate_interval', '30s');
}

/** A grid of seconds, so that accuracy and rates are there within half a minute. */
const QUICK = [
  ...['--step=1s', '--interval=2s', '--settle=0s', '--horizon=60s', '--lead-time=4s'],
  ...['--stale-after=30s', '--window=20s', '--history=1h'],
];

/** A sidecar whose metric is not a number: rejected samples, and no forecast. */
async function broken(): Promise<Sidecar> {
  const seconds = Math.floor(Date.now() / 1_000);
  const samples = [-3, -2, -1, 0].map((i) => [seconds + i * 60, Number.NaN] as const);
  const source = await Prometheus.start({ backfill: [{ metric: METRIC, samples }] });
  return Sidecar.start([
    ...['--workload=shop/broken', `--prom-url=${source.url}`, `--prom-query=${METRIC}`],
    '--interval=2s',
  ]);
}

async function ask(sidecar: Sidecar, method: string): Promise<void> {
  const client = new TestClient(ExternalScalerService, Number(sidecar.grpcAddress.split(':')[1]));
  const scaledObjectRef = { name: 'my-api', namespace: 'shop', scalerMetadata: {} };
  await client
    .call<GetMetricsResponse>(method, { scaledObjectRef, metricName: '' })
    .catch(() => undefined);
  client.close();
}

it('every panel of the dashboard shows data, of replicas that Prometheus scrapes', async () => {
  const redis = await Redis.start();
  const shared = [`--workload=${WORKLOAD}`, '--storage=redis', `--redis-addr=${redis.address}`];
  const replica = () => Sidecar.start([...shared, ...QUICK]);
  const sidecars = await Promise.all([replica(), replica(), broken()]);
  const targets = sidecars.map(({ httpAddress }) => httpAddress);
  const prometheus = await Prometheus.start({ targets });
  const queries = PANELS.flatMap(({ title, targets: asked = [] }) =>
    asked.map(({ expr }) => ({ title, expr: filledIn(expr) })),
  );
  expect(queries.length).toBeGreaterThan(20);

  const empty = async () => {
    await Promise.all(sidecars.map((sidecar) => ask(sidecar, 'getMetrics')));
    const results = await Promise.all(queries.map(({ expr }) => prometheus.query(expr)));
    return queries.filter((_, i) => !results[i]?.some(({ value }) => Number.isFinite(value)));
  };
  let left = queries;
  await until(
    'data in every panel',
    async () => {
      left = await empty();
      return left.length === 0;
    },
    150_000,
  ).catch((thrown) => {
    const names = left.map(({ title, expr }) => `${title}: ${expr}`);
    throw new Error(`no data:\n${names.join('\n')}`, { cause: thrown });
  });

  const [different] = await prometheus.query(
    queries.find(({ expr }) => expr.includes('fingerprint'))?.expr ?? '',
  );
  expect(different).toMatchObject({ metric: { workload: WORKLOAD }, value: 1 });
  const roles = await prometheus.query('sum by (role) (kedastral_replica_role)');
  expect(roles.find(({ metric }) => metric.role === 'writer')?.value).toBe(1);
}, 240_000);

it('panels of the dashboard do not lie upon each other and say what they show', () => {
  const taken = new Set<string>();
  for (const { gridPos, title, ...panel } of PANELS) {
    expect((panel as { description?: string }).description, title).toMatch(/\.$/);
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        taken.add(`${x} ${y}`);
      }
    }
  }
});
