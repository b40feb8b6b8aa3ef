import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Sidecar } from '../parts/sidecar.ts';
import { VictoriaMetrics } from '../parts/victoriametrics.ts';
import { backfilled, demandAt, METRIC } from './load.ts';

const HOURS_OF_MINUTES = 48 * 60;
const isThere = existsSync('/usr/bin/victoria-metrics');
if (!isThere) {
  process.stderr.write('no /usr/bin/victoria-metrics (package victoria-metrics): 1 test skipped\n');
}

it.skipIf(!isThere)('forecasts from a real VictoriaMetrics, up to its newest sample', async () => {
  const victoria = await VictoriaMetrics.start();
  const { samples } = backfilled(60, HOURS_OF_MINUTES);
  await victoria.import(samples.map(([t, v]) => `${METRIC} ${v} ${t * 1_000}`).join('\n'));
  const sidecar = await Sidecar.start([
    '--adapter=victoriametrics',
    `--prom-url=${victoria.url}`,
    `--prom-query=${METRIC}`,
    '--interval=1s',
  ]);
  const { dataQuality, cutoff, plan } = await sidecar.forecast();
  expect(dataQuality.points).toBeGreaterThan(HOURS_OF_MINUTES - 5);
  expect(dataQuality.missing).toBe(0);
  expect(plan.sample).toBeCloseTo(demandAt(Date.parse(cutoff) / 1_000), 6);
  await Promise.all([sidecar.stop(), victoria.stop()]);
});
