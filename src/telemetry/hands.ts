import type { Counter, Gauge } from 'prom-client';
import type { Families } from './families.ts';

/** What is shown of a snapshot in force: the lifts of deadband-proof and the reactive floor. */
export interface ShownHands {
  readonly desiredReplicas: readonly number[];
  readonly deadband?: { readonly without: readonly number[] };
  readonly reactive?: { readonly value: number; readonly replicas: number };
}

/** The order in force. */
export interface ShownOverride {
  readonly kind: string;
  readonly replicas: number;
}

/** Metrics of what has a hand in the replicas beside the forecast. */
export class HandsMetrics {
  readonly #lift: Gauge<'workload'>;
  readonly #reactiveValue: Gauge<'workload'>;
  readonly #reactiveReplicas: Gauge<'workload'>;
  readonly #override: Gauge<'workload' | 'kind'>;
  readonly #overrides: Counter<'workload' | 'kind'>;
  readonly #missing: Counter<'workload' | 'query'>;

  constructor(families: Families) {
    this.#lift = families.gauge(
      'kedastral_deadband_lift_replicas',
      'Replicas by which deadband-proof lifts the plan of the step that is now.',
    );
    this.#reactiveValue = families.gauge(
      'kedastral_reactive_value',
      "Last value of reactive-query, in the metric's unit.",
    );
    this.#reactiveReplicas = families.gauge(
      'kedastral_reactive_replicas',
      'Replicas that it needs: the reactive floor.',
    );
    this.#override = families.gauge(
      'kedastral_override_replicas',
      'Replicas that a person ordered, while the order is in force.',
      ['kind'],
    );
    this.#overrides = families.counter(
      'kedastral_overrides_total',
      'Orders by kind, replicas or atLeast, and those cleared, expired or restored.',
      ['kind'],
    );
    this.#missing = families.counter(
      'kedastral_readings_missing_total',
      'Ticks at which reactive-query or replicas-query said nothing.',
      ['query'],
    );
  }

  /** An order given to this process, or the end of one. */
  overridden(workload: string, kind: string): void {
    this.#overrides.inc({ workload, kind });
  }

  readingMissing(workload: string, query: string): void {
    this.#missing.inc({ workload, query });
  }

  reset(): void {
    for (const gauge of [this.#lift, this.#reactiveValue, this.#reactiveReplicas, this.#override]) {
      gauge.reset();
    }
  }

  /** @param step of the snapshot that is now */
  show(workload: string, { desiredReplicas, deadband, reactive }: ShownHands, step: number): void {
    const [replicas, planned] = [desiredReplicas[step], deadband?.without[step]];
    if (replicas !== undefined && planned !== undefined) {
      this.#lift.set({ workload }, replicas - planned);
    }
    if (!reactive) return;
    this.#reactiveValue.set({ workload }, reactive.value);
    this.#reactiveReplicas.set({ workload }, reactive.replicas);
  }

  showOverride(workload: string, override: ShownOverride | null | undefined): void {
    if (override) this.#override.set({ workload, kind: override.kind }, override.replicas);
  }
}
