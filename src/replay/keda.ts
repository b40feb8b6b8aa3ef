/** What a trigger's source says: a metric and IsActive, or how it failed. */
export type Reading =
  | { readonly value: number; readonly isActive: boolean }
  /** GetMetrics or IsActive failed, twice. */
  | 'error'
  /** GetMetricSpec failed: KEDA then knows no metric of this trigger, so fallback never counts. */
  | 'spec-error';

export interface Fallback {
  /** Failures in a row that are borne; the next one falls back. */
  readonly failureThreshold: number;
  readonly replicas: number;
  readonly behavior:
    | 'static'
    | 'currentReplicas'
    | 'currentReplicasIfHigher'
    | 'currentReplicasIfLower';
}

export interface Trigger {
  readonly metricType: 'AverageValue' | 'Value';
  readonly target: number;
}

/** A ScaledObject: KEDA's defaults are in `SCALED_OBJECT_DEFAULTS`. */
export interface ScaledObject {
  readonly triggers: readonly Trigger[];
  readonly pollingIntervalSeconds: number;
  readonly cooldownSeconds: number;
  readonly initialCooldownSeconds: number;
  readonly minReplicas: number;
  readonly idleReplicas: number | null;
  readonly fallback: Fallback | null;
}

export const SCALED_OBJECT_DEFAULTS = {
  pollingIntervalSeconds: 30,
  cooldownSeconds: 300,
  initialCooldownSeconds: 0,
  minReplicas: 0,
  idleReplicas: null,
  fallback: null,
} as const;

/** The cluster as KEDA sees it. */
export interface KedaWorld {
  readonly nowSeconds: number;
  readonly specReplicas: number;
  readonly readyPods: number;
  /** The HPA's condition ScalingActive is True. */
  readonly isHpaActive: boolean;
  read(trigger: number): Reading;
  setSpec(replicas: number): void;
}

interface Observation {
  /** NaN: an error, passed on. */
  readonly value: number;
  readonly isActive: boolean;
  readonly isFallback: boolean;
}

/**
 * KEDA 2.21's part in virtual time: what the HPA reads through it, and the poll that goes from and
 * to zero or idle (pkg/scaling/scale_handler.go, executor/scale_scaledobjects.go, fallback/).
 */
export class Keda {
  /** Failures in a row of each trigger; counted only with a fallback. */
  readonly #failures: number[];
  /** What the HPA's queries saw last, for polls that need not ask again. */
  readonly #seen: (Observation | null)[];
  readonly #createdSeconds: number;
  #lastActiveSeconds: number | null = null;

  constructor(
    private readonly object: ScaledObject,
    nowSeconds: number,
  ) {
    this.#failures = object.triggers.map(() => 0);
    this.#seen = object.triggers.map(() => null);
    this.#createdSeconds = nowSeconds;
  }

  /** The HPA's least replicas: its own minimum is never 0. */
  get hpaMinReplicas(): number {
    return Math.max(this.object.minReplicas, 1);
  }

  /** The HPA asks for the metric of one trigger; NaN is an error. */
  metric(trigger: number, world: KedaWorld): number {
    const observed = this.#observe(trigger, world);
    this.#seen[trigger] = observed;
    // An unknown metric of any trigger fails the whole answer, unless this one falls back.
    const others = this.object.triggers.some(
      (_, i) => i !== trigger && world.read(i) === 'spec-error',
    );
    return others && !observed?.isFallback ? Number.NaN : (observed?.value ?? Number.NaN);
  }

  /** One poll: looks at all triggers and sets spec.replicas where KEDA does. */
  poll(world: KedaWorld): void {
    const { minReplicas, idleReplicas, triggers } = this.object;
    const reuses = minReplicas > 0 && idleReplicas === null && world.isHpaActive;
    let isActive = false;
    let isError = false;
    for (const trigger of triggers.keys()) {
      const seen = reuses ? (this.#seen[trigger] ?? null) : null;
      const observed = seen ?? this.#observe(trigger, world);
      if (observed === null || Number.isNaN(observed.value)) isError = true;
      else if (observed.isActive || observed.isFallback) isActive = true;
    }
    this.#request(isActive, isError, world);
  }

  /** A push trigger streamed `active`; KEDA does not listen to `inactive`. */
  push(world: KedaWorld): void {
    this.#request(true, false, world);
  }

  /** Null: the trigger's metric is not known. */
  #observe(trigger: number, world: KedaWorld): Observation | null {
    const reading = world.read(trigger);
    if (reading === 'spec-error') return null;
    const { fallback } = this.object;
    if (reading !== 'error') {
      this.#failures[trigger] = 0;
      return { ...reading, isFallback: false };
    }
    const failed = { value: Number.NaN, isActive: false, isFallback: false };
    if (!fallback) return failed;
    const failures = (this.#failures[trigger] as number) + 1;
    this.#failures[trigger] = failures;
    if (failures <= fallback.failureThreshold) return failed;
    const value = this.#fallbackValue(this.object.triggers[trigger] as Trigger, fallback, world);
    return Number.isNaN(value) ? failed : { value, isActive: false, isFallback: true };
  }

  /** The metric that makes the HPA want the fallback's replicas; NaN when there is none. */
  #fallbackValue(trigger: Trigger, fallback: Fallback, world: KedaWorld): number {
    const current = world.specReplicas;
    const { behavior, replicas: given } = fallback;
    let replicas: number = given;
    if (behavior === 'currentReplicas') replicas = current;
    if (behavior === 'currentReplicasIfHigher') replicas = Math.max(current, given);
    if (behavior === 'currentReplicasIfLower') replicas = Math.min(current, given);
    if (trigger.metricType === 'Value') {
      if (world.readyPods === 0) return Number.NaN;
      replicas /= world.readyPods;
    }
    return Math.trunc(trigger.target * 1000 * replicas) / 1000;
  }

  #request(isActive: boolean, isError: boolean, world: KedaWorld): void {
    const { minReplicas, idleReplicas, fallback } = this.object;
    const current = world.specReplicas;
    if (isActive) {
      if (current === 0 || (idleReplicas !== null && current < minReplicas)) {
        world.setSpec(Math.max(minReplicas, 1));
        this.#noteActive(world);
      } else if (!isError) this.#noteActive(world);
      return;
    }
    if (isError && (fallback === null || fallback.replicas !== 0)) return;
    const isAboveIdle = idleReplicas !== null && current > idleReplicas;
    if (isAboveIdle || (current > 0 && minReplicas === 0)) {
      if (this.#isCooledDown(world.nowSeconds)) world.setSpec(idleReplicas ?? minReplicas);
    } else if (idleReplicas === null && current < minReplicas) world.setSpec(minReplicas);
  }

  #noteActive(world: KedaWorld): void {
    // The API keeps times to the second.
    this.#lastActiveSeconds = Math.floor(world.nowSeconds);
  }

  #isCooledDown(nowSeconds: number): boolean {
    const { cooldownSeconds, initialCooldownSeconds } = this.object;
    return this.#lastActiveSeconds === null
      ? this.#createdSeconds + initialCooldownSeconds < nowSeconds
      : this.#lastActiveSeconds + cooldownSeconds < nowSeconds;
  }
}
