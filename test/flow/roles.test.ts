import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ExternalScalerService,
  type GetMetricsResponse,
} from '../../src/grpc/generated/externalscaler.ts';
import { TestClient } from '../grpc/client.ts';
import { makeCertificates } from '../parts/certificates.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { tryFetch } from '../parts/until.ts';

/** Ticks every second. */
const QUICK = ['--workload=shop/my-api', '--adapter=synthetic', '--interval=1s', '--settle=1s'];
const METRICS_OF = { scaledObjectRef: { name: 'x', namespace: 'shop', scalerMetadata: {} } };

const portOf = (address: string) => Number(address.split(':')[1]);

const startScaler = (...args: string[]) =>
  Sidecar.start(['--role=scaler', '--forecaster-interval=1s', ...QUICK, ...args]);

describe('the roles of one program', () => {
  it('a forecaster has HTTP alone, and a scaler answers KEDA with what it says', async () => {
    const forecaster = await Sidecar.start(['--role=forecaster', ...QUICK]);
    expect(forecaster.log.find(({ msg }) => msg === 'started')).toMatchObject({ grpcPort: null });
    await forecaster.forecast();
    const scaler = await startScaler(`--forecaster-url=${forecaster.url}`);
    await scaler.forecast();
    await scaler.until('the same forecast at the same time', async () => {
      const [here, there] = await Promise.all(
        [scaler, forecaster].map((each) => each.json('/forecast/current')),
      );
      return here.id === there.id && here.generatedAt === there.generatedAt;
    });

    const client = new TestClient(ExternalScalerService, portOf(scaler.grpcAddress));
    const answer = await client.call<GetMetricsResponse>('getMetrics', METRICS_OF);
    client.close();
    const { served } = await scaler.json('/forecast/explain');
    expect(answer.metricValues.map(({ metricValue }) => Number(metricValue))).toEqual([
      served.replicas,
    ]);
    expect((await tryFetch(`${scaler.url}/readyz`))?.status).toBe(200);
    for (const name of [
      'kedastral_scaler_desired_replicas_returned',
      'kedastral_scaler_forecast_fetch_duration_seconds_count',
      'kedastral_scaler_grpc_request_duration_seconds_count',
    ]) {
      expect(await scaler.metric(name, { workload: 'shop/my-api' }), name).toBeGreaterThan(0);
    }
    expect(await scaler.metric('kedastral_adapter_collect_seconds_count')).toBe(0);
    await Promise.all([forecaster.stop(), scaler.stop()]);
  });

  it('a scaler goes on with the forecaster that is left, and says what fails', async () => {
    const [first, second] = [await Sidecar.start(QUICK), await Sidecar.start(QUICK)];
    await Promise.all([first.forecast(), second.forecast()]);
    const urls = [first, second].map(({ url }) => `--forecaster-url=${url}`);
    const scaler = await startScaler(...urls);
    const before = await scaler.forecast();
    await first.kill();
    await scaler.until('a newer forecast', async () => {
      const { generatedAt } = await scaler.json('/forecast/current');
      return Date.parse(generatedAt) > Date.parse(before.generatedAt) + 2_000;
    });
    const failures = () => scaler.errors('forecaster', 'adapter_unreachable');
    await scaler.until('the failures are counted', failures);
    await second.kill();
    await scaler.until('both have failed', async () => {
      return scaler.log.filter(({ msg }) => String(msg).startsWith('forecaster fails')).length > 1;
    });
    expect((await scaler.json('/forecast/current')).workload).toBe('shop/my-api');
    await scaler.stop();
  });

  it('a scaler reaches a forecaster behind TLS and a token', async () => {
    const { caFile, certFile, keyFile } = await makeCertificates();
    const token = join(temporaryFolder(), 'token');
    await writeFile(token, 'token-of-the-test\n');
    const forecaster = await Sidecar.spawn([
      '--role=forecaster',
      `--tls-cert-file=${certFile}`,
      `--tls-key-file=${keyFile}`,
      `--http-token-file=${token}`,
      ...QUICK,
    ]);
    const url = `--forecaster-url=https://${forecaster.httpAddress}`;
    const stranger = await startScaler(url, `--forecaster-ca-file=${caFile}`);
    const refusals = () => stranger.errors('forecaster', 'adapter_status');
    await stranger.until('refused without a token', refusals);
    const unsafe = await startScaler(url, `--forecaster-token-file=${token}`);
    const unreachable = () => unsafe.errors('forecaster', 'adapter_unreachable');
    await unsafe.until('not reached without its authority', unreachable);
    const scaler = await startScaler(
      url,
      `--forecaster-ca-file=${caFile}`,
      `--forecaster-token-file=${token}`,
    );
    await scaler.forecast();
    expect([stranger, unsafe, scaler].map(({ program }) => program.output).join('')).not.toContain(
      'token-of-the-test',
    );
    await Promise.all([stranger, unsafe, scaler, forecaster].map((each) => each.stop()));
  });

  it('a scaler of many workloads is told of each by the forecaster', async () => {
    const entries = 'workloads:\n  - workload: shop/cart\n  - workload: shop/lamp\n';
    const config = join(temporaryFolder(), 'config.yaml');
    await writeFile(config, `adapter: synthetic\ninterval: 1s\nsettle: 1s\n${entries}`);
    const forecaster = await Sidecar.start(['--role=forecaster', `--config=${config}`]);
    const scaler = await Sidecar.start([
      '--role=scaler',
      `--config=${config}`,
      `--forecaster-url=${forecaster.url}`,
    ]);
    const client = new TestClient(ExternalScalerService, portOf(scaler.grpcAddress));
    for (const name of ['cart', 'lamp']) {
      const path = `/forecast/current?workload=shop/${name}`;
      const fetched = await scaler.until(name, async () => {
        const response = await tryFetch(scaler.url + path);
        return response?.ok ? response.json() : null;
      });
      expect(fetched.workload).toBe(`shop/${name}`);
      const scaledObjectRef = { name, namespace: 'shop', scalerMetadata: {} };
      const answer = await client.call<GetMetricsResponse>('getMetrics', { scaledObjectRef });
      expect(answer.metricValues).toHaveLength(1);
    }
    client.close();
    expect(await scaler.metric('kedastral_adapter_collect_seconds_count')).toBe(0);
    await Promise.all([forecaster.stop(), scaler.stop()]);
  });

  it('a scaler needs a forecaster, and another role has none', async () => {
    const alone = await Sidecar.spawn(['--role=scaler']);
    expect((await alone.program.exited).code).toBe(64);
    expect(alone.program.stderr).toContain(
      '--forecaster-url (not set): is needed in role scaler without workloads',
    );
    const other = await Sidecar.spawn(['--forecaster-url=http://user:secret@127.0.0.1:1']);
    expect((await other.program.exited).code).toBe(64);
    expect(other.program.stderr).toContain('user:***@');
    expect(other.program.stderr).toContain('is for role scaler');
  });
});
