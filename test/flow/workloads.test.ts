import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricsResponse,
  type IsActiveResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import { TestClient } from '../grpc/client.ts';
import { Exporter } from '../parts/exporter.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { backfilled, METRIC } from './load.ts';

const portOf = (address: string) => Number(address.split(':')[1]);

/** A config file that the test writes anew. */
async function configFile(text: string) {
  const path = join(temporaryFolder(), 'config.yaml');
  await writeFile(path, text);
  return { path, write: (next: string) => writeFile(path, next) };
}

/** A Prometheus that answers some queries never, and some with very much. */
async function strangeSource(): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      if (body.includes('hang')) return;
      response.write('{"status":"success","data":{"resultType":"matrix","result":[');
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('several workloads in one process', () => {
  let prometheus: Prometheus;
  beforeAll(async () => {
    prometheus = await Prometheus.start({ backfill: [backfilled(60, 2 * 24 * 60)] });
  });

  const shared = () => `prom-url: ${prometheus.url}\nprom-query: ${METRIC}\ninterval: 1s\n`;
  const start = (path: string) => Sidecar.start([`--config=${path}`]);
  const state = async (sidecar: Sidecar, workload: string): Promise<string | undefined> => {
    const { workloads } = await sidecar.json('/workloads');
    return workloads.find((each: { workload: string }) => each.workload === workload)?.state;
  };

  it('each with its options; those that are bad harm no other', async () => {
    const strange = await strangeSource();
    const bad = Array.from(
      { length: 20 },
      (_, i) => `  - {workload: bad/hang-${i}, prom-url: "${strange}", prom-query: hang}\n`,
    );
    const { path } = await configFile(`${shared()}workloads:
  - workload: shop/cart
    target-per-pod: 100
  - workload: bad/huge
    prom-url: ${strange}
    prom-query: huge
${bad.join('')}  - workload: bad/query
    prom-query: "sum("
  - workload: shop/checkout
    target-per-pod: 50
`);
    const sidecar = await start(path);
    const forecast = (workload: string) => async () => {
      const snapshot = await sidecar.json(`/forecast/current?workload=${workload}`);
      return snapshot.error ? null : snapshot;
    };
    const cart = await sidecar.until('cart', forecast('shop/cart'));
    const checkout = await sidecar.until('checkout', forecast('shop/checkout'));
    expect(cart.values).toEqual(checkout.values);
    expect(checkout.plan.need[0]).toBeCloseTo(2 * cart.plan.need[0]);

    const counted = (workload: string, reason: string) => () =>
      sidecar.metric('kedastral_errors_total', { workload, reason });
    await sidecar.until('huge', counted('bad/huge', 'adapter_too_large'));
    await sidecar.until('query', counted('bad/query', 'adapter_status'));
    await sidecar.until('hanging', counted('bad/hang-19', 'adapter_timeout'), 60_000);
    const { ageSeconds } = (await sidecar.json('/workloads')).workloads[0];
    expect(ageSeconds).toBeLessThan(10);
    expect((await fetch(`${sidecar.url}/readyz`)).status).toBe(200);

    const client = new TestClient(ExternalScalerService, portOf(sidecar.grpcAddress));
    const ref = (name: string) => ({ name, namespace: 'shop', scalerMetadata: {} });
    const request = { scaledObjectRef: ref('cart') };
    const { metricValues } = await client.call<GetMetricsResponse>('getMetrics', request);
    expect(Number(metricValues[0]?.metricValue)).toBeGreaterThan(0);
    expect((await client.failure('isActive', ref('other'))).code).toBe(14);
    client.close();
    expect(await sidecar.stop()).toEqual({ code: 0, signal: null });
  });

  it('come, change and go with the file; a bad one changes nothing', async () => {
    const head = `${shared()}workloads:\n  - workload: shop/kept\n`;
    const file = await configFile(`${head}  - workload: shop/gone\n`);
    const sidecar = await start(file.path);
    const isFresh = (workload: string) => async () => (await state(sidecar, workload)) === 'fresh';
    await sidecar.until('both', isFresh('shop/kept'));
    await sidecar.until('both', isFresh('shop/gone'));
    const client = new TestClient(ExternalScalerService, portOf(sidecar.grpcAddress));
    const ref = { name: 'gone', namespace: 'shop', scalerMetadata: {} };
    const stream = client.open<IsActiveResponse>('streamIsActive', ref);
    await stream.received(1);

    await file.write(`${head}    mni: 3\n  - workload: shop/gone\n    horizon: 1m\n`);
    const refusals = () => sidecar.errors('config', 'option_invalid');
    await sidecar.until('refused', refusals);
    const refused = sidecar.log.find(({ msg }) => String(msg).startsWith('config file refused'));
    const said = JSON.stringify(refused);
    for (const word of ['shop/kept', 'mni', 'shop/gone', 'horizon']) expect(said).toContain(word);
    expect(await state(sidecar, 'shop/gone')).toBe('fresh');

    const before = await refusals();
    await file.write(`${shared()}workloads: []\n`);
    await sidecar.until('refused, too', async () => (await refusals()) > before);
    expect(sidecar.program.output).toContain('the list of workloads is empty');
    expect(await state(sidecar, 'shop/gone')).toBe('fresh');

    await file.write(`${head}  - workload: shop/new\n`);
    sidecar.program.signal('SIGHUP');
    await sidecar.until('the new one', isFresh('shop/new'));
    expect(await state(sidecar, 'shop/gone')).toBeUndefined();
    expect((await fetch(`${sidecar.url}/forecast/current?workload=shop/gone`)).status).toBe(404);
    expect(await stream.status).toBe(0);
    expect(await sidecar.text('/metrics')).not.toContain('workload="shop/gone"');
    const firsts = sidecar.log.filter(({ msg }) => msg === 'first forecast');
    expect(firsts.map(({ workload }) => workload).sort()).toEqual([
      'shop/gone',
      'shop/kept',
      'shop/new',
    ]);
    client.close();
    await sidecar.stop();
  });
});

