import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { collectProcess } from '../telemetry/process.ts';
import type { Outcome } from './review.ts';

const REVIEW_BUCKETS = [2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 0.1, 1];

/** What the injector does beside the reviews. */
export type BackgroundWork = 'certificate' | 'lease' | 'cluster';

/** Every metric of the injector. Label values are bounded: outcomes and reasons are fixed words. */
export class InjectorMetrics {
  readonly registry = new Registry();
  readonly #reviews = new Counter({
    name: 'kedastral_injector_reviews_total',
    help: 'Pods reviewed, by what came of it.',
    labelNames: ['outcome', 'reason'],
    registers: [this.registry],
  });
  readonly #missed = new Counter({
    name: 'kedastral_injector_missed_pods_total',
    help: 'Pods that asked for a sidecar and got none.',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: 'kedastral_injector_review_seconds',
    help: 'Time to review a pod.',
    buckets: REVIEW_BUCKETS,
    registers: [this.registry],
  });
  readonly #failures = new Counter({
    name: 'kedastral_injector_background_failures_total',
    help: 'Failures of work beside the reviews: certificate, lease, LimitRanges and namespaces.',
    labelNames: ['work'],
    registers: [this.registry],
  });
  readonly #expiry = new Gauge({
    name: 'kedastral_injector_certificate_expiry_timestamp_seconds',
    help: 'End of the certificate in use, since the Unix epoch.',
    registers: [this.registry],
  });
  readonly #bare = new Gauge({
    name: 'kedastral_injector_pods_without_sidecar',
    help: 'Running pods that ask for a sidecar, could have one and have none; where there are any.',
    // `namespace` is that of the injector, which Prometheus sets.
    labelNames: ['pod_namespace'],
    registers: [this.registry],
  });
  readonly #leader = new Gauge({
    name: 'kedastral_injector_is_leader',
    help: 'Whether this replica renews the certificate.',
    registers: [this.registry],
  });

  constructor() {
    collectProcess(this.registry);
    // Not known yet: zero would be an answer.
    this.#expiry.set(Number.NaN);
    this.#bare.set(Number.NaN);
  }

  reviewed({ outcome, reason, isMissed }: Outcome, seconds: number): void {
    this.#reviews.inc({ outcome, reason });
    if (isMissed) this.#missed.inc({ reason });
    this.#seconds.observe(seconds);
  }

  failed(work: BackgroundWork): void {
    this.#failures.inc({ work });
  }

  certificateUntil(endSeconds: number): void {
    this.#expiry.set(endSeconds);
  }

  /** By namespace; none at all is a zero of its own. */
  podsWithoutSidecar(counts: ReadonlyMap<string, number>): void {
    this.#bare.reset();
    if (counts.size === 0) this.#bare.set(0);
    for (const [namespace, count] of counts) this.#bare.set({ pod_namespace: namespace }, count);
  }

  leads(isLeader: boolean): void {
    this.#leader.set(isLeader ? 1 : 0);
  }
}
