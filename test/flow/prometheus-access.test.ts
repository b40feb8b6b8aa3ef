import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../parts/certificates.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { ReverseProxy } from '../parts/reverse-proxy.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { backfilled, METRIC } from './load.ts';

const TOKEN = 'token-of-the-test-0123456789';
const PASSWORD = 'password-of-the-test:0123456789';
const BASIC = `Basic ${Buffer.from(`kedastral:${PASSWORD}`).toString('base64')}`;

describe('a Prometheus behind TLS and authentication', () => {
  let certificates: Certificates;
  let prometheus: Prometheus;
  let tokenFile: string;
  let passwordFile: string;
  beforeAll(async () => {
    certificates = await makeCertificates();
    prometheus = await Prometheus.start({ backfill: [backfilled(60, 120)] });
    const folder = temporaryFolder();
    tokenFile = join(folder, 'token');
    passwordFile = join(folder, 'password');
    await writeFile(tokenFile, `${TOKEN}\n`);
    await writeFile(passwordFile, `${PASSWORD}\n`);
  });

  const startProxy = (required: Record<string, string>) =>
    ReverseProxy.start({ target: prometheus.url, certificates, required });
  const startSidecar = (proxy: ReverseProxy, args: string[], env?: NodeJS.ProcessEnv) =>
    Sidecar.start(
      [`--prom-url=${proxy.url}`, `--prom-query=${METRIC}`, '--log-level=debug', ...args],
      env,
    );

  const ways: [string, Record<string, string>, () => string[], NodeJS.ProcessEnv][] = [
    [
      'a bearer token',
      { authorization: `Bearer ${TOKEN}` },
      () => [],
      { PROM_BEARER_TOKEN: TOKEN },
    ],
    [
      'a bearer token in a file',
      { authorization: `Bearer ${TOKEN}` },
      () => [`--prom-bearer-token-file=${tokenFile}`],
      {},
    ],
    [
      'a user name and a password',
      { authorization: BASIC },
      () => ['--prom-username=kedastral'],
      { PROM_PASSWORD: PASSWORD },
    ],
    [
      'a password in a file',
      { authorization: BASIC },
      () => ['--prom-username=kedastral', `--prom-password-file=${passwordFile}`],
      {},
    ],
    [
      'a header of the tenant',
      { 'x-scope-orgid': 'shop' },
      () => ['--prom-header=X-Scope-OrgID: shop'],
      {},
    ],
  ];
  it.each(ways)('is read with %s', async (_what, required, args, env) => {
    const proxy = await startProxy(required);
    const sidecar = await startSidecar(
      proxy,
      [`--prom-ca-file=${certificates.caFile}`, ...args()],
      env,
    );
    expect((await sidecar.forecast()).dataQuality.points).toBeGreaterThan(110);
    expect(proxy.passed).toBeGreaterThan(0);
    expect(proxy.refused).toBe(0);
    await sidecar.stop();
    expectNoSecrets(sidecar);
  });

  it('is not read with a wrong token, which is not shown', async () => {
    const proxy = await startProxy({ authorization: `Bearer ${TOKEN}` });
    const sidecar = await startSidecar(proxy, [`--prom-ca-file=${certificates.caFile}`], {
      PROM_BEARER_TOKEN: PASSWORD,
    });
    const { error } = await sidecar.until('a reason', async () => {
      const answer = await sidecar.json('/forecast/current');
      return answer.error.message.includes('401') ? answer : null;
    });
    expect(error.code).toBe('forecast_pending');
    expect(proxy.passed).toBe(0);
    await sidecar.stop();
    expectNoSecrets(sidecar);
  });

  it('is not read when nobody vouches for its certificate', async () => {
    const proxy = await startProxy({});
    const sidecar = await startSidecar(proxy, []);
    const { error } = await sidecar.until('a reason', async () => {
      const answer = await sidecar.json('/forecast/current');
      return answer.error.message.includes('tick failed') ? answer : null;
    });
    expect(error.code).toBe('forecast_pending');
    expect(proxy.passed + proxy.refused).toBe(0);
    await sidecar.stop();
  });
});

function expectNoSecrets(sidecar: Sidecar): void {
  expect(sidecar.log.length).toBeGreaterThan(1);
  for (const secret of [TOKEN, PASSWORD, BASIC, METRIC, Buffer.from(PASSWORD).toString('base64')]) {
    expect(sidecar.program.output).not.toContain(secret);
  }
}
