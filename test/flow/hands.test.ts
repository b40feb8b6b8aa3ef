import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricsResponse,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import { TestClient } from '../grpc/client.ts';
import { Exporter } from '../parts/exporter.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { METRIC } from './load.ts';

const TOKEN = 'aep-open-sesame';
const REF = { name: 'scaled', namespace: 'default', scalerMetadata: {} };

/** A grid of two seconds; a pod for each 100. */
const QUICK = [
  ...['--step=2s', '--interval=1s', '--settle=1s', '--horizon=120s', '--lead-time=4s'],
  ...['--stale-after=6s', '--window=20s', '--history=10m', '--model=baseline'],
  ...['--target-per-pod=100', '--headroom=1', '--max=100', '--down-max-percent=100'],
];

function scalerOf(sidecar: Sidecar): TestClient {
  const client = new TestClient(ExternalScalerService, Number(sidecar.grpcAddress.split(':')[1]));
  onTestFinished(() => client.close());
  return client;
}

/** What KEDA would be told; null for UNAVAILABLE. */
async function replicasOf(client: TestClient): Promise<number | null> {
  const request = { scaledObjectRef: REF, metricName: '' };
  try {
    const { metricValues } = await client.call<GetMetricsResponse>('getMetrics', request);
    return metricValues[0]?.metricValue ?? null;
  } catch {
    return null;
  }
}

const servesOf = (sidecar: Sidecar, client: TestClient, replicas: number) =>
  sidecar.until(`${replicas} replicas`, async () => (await replicasOf(client)) === replicas);

async function promWith(...exporters: readonly Exporter[]): Promise<Prometheus> {
  const prometheus = await Prometheus.start({ targets: exporters.map(({ target }) => target) });
  await until('a scrape', async () => (await prometheus.query(METRIC)).length > 0);
  return prometheus;
}

const source = (prometheus: Prometheus) => [
  `--prom-url=${prometheus.url}`,
  `--prom-query=${METRIC}`,
];

describe('reactive-query on a real Prometheus', () => {
  it('is a floor that follows, outlives its own silence and a forecast that fails', async () => {
    const demand = await Exporter.start(METRIC, 900);
    const now = await Exporter.start('rps_now', 5_000);
    const prometheus = await promWith(demand, now);
    const reactive = '--reactive-query=sum(rps_now)';
    const sidecar = await Sidecar.start([...source(prometheus), ...QUICK, reactive]);
    const client = scalerOf(sidecar);
    await servesOf(sidecar, client, 50);
    const { values, reactive: floor } = await sidecar.json('/forecast/current');
    expect(Math.max(...values)).toBeCloseTo(900, 6);
    expect(floor).toMatchObject({ value: 5_000, need: 50, bounded: 50, replicas: 50 });
    expect((await sidecar.json('/forecast/explain')).served).toMatchObject({
      ...{ replicas: 50, forecast: 9, reactive: 50, state: 'fresh' },
    });

    now.value = Number.NaN;
    const missing = () => sidecar.metric('kedastral_readings_missing_total', { query: 'reactive' });
    await sidecar.until('counted', async () => (await missing()) >= 8);
    expect(await replicasOf(client)).toBe(50);

    // The forecast's own metric is gone: the floor goes on rising beside the last forecast.
    demand.value = Number.NaN;
    await sidecar.until('the forecast is stale', async () => {
      return (await sidecar.json('/forecast/explain')).freshness.isFresh === false;
    });
    now.value = 6_000;
    await servesOf(sidecar, client, 60);
    const held = await sidecar.json('/forecast/current');
    expect(Date.parse(held.renewedAt)).toBeGreaterThan(Date.parse(held.generatedAt));

    demand.value = 900;
    now.value = 300;
    await servesOf(sidecar, client, 9);
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });
});

describe('deadband-proof with replicas-query', () => {
  it('lifts what the HPA would ignore over the pods there are, and no more', async () => {
    const demand = await Exporter.start(METRIC, 2_100);
    const pods = await Exporter.start('pods', 20);
    const prometheus = await promWith(demand, pods);
    const args = [...source(prometheus), ...QUICK, '--deadband-proof', '--replicas-query=pods'];
    const sidecar = await Sidecar.start(args);
    const client = scalerOf(sidecar);
    await servesOf(sidecar, client, 23);
    const { desiredReplicas, deadband } = await sidecar.json('/forecast/current');
    expect(deadband).toMatchObject({ present: [20], from: 'query' });
    expect([desiredReplicas[0], deadband.without[0]]).toEqual([23, 21]);
    expect(await sidecar.metric('kedastral_deadband_lift_replicas')).toBe(2);

    pods.value = 23;
    await servesOf(sidecar, client, 21);
    pods.value = Number.NaN;
    await sidecar.until('derived pods', async () => {
      return (await sidecar.json('/forecast/current')).deadband.from === 'plan';
    });
    await Promise.all([sidecar.stop(), prometheus.stop()]);
  });
});

