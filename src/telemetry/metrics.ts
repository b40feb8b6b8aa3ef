import { setImmediate as nextTurn } from 'node:timers/promises';
import { Gauge, Registry } from 'prom-client';
import { type Clock, timeSinceMs } from '../clock.ts';
import { Families } from './families.ts';
import { HandsMetrics } from './hands.ts';
import { collectProcess } from './process.ts';
import { SnapshotMetrics } from './snapshot.ts';
import {
  type ObservedOverrides,
  type ObservedWorkload,
  REPLICA_ROLES,
  type WorkloadMetrics,
} from './workload-metrics.ts';

const QUERY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MATH_BUCKETS = [1e-4, 2.5e-4, 1e-3, 2.5e-3, 1e-2, 2.5e-2, 0.1, 0.25, 1, 2.5, 10];
const PLAN_BUCKETS = [1e-6, 2.5e-6, 1e-5, 2.5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 0.1];
const FETCH_BUCKETS = [1e-6, 2.5e-6, 1e-5, 2.5e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 5];
const RPC_BUCKETS = [1e-5, 2.5e-5, 1e-4, 2.5e-4, 1e-3, 2.5e-3, 1e-2, 2.5e-2, 0.1, 1];

/**
 * Every metric of the process, in one registry. Label values are bounded: workloads are those of
 * the process (empty for a request that names none of them), reasons are codes of the error table,
 * methods are those of the protocol, horizons and levels those
 * of the options.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #families = new Families(this.registry);
  readonly #snapshot = new SnapshotMetrics(this.#families);
  readonly #hands = new HandsMetrics(this.#families);
  readonly #clock: Clock;
  #observed: Iterable<ObservedWorkload> = [];
  #overrides: ObservedOverrides | null = null;
  #scraping: Promise<{ body: string; contentType: string }> | null = null;

  readonly #predictedValue = this.#families.gauge(
    'kedastral_predicted_value',
    "Forecast median of the step that is now, in the metric's unit.",
  );
  readonly #desiredReplicas = this.#families.gauge(
    'kedastral_desired_replicas',
    'Planned replicas of the step that is now, without lead time.',
  );
  readonly #ageSeconds = this.#families.gauge(
    'kedastral_forecast_age_seconds',
    'Age of the forecast in force.',
  );
  readonly #staleSeconds = this.#families.gauge(
    'kedastral_stale_after_seconds',
    'Age up to which a forecast is fresh.',
  );
  readonly #cutoffSeconds = this.#families.gauge(
    'kedastral_snapshot_cutoff_timestamp_seconds',
    'End of the last observed step of the forecast in force, since the Unix epoch.',
  );
  readonly #generatedSeconds = this.#families.gauge(
    'kedastral_snapshot_generated_timestamp_seconds',
    'Tick of the forecast in force, since the Unix epoch.',
  );
  readonly #fingerprint = this.#families.gauge(
    'kedastral_snapshot_fingerprint',
    'First 48 bits of the id of the forecast in force: of one tick the same on all replicas.',
  );
  readonly #role = this.#families.gauge(
    'kedastral_replica_role',
    'With a shared store: whether it forecasts for all (writer), reads that (reader), or is alone.',
    ['role'],
  );
  readonly #confidence = this.#families.gauge(
    'kedastral_forecast_confidence',
    'How far the forecast in force can be leant on, 0 to 1.',
  );
  readonly #drift = this.#families.gauge(
    'kedastral_forecast_drift_excess',
    'Page-Hinkley statistic of the walk-forward errors.',
  );
  readonly #driftAlarm = this.#families.gauge(
    'kedastral_forecast_drift_alarm',
    'Whether errors have become larger, or lie far off on one side: 1, or 0.',
  );
  readonly #wape = this.#families.gauge(
    'kedastral_forecast_wape',
    'Weighted absolute percentage error of the last 24 hours, as a ratio, by horizon.',
    ['horizon'],
  );
  readonly #coverage = this.#families.gauge(
    'kedastral_forecast_coverage',
    'Share of the last 24 hours at or below the quantile, by horizon and level.',
    ['horizon', 'level'],
  );
  readonly #collect = this.#families.histogram(
    'kedastral_adapter_collect_seconds',
    'Time to collect samples from the data source.',
    QUERY_BUCKETS,
  );
  readonly #predict = this.#families.histogram(
    'kedastral_model_predict_seconds',
    'Time to fit the model and predict.',
    MATH_BUCKETS,
  );
  readonly #compute = this.#families.histogram(
    'kedastral_capacity_compute_seconds',
    'Time to plan replicas.',
    PLAN_BUCKETS,
  );
  readonly #errors = this.#families.counter(
    'kedastral_errors_total',
    'Faults by the part they arose in and their code.',
    ['component', 'reason'],
  );
  readonly #rejected = this.#families.counter(
    'kedastral_samples_rejected_total',
    'Samples that were not taken as they came.',
    ['reason'],
  );
  readonly #returned = this.#families.gauge(
    'kedastral_scaler_desired_replicas_returned',
    'Replicas last answered to KEDA.',
  );
  readonly #ageSeen = this.#families.gauge(
    'kedastral_scaler_forecast_age_seen_seconds',
    'Age of the forecast of the last answer to KEDA.',
  );
  readonly #fetch = this.#families.histogram(
    'kedastral_scaler_forecast_fetch_duration_seconds',
    'Time to read the forecast: from memory, or in role scaler from a forecaster.',
    FETCH_BUCKETS,
  );
  readonly #fetchErrors = this.#families.counter(
    'kedastral_scaler_forecast_fetch_errors_total',
    'Requests for which no forecast could be served; in role scaler, looks that failed.',
  );
  readonly #rpc = this.#families.histogram(
    'kedastral_scaler_grpc_request_duration_seconds',
    'Time to answer an RPC; of a stream, to its first message.',
    RPC_BUCKETS,
    ['method'],
  );

  readonly #certificateExpiry = new Gauge({
    name: 'kedastral_tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in force, or the first of the client CAs, ends.',
    labelNames: ['certificate'],
    registers: [this.registry],
  });

  constructor(clock: Clock, version: string) {
    this.#clock = clock;
    const labelNames = ['version', 'node'];
    new Gauge({
      name: 'kedastral_build_info',
      help: 'Version of Kedastral and of Node.js; always 1.',
      labelNames,
      registers: [this.registry],
    }).set({ version, node: process.version }, 1);
    collectProcess(this.registry);
  }

  /** From now on the forecast gauges show these workloads, worked out at each scrape. */
  observe(workloads: Iterable<ObservedWorkload>, overrides: ObservedOverrides | null = null): void {
    this.#observed = workloads;
    this.#overrides = overrides;
  }

  /** An order given to this process, or the end of one. */
  override(workload: string, kind: string): void {
    this.#hands.overridden(workload, kind);
  }

  certificateExpires(certificate: 'server' | 'client_ca', atSeconds: number): void {
    this.#certificateExpiry.set({ certificate }, atSeconds);
  }

  /** The exposition, and its content type; those who ask while it is written get the same. */
  scrape(): Promise<{ body: string; contentType: string }> {
    this.#scraping ??= this.#write().finally(() => {
      this.#scraping = null;
    });
    return this.#scraping;
  }

  /** Family by family: of a thousand workloads it is megabytes, and KEDA waits for nothing. */
  async #write(): Promise<{ body: string; contentType: string }> {
    this.#readObserved();
    const families: string[] = [];
    for (const { name } of this.registry.getMetricsAsArray()) {
      families.push(await this.registry.getSingleMetricAsString(name));
      await nextTurn();
    }
    return { body: `${families.join('\n\n')}\n`, contentType: this.registry.contentType };
  }

  /** @param workload identity, or empty when it is not one of this process */
  forWorkload(workload: string): WorkloadMetrics {
    const label = { workload };
    const collect = this.#collect.labels(label);
    const predict = this.#predict.labels(label);
    const compute = this.#compute.labels(label);
    const fetch = this.#fetch.labels(label);
    return {
      adapterCollectSeconds: (seconds) => collect.observe(seconds),
      modelPredictSeconds: (seconds) => predict.observe(seconds),
      capacityComputeSeconds: (seconds) => compute.observe(seconds),
      samplesRejected: (reason, count) => this.#rejected.inc({ workload, reason }, count),
      readingMissing: (query) => this.#hands.readingMissing(workload, query),
      error: ({ component, code }) => this.#errors.inc({ workload, component, reason: code }),
      scalerAnswered: (replicas, ageSeconds) => {
        this.#returned.set(label, replicas);
        if (ageSeconds !== null) this.#ageSeen.set(label, ageSeconds);
      },
      scalerFetchSeconds: (seconds) => fetch.observe(seconds),
      scalerFetchFailed: () => this.#fetchErrors.inc(label),
      rpcSeconds: (method, seconds) => this.#rpc.observe({ workload, method }, seconds),
      replicaRole: (role) => {
        for (const each of REPLICA_ROLES) {
          this.#role.set({ workload, role: each }, each === role ? 1 : 0);
        }
      },
    };
  }

  /** A workload without forecast has no sample: zero would be an answer. */
  #readObserved(): void {
    const gauges = [
      this.#predictedValue,
      this.#desiredReplicas,
      this.#ageSeconds,
      this.#staleSeconds,
      this.#cutoffSeconds,
      this.#generatedSeconds,
      this.#fingerprint,
      this.#confidence,
      this.#drift,
      this.#driftAlarm,
      this.#wape,
      this.#coverage,
    ];
    for (const gauge of gauges) gauge.reset();
    this.#snapshot.reset();
    this.#hands.reset();
    for (const { identity: workload, serving, active, accuracy } of this.#observed) {
      this.#staleSeconds.set({ workload }, serving.staleAfterSeconds);
      this.#showAccuracy(workload, accuracy);
      this.#hands.showOverride(workload, this.#overrides?.of(workload));
      if (!active) continue;
      const nowSeconds = timeSinceMs(active.taken, this.#clock) / 1000;
      const { confidence, drift } = active.snapshot.risk;
      this.#confidence.set({ workload }, confidence);
      if (drift) this.#drift.set({ workload }, drift.excess);
      if (drift) this.#driftAlarm.set({ workload }, drift.isOn ? 1 : 0);
      const ageMs = Math.round((nowSeconds - active.generatedAtSeconds) * 1000);
      this.#ageSeconds.set({ workload }, ageMs / 1000);
      this.#cutoffSeconds.set({ workload }, active.cutoffSeconds);
      this.#generatedSeconds.set({ workload }, active.generatedAtSeconds);
      this.#fingerprint.set({ workload }, fingerprintOf(active.snapshot.id));
      const step = Math.floor((nowSeconds - active.cutoffSeconds) / active.stepSeconds);
      const value = active.snapshot.values[step];
      const replicas = active.snapshot.desiredReplicas[step];
      this.#snapshot.show(workload, active.snapshot, step);
      if (value !== undefined) this.#predictedValue.set({ workload }, value);
      if (replicas !== undefined) this.#desiredReplicas.set({ workload }, replicas);
      this.#hands.show(workload, active.snapshot, step);
    }
  }

  #showAccuracy(workload: string, accuracy: ObservedWorkload['accuracy']): void {
    for (const { horizon, wape, coverage } of accuracy) {
      if (wape !== null) this.#wape.set({ workload, horizon }, wape);
      for (const [level, share] of Object.entries(coverage)) {
        this.#coverage.set({ workload, horizon, level }, share);
      }
    }
  }
}

/** What a double holds exactly of an id, so that PromQL can compare it. */
function fingerprintOf(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}
