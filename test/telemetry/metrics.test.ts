import { spawnSync } from 'node:child_process';
import { beforeEach, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { forgetWorkload } from '../../src/telemetry/forget.ts';
import { type Faces, facesOf, STEP_SECONDS, TestWorkload } from '../faces.ts';

let api: TestWorkload;
let faces: Faces;

beforeEach(() => {
  api = new TestWorkload('my-api').forecast(3, 5, 4);
  faces = facesOf(api, new TestWorkload('prod/shop'));
});

/** The value of a sample, undefined when the exposition has none. */
async function sample(name: string): Promise<number | undefined> {
  const { body } = await faces.metrics.scrape();
  const line = body.split('\n').find((text) => text.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

it('shows the step that is now, of the snapshot in force', async () => {
  expect(await sample('kedastral_desired_replicas{workload="my-api"}')).toBe(3);
  await faces.clock.advance(STEP_SECONDS * 1000);
  expect(await sample('kedastral_desired_replicas{workload="my-api"}')).toBe(5);
  expect(await sample('kedastral_predicted_value{workload="my-api"}')).toBe(750);
  await faces.clock.advance(2 * STEP_SECONDS * 1000);
  expect(await sample('kedastral_desired_replicas{workload="my-api"}')).toBeUndefined();
});

it('works out the age at the scrape, so that it grows when nothing else happens', async () => {
  const age = 'kedastral_forecast_age_seconds{workload="my-api"}';
  expect(await sample(age)).toBe(0);
  await faces.clock.advance(6_200);
  expect(await sample(age)).toBe(6.2);
  await faces.clock.advance(3_600_000 - 6_200);
  expect(await sample(age)).toBe(3600);
  expect(await sample('kedastral_snapshot_cutoff_timestamp_seconds{workload="my-api"}')).toBe(
    1_767_916_800,
  );
});

it('is written family by family: others get their turn, and one scrape at once', async () => {
  let turns = 0;
  const scraping = faces.metrics.scrape();
  expect(faces.metrics.scrape()).toBe(scraping);
  let isWritten = false;
  void scraping.then(() => {
    isWritten = true;
  });
  while (!isWritten) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  const families = faces.metrics.registry.getMetricsAsArray().length;
  expect(turns).toBeGreaterThanOrEqual(families);
  const { body } = await scraping;
  expect(body.match(/^# TYPE /gm)).toHaveLength(families);
  expect(faces.metrics.scrape()).not.toBe(scraping);
});

it('has no sample of a workload that has no forecast', async () => {
  const { body } = await faces.metrics.scrape();
  const lines = body.split('\n').filter((line) => line.includes('prod/shop'));
  expect(lines).toEqual(['kedastral_stale_after_seconds{workload="prod/shop"} 120']);
});

it('shows confidence, drift and what was measured, where it was', async () => {
  const labels = 'workload="my-api"';
  expect(await sample(`kedastral_forecast_confidence{${labels}}`)).toBe(0);
  expect(await sample(`kedastral_forecast_drift_alarm{${labels}}`)).toBeUndefined();
  const active = api.active;
  if (!active) throw new Error('no forecast');
  const drift = { excess: 9.5, limit: 8, isOn: true, ageSteps: 12 };
  const risk = { ...active.snapshot.risk, confidence: 0.75, drift };
  api.active = { ...active, snapshot: { ...active.snapshot, risk } };
  api.accuracy = [
    { horizon: '1m', horizonSeconds: 60, forecasts: 4, wape: 0.125, coverage: { '0.9': 0.75 } },
    { horizon: '5m', horizonSeconds: 300, forecasts: 0, wape: null, coverage: {} },
  ];
  expect(await sample(`kedastral_forecast_confidence{${labels}}`)).toBe(0.75);
  expect(await sample(`kedastral_forecast_drift_excess{${labels}}`)).toBe(9.5);
  expect(await sample(`kedastral_forecast_drift_alarm{${labels}}`)).toBe(1);
  expect(await sample(`kedastral_forecast_wape{${labels},horizon="1m"}`)).toBe(0.125);
  expect(await sample(`kedastral_forecast_wape{${labels},horizon="5m"}`)).toBeUndefined();
  const coverage = `kedastral_forecast_coverage{${labels},horizon="1m",level="0.9"}`;
  expect(await sample(coverage)).toBe(0.75);
  api.accuracy = [];
  expect(await sample(coverage)).toBeUndefined();
});

it('shows what a dashboard holds the forecast against', async () => {
  const active = api.active;
  if (!active) throw new Error('no forecast');
  const { snapshot } = active;
  const quantiles = { '0.5': snapshot.values, '0.9': [660, 1100, 880] };
  const dataQuality = { points: 40, missing: 3, rejected: {} };
  const plan = { ...snapshot.plan, sample: 590 };
  api.active = { ...active, snapshot: { ...snapshot, quantiles, dataQuality, plan } };
  const labels = 'workload="my-api"';
  expect(await sample(`kedastral_predicted_quantile{${labels},level="0.9"}`)).toBe(660);
  expect(await sample(`kedastral_observed_value{${labels}}`)).toBe(590);
  expect(await sample(`kedastral_replica_bound{${labels},bound="max"}`)).toBe(
    plan.policy.maxReplicas,
  );
  expect(await sample(`kedastral_history_steps{${labels}}`)).toBe(40);
  expect(await sample(`kedastral_history_missing_steps{${labels}}`)).toBe(3);
  await faces.clock.advance(STEP_SECONDS * 1000);
  expect(await sample(`kedastral_predicted_quantile{${labels},level="0.9"}`)).toBe(1100);
  await faces.clock.advance(2 * STEP_SECONDS * 1000);
  expect(await sample(`kedastral_predicted_quantile{${labels},level="0.9"}`)).toBeUndefined();
  const none = { ...snapshot, plan: { ...plan, sample: null } };
  api.active = { ...active, snapshot: none };
  expect(await sample(`kedastral_observed_value{${labels}}`)).toBeUndefined();
});

it('counts work and faults by workload', async () => {
  const metrics = faces.metrics.forWorkload('my-api');
  metrics.adapterCollectSeconds(0.02);
  metrics.modelPredictSeconds(0.002);
  metrics.capacityComputeSeconds(1e-6);
  metrics.samplesRejected('not_finite', 3);
  metrics.error(new KedastralError('adapter_timeout', 'adapter', 'no answer'));
  for (const name of [
    'kedastral_adapter_collect_seconds_count{workload="my-api"}',
    'kedastral_model_predict_seconds_count{workload="my-api"}',
    'kedastral_capacity_compute_seconds_count{workload="my-api"}',
    'kedastral_errors_total{workload="my-api",component="adapter",reason="adapter_timeout"}',
  ]) {
    expect(await sample(name), name).toBe(1);
  }
  const rejected = 'kedastral_samples_rejected_total{workload="my-api",reason="not_finite"}';
  expect(await sample(rejected)).toBe(3);
  expect(await sample(`kedastral_build_info{version="1.2.3",node="${process.version}"}`)).toBe(1);
});

it('passes promtool without a warning, the process metrics too', async () => {
  const metrics = faces.metrics.forWorkload('my-api');
  metrics.rpcSeconds('GetMetrics', 0.001);
  metrics.scalerAnswered(5, 3);
  metrics.scalerFetchSeconds(1e-6);
  metrics.scalerFetchFailed();
  metrics.error(new KedastralError('internal', 'loop', 'x'));
  metrics.samplesRejected('late', 1);
  const { body } = await faces.metrics.scrape();
  expect(body).toContain('process_resident_memory_bytes');
  expect(body).toContain('nodejs_eventloop_lag_seconds');
  const promtool = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  expect(promtool.error).toBeUndefined();
  expect([promtool.stdout, promtool.stderr, promtool.status]).toEqual(['', '', 0]);
});

it('forgets the samples of a workload that is gone, of no other', async () => {
  const { metrics } = facesOf();
  for (const workload of ['gone', 'here']) {
    const counted = metrics.forWorkload(workload);
    counted.scalerAnswered(3, 1);
    counted.rpcSeconds('IsActive', 0.1);
    counted.modelPredictSeconds(0.1);
  }
  forgetWorkload(metrics.registry, 'gone');
  const { body } = await metrics.scrape();
  expect(body).not.toContain('gone');
  expect(body).toContain('workload="here"');
});