describe('PUT /override', () => {
  it('is served by all replicas, shared through Redis, and survives a restart', async () => {
    const redis = await Redis.start();
    const file = join(temporaryFolder(), 'tokens');
    await writeFile(file, `${TOKEN}\n`);
    const store = ['--storage=redis', `--redis-addr=${redis.address}`];
    const args = [...store, `--http-token-file=${file}`, '--min=0', '--default-min=0'];
    const [one, two] = [await Sidecar.start(args), await Sidecar.start(args)];
    const headers = { authorization: `Bearer ${TOKEN}` };
    const order = (sidecar: Sidecar, method: string, body?: object) =>
      fetch(`${sidecar.url}/override`, {
        ...{ method, headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    const [first, second] = [scalerOf(one), scalerOf(two)];
    for (const client of [first, second]) {
      await one.until('a forecast', async () => (await replicasOf(client)) !== null);
    }
    const stream = second.open<IsActiveResponse>('streamIsActive', REF);
    expect(await stream.received(1)).toEqual([{ result: true }]);

    expect((await order(one, 'PUT', { replicas: 51, until: '1h' })).status).toBe(400);
    expect((await order(one, 'PUT', { replicas: 0, until: '1h' })).status).toBe(200);
    expect(await replicasOf(first)).toBe(0);
    await servesOf(two, second, 0);
    expect((await stream.received(2)).at(-1)).toEqual({ result: false });

    await two.kill();
    const again = await Sidecar.start(args);
    await servesOf(again, scalerOf(again), 0);
    expect((await order(again, 'PUT', { replicas: 37, until: '4s' })).status).toBe(200);
    await servesOf(one, first, 37);
    await one.until('the end of the order', async () => (await replicasOf(first)) !== 37);
    const said = (message: string) => one.log.some(({ msg }) => msg === message);
    await one.until('its end is said', () => said('override expired'));
    expect(said('override ordered')).toBe(true);
    await one.until('the note is gone', async () => {
      return (await redis.command('EXISTS', 'kedastral:v1:/my-api:override')) === '0';
    });
    expect(one.program.output + again.program.output).not.toContain(TOKEN);
    await Promise.all([one.stop(), again.stop(), redis.stop()]);
  });

  it('outlives a Redis that loses it, stays cleared, and counts not when refused', async () => {
    const redis = await Redis.start();
    const file = join(temporaryFolder(), 'tokens');
    await writeFile(file, `${TOKEN}\n`);
    const store = ['--storage=redis', `--redis-addr=${redis.address}`];
    const args = [...store, `--http-token-file=${file}`];
    const both = [await Sidecar.start(args), await Sidecar.start(args)] as const;
    const [one, two] = both;
    const headers = { authorization: `Bearer ${TOKEN}` };
    const order = (method: string, replicas: number) => {
      const body = JSON.stringify({ replicas, until: '1h' });
      return fetch(`${one.url}/override`, { method, headers, ...(replicas ? { body } : {}) });
    };
    const ordered = async (sidecar: Sidecar) =>
      (await (await fetch(`${sidecar.url}/override`, { headers })).json()).override?.replicas ?? 0;
    const agree = (replicas: number) =>
      until(`${replicas} ordered on both`, async () => {
        return (await ordered(one)) === replicas && (await ordered(two)) === replicas;
      });
    /** As long as each needs to look at the store twice. */
    const stay = async (replicas: number) => {
      for (let looks = 0; looks < 20; looks++) {
        for (const sidecar of both) expect(await ordered(sidecar)).toBe(replicas);
        await delay(250);
      }
    };
    const note = () => redis.command('GET', 'kedastral:v1:/my-api:override').catch(() => '');

    expect((await order('PUT', 40)).status).toBe(200);
    await agree(40);
    await redis.command('FLUSHALL');
    await stay(40);
    expect(await note()).toContain('40');
    await redis.stop();
    await redis.startAgain();
    await stay(40);
    await until('it is put back', async () => (await note()).includes('40'));

    redis.freeze();
    expect((await order('PUT', 7)).status).toBe(503);
    redis.thaw();
    await stay(40);

    await until('Redis is reached', async () => (await order('DELETE', 0)).status === 200);
    await agree(0);
    await redis.command('FLUSHALL');
    await stay(0);
    const said = [...one.log, ...two.log].map(({ msg }) => msg);
    expect(said).toContain('override lost by the store, put back');
    await Promise.all([...both, redis].map((part) => part.stop()));
  }, 120_000);

  it('is refused without http-token-file, and says how', async () => {
    const sidecar = await Sidecar.start();
    const body = JSON.stringify({ replicas: 3, until: '1h' });
    const answer = await fetch(`${sidecar.url}/override`, { method: 'PUT', body });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('http-token-file');
    await sidecar.stop();
  });
});

describe('mode shadow', () => {
  it('forecasts, explains and counts, but has no port for KEDA, and says so', async () => {
    const sidecar = await Sidecar.start(['--mode=shadow']);
    const { desiredReplicas } = await sidecar.forecast();
    expect(desiredReplicas).toHaveLength(30);
    expect((await fetch(`${sidecar.url}/readyz`)).status).toBe(200);
    expect((await sidecar.json('/forecast/explain')).served.state).toBe('fresh');
    expect(await sidecar.metric('kedastral_desired_replicas')).toBeGreaterThan(0);
    const [host = '', port] = sidecar.grpcAddress.split(':');
    const refused = await new Promise((resolve) => {
      const socket = connect(Number(port), host);
      socket.once('connect', () => resolve(null)).once('error', resolve);
    });
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    const started = sidecar.log.find(({ msg }) => msg === 'started');
    expect(started).toMatchObject({ mode: 'shadow', grpcPort: null });
    expect(sidecar.log.some(({ msg }) => msg?.startsWith('shadow: '))).toBe(true);
    await sidecar.stop();
  });
});
