/**
 * What a policy did to one workload in virtual time: plain numbers, strings and arrays alone, so
 * that it can be written as JSON and read by a report. Unit last in each name; shares are 0..1.
 */
export interface Outcome {
  /** Name of the policy, as a person reads it: `reactive`, `kedastral baseline`, `oracle`. */
  readonly policy: string;
  readonly durationSeconds: number;
  /** Pods that exist, paid for from their creation on. */
  readonly podHours: number;
  /** Integral of the demand over the time, in the metric's unit × seconds. */
  readonly demandTotal: number;
  /** Part of it that the ready pods could not serve, in the same unit. */
  readonly unservedTotal: number;
  /** unservedTotal / demandTotal; 0 when there is no demand. */
  readonly unservedShare: number;
  /** Time with more demand than the ready pods serve. */
  readonly shortMinutes: number;
  /** Mean and largest share of the demand unserved during the short minutes. */
  readonly shortDepthMean: number;
  readonly shortDepthMax: number;
  /** 99 % of the time, demand / (ready pods × capacity) is at most this (grain 0.001, up to 16). */
  readonly utilisationP99: number;
  /** Changes of spec.replicas. */
  readonly scaleUps: number;
  readonly scaleDowns: number;
  /** Largest and smallest spec.replicas. */
  readonly replicasMax: number;
  readonly replicasMin: number;
  /**
   * Median over the days of how long before the day's highest step the pods that it needs were
   * ready and stayed so; negative when they came late; within ±3600. Null: no timeline was asked
   * for, or the demand never needs more than the minimum.
   */
  readonly peakLeadSeconds: number | null;
  /** Null unless asked for. */
  readonly timeline: Timeline | null;
}

/** Replicas over time: arrays of equal length, one entry where anything changed. */
export interface Timeline {
  /** Epoch seconds, ascending; the first is the start. */
  readonly timesSeconds: readonly number[];
  readonly specReplicas: readonly number[];
  /** Pods that exist. */
  readonly pods: readonly number[];
  readonly readyPods: readonly number[];
}

/** One policy beside its rival, both over the same demand and cluster. */
export interface Comparison {
  readonly ours: Outcome;
  /** The rival: reactive with the flat headroom that makes its pod-hours equal to ours. */
  readonly rival: Outcome;
  /** That headroom. */
  readonly rivalHeadroom: number;
  /**
   * False where no headroom within the bounds brings the rival's pod-hours within 2 % of ours: then
   * the rival is only the nearest there is, and what is removed or saved says nothing.
   */
  readonly isSameCost: boolean;
  /** 1 − ours.unserved / rival.unserved; 0 when both serve all, −Infinity never: floored at −10. */
  readonly unservedRemoved: number;
  /**
   * Our pod-hours over those of a reactive rival that leaves as much unserved as we do; below 1 =
   * saved. Null when no headroom within the bounds reaches our unserved demand.
   */
  readonly podHoursRatio: number | null;
  /** The headroom of that second rival, null likewise. */
  readonly equalUnservedHeadroom: number | null;
}
