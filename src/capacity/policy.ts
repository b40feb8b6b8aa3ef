/** How demand becomes replicas; checked once by the options table (src/config/options.ts). */
export interface CapacityPolicy {
  /** Demand one pod serves, in the metric's unit; > 0. */
  readonly targetPerPod: number;
  /** Factor on the median, > 0; not applied when a quantile is planned for. */
  readonly headroom: number;
  /**
   * Quantile to plan for, in 0.5..0.999, of the maximum over the lead-time window; 0 for the median
   * × headroom.
   */
  readonly quantileLevel: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Largest growth from one step to the next, > 1. */
  readonly upMaxFactor: number;
  /** Largest fall from one step to the next in percent, 0..100. */
  readonly downMaxPercent: number;
  /**
   * Demand up to which no pod is needed, > 0; absent = any demand needs one. No forecast of a noisy
   * metric is 0 all night.
   */
  readonly activationDemand?: number;
}
