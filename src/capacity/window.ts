/** Where a plan lies in time. */
export interface PlanGrid {
  readonly cutoffSeconds: number;
  readonly stepSeconds: number;
  readonly horizonSteps: number;
}

/**
 * Indexes of the steps that a lead-time window touches; `covered` when none lies past the horizon.
 */
export interface LeadWindow {
  readonly from: number;
  readonly to: number;
  readonly covered: boolean;
}

/**
 * The steps of `[t, t + leadTime]`: i0 .. i0 + ceil(leadTime / step), i0 = floor((t − cutoff) /
 * step), clipped to the horizon.
 */
export function leadWindow(grid: PlanGrid, timeSeconds: number, leadSeconds: number): LeadWindow {
  const first = Math.floor((timeSeconds - grid.cutoffSeconds) / grid.stepSeconds);
  const last = first + Math.ceil(leadSeconds / grid.stepSeconds);
  const end = grid.horizonSteps - 1;
  return {
    from: Math.min(Math.max(first, 0), end),
    to: Math.min(Math.max(last, 0), end),
    covered: timeSeconds + leadSeconds <= grid.cutoffSeconds + grid.horizonSteps * grid.stepSeconds,
  };
}

/** Replicas for a window: the largest of the plan in it. */
export function replicasIn(plan: ArrayLike<number>, window: LeadWindow): number {
  let most = 0;
  for (let i = window.from; i <= window.to; i++) most = Math.max(most, plan[i] ?? 0);
  return most;
}