describe('a relay on a real Prometheus', () => {
  const STEP_SECONDS = 10;
  const DAY_SECONDS = 86_400;
  const LEAD_SECONDS = 60;
  const NIGHT_SECONDS = 8 * 3_600;
  /** From the start of the test to the load. */
  const MORNING_SECONDS = LEAD_SECONDS + 60;

  it('wakes a workload without a pod before its load', { timeout: 180_000 }, async () => {
    const nowSeconds = Math.floor(Date.now() / 10_000) * STEP_SECONDS;
    const morning = nowSeconds + MORNING_SECONDS;
    const demandAt = (seconds: number) => {
      const sinceMorning = (((seconds - morning) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
      const isDay = sinceMorning > 0 && sinceMorning <= DAY_SECONDS - NIGHT_SECONDS;
      return isDay ? 3_000 : 0;
    };
    const samples = Array.from({ length: (3 * DAY_SECONDS) / STEP_SECONDS }, (_, i) => {
      const seconds = nowSeconds - i * STEP_SECONDS;
      return [seconds, demandAt(seconds)] as const;
    }).reverse();
    const ingress = await Exporter.start(METRIC, 0);
    const prometheus = await Prometheus.start({
      backfill: [{ metric: METRIC, samples }],
      targets: [ingress.target],
    });
    const { path } = await configFile(`role: scaler
prom-url: ${prometheus.url}
prom-query: sum(${METRIC})
model: seasonal-naive
step: 10s
interval: 5s
horizon: 100s
stale-after: 30s
lead-time: 60s
history: 3d
workloads:
  - workload: shop/cart
    min: 0
`);
    const relay = await Sidecar.start([`--config=${path}`]);
    const client = new TestClient(ExternalScalerService, portOf(relay.grpcAddress));
    const ref = { name: 'cart', namespace: 'shop', scalerMetadata: {} };
    const pods = async () => {
      const request = { scaledObjectRef: ref };
      const { metricValues } = await client.call<GetMetricsResponse>('getMetrics', request);
      return Number(metricValues[0]?.metricValue);
    };
    await relay.forecast();
    const push = client.open<IsActiveResponse>('streamIsActive', ref);
    expect(await push.received(1)).toEqual([{ result: false }]);
    expect(await pods()).toBe(0);
    expect(await push.received(2)).toEqual([{ result: false }, { result: true }]);
    const leftSeconds = morning - Date.now() / 1_000;
    expect(leftSeconds, 'before the load').toBeGreaterThan(LEAD_SECONDS - 2 * STEP_SECONDS);
    await relay.until('all pods of the morning', async () => (await pods()) === 18, 60_000);
    expect(Date.now() / 1_000, 'still before the load').toBeLessThan(morning);
    client.close();
    await relay.stop();
  });
});
