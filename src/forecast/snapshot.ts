import type { CapacityPolicy } from '../capacity/policy.ts';

/**
 * What one tick made: the body of `GET /forecast/current` and the value in the store, field for
 * field. The first seven fields are the public contract; others may be added, none renamed.
 */
export interface Snapshot {
  readonly workload: string;
  readonly metric: string;
  /** RFC 3339: the tick's nominal time. */
  readonly generatedAt: string;
  readonly stepSeconds: number;
  readonly horizonSeconds: number;
  /** Median demand of each step, in the metric's unit. */
  readonly values: readonly number[];
  /** The plan without lead time, one whole number a step. */
  readonly desiredReplicas: readonly number[];

  /**
   * RFC 3339: end of the last observed step; value i covers (cutoff + i·step, cutoff + (i+1)·step].
   */
  readonly cutoff: string;
  /** Hash of options and inputs: equal ids have equal values. */
  readonly id: string;
  /** Hash of the options alone: a snapshot of other options is not taken from the store. */
  readonly optionsId: string;
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
  readonly model: {
    readonly requested: string;
    readonly answered: string;
    /** Why another model than the requested one answered; empty when it did. */
    readonly reason: string;
  };
  readonly dataQuality: DataQuality;
  readonly plan: PlanStages;
}

/** Counts over the kept history at this cutoff. */
export interface DataQuality {
  /** Grid steps from the oldest observed one to the cutoff. */
  readonly points: number;
  readonly missing: number;
  readonly rejected: Readonly<Record<string, number>>;
}

/** How each number of the plan came about, for `GET /forecast/explain`. */
export interface PlanStages {
  /** Newest observed value, and the replicas that the planner has in force at the cutoff. */
  readonly sample: number | null;
  readonly previous: number | null;
  readonly policy: CapacityPolicy;
  readonly need: readonly number[];
  readonly bounded: readonly number[];
  readonly raised: readonly number[];
}
