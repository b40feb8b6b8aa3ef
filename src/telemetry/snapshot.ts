import type { Gauge } from 'prom-client';
import type { Families } from './families.ts';

/** What is shown of a snapshot in force beside its median and its plan. */
export interface ShownSnapshot {
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
  readonly dataQuality: { readonly points: number; readonly missing: number };
  readonly plan: {
    readonly sample: number | null;
    readonly policy: { readonly minReplicas: number; readonly maxReplicas: number };
  };
}

/** Gauges that a dashboard holds a forecast against: what was observed, the band, the bounds. */
export class SnapshotMetrics {
  readonly #observed: Gauge<'workload'>;
  readonly #quantile: Gauge<'workload' | 'level'>;
  readonly #bound: Gauge<'workload' | 'bound'>;
  readonly #steps: Gauge<'workload'>;
  readonly #missing: Gauge<'workload'>;

  constructor(families: Families) {
    this.#observed = families.gauge(
      'kedastral_observed_value',
      "Last observed value that the forecast in force knows, in the metric's unit.",
    );
    this.#quantile = families.gauge(
      'kedastral_predicted_quantile',
      "Forecast quantiles of the step that is now, in the metric's unit.",
      ['level'],
    );
    this.#bound = families.gauge(
      'kedastral_replica_bound',
      'Fewest and most replicas that may be planned.',
      ['bound'],
    );
    this.#steps = families.gauge(
      'kedastral_history_steps',
      'Grid steps from the oldest observed one to the cutoff.',
    );
    this.#missing = families.gauge(
      'kedastral_history_missing_steps',
      'How many of these steps have no value.',
    );
  }

  reset(): void {
    const gauges = [this.#observed, this.#quantile, this.#bound, this.#steps, this.#missing];
    for (const gauge of gauges) gauge.reset();
  }

  /** @param step of the snapshot that is now */
  show(workload: string, { quantiles, dataQuality, plan }: ShownSnapshot, step: number): void {
    for (const [level, values] of Object.entries(quantiles)) {
      const value = values[step];
      if (value !== undefined) this.#quantile.set({ workload, level }, value);
    }
    if (plan.sample !== null) this.#observed.set({ workload }, plan.sample);
    this.#bound.set({ workload, bound: 'min' }, plan.policy.minReplicas);
    this.#bound.set({ workload, bound: 'max' }, plan.policy.maxReplicas);
    this.#steps.set({ workload }, dataQuality.points);
    this.#missing.set({ workload }, dataQuality.missing);
  }
}
