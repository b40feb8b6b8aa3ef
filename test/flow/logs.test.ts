import { expect, it } from 'vitest';
import { makeCertificates } from '../parts/certificates.ts';
import { Prometheus } from '../parts/prometheus.ts';
import { Redis } from '../parts/redis.ts';
import { ReverseProxy } from '../parts/reverse-proxy.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { backfilled, METRIC } from './load.ts';

const TOKEN = 'bearer-token-0123456789';
const TENANT = 'tenant-0123456789';
const PASSWORD = 'redis-password-0123456789';
/** Text of the query alone: a matcher that nothing else contains. */
const MATCHER = 'query-text-0123456789';

it('logs JSON lines without query text and secrets, whatever happens', async () => {
  const certificates = await makeCertificates();
  const [redis, prometheus] = await Promise.all([
    Redis.start({ password: PASSWORD }),
    Prometheus.start({ backfill: [backfilled(60, 120)] }),
  ]);
  const required = { authorization: `Bearer ${TOKEN}`, 'x-scope-orgid': TENANT };
  const proxy = await ReverseProxy.start({ target: prometheus.url, certificates, required });
  const sidecar = await Sidecar.start(
    [
      '--log-level=trace',
      '--interval=1s',
      `--prom-url=${proxy.url}`,
      `--prom-query=${METRIC}{pod!="${MATCHER}"}`,
      `--prom-header=X-Scope-OrgID: ${TENANT}`,
      `--prom-ca-file=${certificates.caFile}`,
      '--storage=redis',
      `--redis-addr=redis://:${PASSWORD}@${redis.address}`,
    ],
    { PROM_BEARER_TOKEN: TOKEN },
  );
  await sidecar.forecast();
  await sidecar.until('a stored snapshot', () => redis.command('KEYS', '*'));

  for (const path of ['/forecast/current', '/forecast/explain', '/workloads', '/metrics', '/no']) {
    await fetch(sidecar.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
  }
  await fetch(`${sidecar.url}/forecast/current?workload=my-api%26token=${TOKEN}`);

  await redis.stop();
  await prometheus.stop();
  await sidecar.until('Redis is missed', () => sidecar.errors('store', 'store_unreachable'));
  await sidecar.until('Prometheus is missed', () => sidecar.errors('adapter', 'adapter_status'));
  await sidecar.stop();

  const lines = sidecar.log;
  expect(lines.length).toBeGreaterThan(5);
  for (const line of lines) {
    expect(line).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    expect(line.msg).toEqual(expect.any(String));
  }
  expect(lines.some(({ workload }) => workload === 'my-api')).toBe(true);
  expect(lines.some(({ tick }) => typeof tick === 'string')).toBe(true);
  for (const secret of [TOKEN, TENANT, PASSWORD, MATCHER, METRIC]) {
    expect(sidecar.program.output).not.toContain(secret);
  }
});
