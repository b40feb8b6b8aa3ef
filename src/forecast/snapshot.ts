import type { CapacityPolicy } from '../capacity/policy.ts';
import type { Drift } from '../models/model.ts';

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
  /** Hash of options, inputs and what came out: equal ids have equal values. Where queries beside
   *  the forecast's were read, a second hash, of these, follows after a hyphen. */
  readonly id: string;
  /** Hash of the options alone: a snapshot of other options is not taken from the store. */
  readonly optionsId: string;
  readonly quantiles: Readonly<Record<string, readonly number[]>>;
  readonly risk: Risk;
  readonly peak: Peak;
  readonly model: {
    readonly requested: string;
    readonly answered: string;
    /** Why another model than the requested one answered; empty when it did. */
    readonly reason: string;
  };
  /** What the ensemble is made of, where `auto` answered. */
  readonly ensemble?: Readonly<Record<string, unknown>>;
  readonly dataQuality: DataQuality;
  readonly plan: PlanStages;
  /** RFC 3339: the tick whose readings these are, where it made no forecast itself. */
  readonly renewedAt?: string;
  /** With deadband-proof: the plan without it; `desiredReplicas` is the plan with it. */
  readonly deadband?: Deadband;
  /** With reactive-query, once it has answered. */
  readonly reactive?: Reactive;
}

/** What the quantiles are made of. */
export interface Risk {
  /** `conformal`: learnt from walk-forward errors; `normal`: the model's own standard errors. */
  readonly method: 'conformal' | 'normal';
  /** In 0..1, see `confidenceOf`. */
  readonly confidence: number;
  /** Walk-forward errors, and how many equally weighted ones they are worth; 0 of a normal. */
  readonly errors: number;
  readonly effectiveErrors: number;
  /** The level from which quantiles are a parametric tail; 0 when all are. */
  readonly tailFrom: number;
  /** The drift alarm; null where no errors are watched. */
  readonly drift: Drift | null;
}

/** Quantiles of the maximum over the lead-time window that starts with the forecast. */
export interface Peak {
  readonly leadTimeSeconds: number;
  /** Steps of that window: those that a lead time starting in the first step touches. */
  readonly steps: number;
  /** `conformal`: learnt from walk-forward maxima; `bound`: at least this likely, by Bonferroni. */
  readonly method: 'conformal' | 'bound';
  readonly quantiles: Readonly<Record<string, number>>;
  /** By this the distance of each step's planned quantile from its median is stretched, so that the
   *  window's maximum has the planned level; 1 when none is planned for. */
  readonly factor: number;
}

/** Counts over the kept history at this cutoff. */
export interface DataQuality {
  /** Grid steps from the oldest observed one to the cutoff. */
  readonly points: number;
  readonly missing: number;
  /** Steps by reason; those that the guard doubts are missing to the model. */
  readonly rejected: Readonly<Record<string, number>>;
  /** The newest value while it is doubted for being high: the plan serves at least that. */
  readonly doubtful?: { readonly reason: string; readonly floor: number } | null;
}

/** How increases that an HPA would ignore were lifted (src/capacity/deadband.ts). */
export interface Deadband {
  /** The pods that there are, measured by `query` (replicas-query) or derived from the `plan`; when
   *  derived, with the lifts before and without them. Empty: nothing was observed. */
  readonly present: readonly number[];
  readonly from: 'query' | 'plan';
  /** The plan before the lifts. */
  readonly without: readonly number[];
}

/** The reactive floor: what the demand of now needs. */
export interface Reactive {
  /** RFC 3339: the time that the query was evaluated at. */
  readonly at: string;
  /** In the metric's unit. */
  readonly value: number;
  /** value × headroom / targetPerPod. */
  readonly need: number;
  /** Rounded up and bound to min and max. */
  readonly bounded: number;
  /** With the lift of deadband-proof, if there is one. */
  readonly replicas: number;
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
