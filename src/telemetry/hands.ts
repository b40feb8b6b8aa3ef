import { Counter, Gauge, type Registry } from 'prom-client';

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
  readonly #registry: Registry;
  readonly #lift: Gauge;
  readonly #reactiveValue: Gauge;
  readonly #reactiveReplicas: Gauge;
  readonly #override: Gauge<'workload' | 'kind'>;
  readonly #overrides: Counter<'workload' | 'kind'>;
  readonly #missing: Counter<'workload' | 'query'>;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#lift = this.#gauge(
      'kedastral_deadband_lift_replicas',
      'Replicas by which deadband-proof lifts the plan of the step that is now.',
    );
    this.#reactiveValue = this.#gauge(
      'kedastral_reactive_value',
      "Last value of reactive-query, in the metric's unit.",
    );
    this.#reactiveReplicas = this.#gauge(
      'kedastral_reactive_replicas',
      'Replicas that it needs: the reactive floor.',
    );
    const registers = [registry];
    this.#override = new Gauge({
      name: 'kedastral_override_replicas',
      help: 'Replicas that a person ordered, while the order is in force.',
      labelNames: ['workload', 'kind'],
      registers,
    });
    this.#overrides = new Counter({
      name: 'kedastral_overrides_total',
      help: 'Orders by kind, replicas or atLeast, and those cleared, expired or restored.',
      labelNames: ['workload', 'kind'],
      registers,
    });
    this.#missing = new Counter({
      name: 'kedastral_readings_missing_total',
      help: 'Ticks at which reactive-query or replicas-query said nothing.',
      labelNames: ['workload', 'query'],
      registers,
    });
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

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, labelNames: ['workload'], registers: [this.#registry] });
  }
}
