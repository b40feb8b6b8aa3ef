import { type LeadWindow, leadWindow, type PlanGrid, replicasIn } from '../capacity/window.ts';
import { KedastralError } from '../errors.ts';

/** Why there is no answer before the first forecast, when nothing more is known. */
export const NO_FORECAST = 'no forecast has been made yet';

/** What serving looks at: a snapshot in force, or a row of forecasts that is replayed. */
export interface Servable extends PlanGrid {
  readonly generatedAtSeconds: number;
  /** Age by a clock that nobody sets; absent where there is but one clock. */
  readonly elapsedSeconds?: () => number;
  readonly snapshot: { readonly desiredReplicas: ArrayLike<number> };
}

/** What is served, and until when. */
export interface ServingPolicy {
  readonly leadTimeSeconds: number;
  /** Age from `generatedAt` up to which a snapshot is fresh. */
  readonly staleAfterSeconds: number;
  /**
   * `hold`: what was last served fresh, or more; `min`: defaultMin, at least 1; `error`: nothing.
   */
  readonly onStale: 'hold' | 'min' | 'error';
  readonly defaultMin: number;
}

/** Replicas for KEDA at one instant. */
export interface Served {
  readonly replicas: number;
  /** False only when a fresh forecast says zero for the whole window. */
  readonly isActive: boolean;
  readonly state: 'fresh' | 'held' | 'min';
  readonly window: LeadWindow;
}

/**
 * Age of a snapshot, in whole milliseconds: by the wall clock, or by the time that has passed where
 * that is more, so that a clock which is set back makes nothing younger.
 */
export function ageSeconds(active: Servable, nowSeconds: number): number {
  const age = nowSeconds - active.generatedAtSeconds;
  return Math.round(Math.max(age, active.elapsedSeconds?.() ?? age) * 1000) / 1000;
}

/** False for a lead time that no forecast of this horizon covers, however fresh it is. */
export function fitsHorizon(active: Servable, leadSeconds: number): boolean {
  return leadSeconds <= active.horizonSteps * active.stepSeconds;
}

export function isFresh(active: Servable, policy: ServingPolicy, nowSeconds: number): boolean {
  // A clock that was set back far makes a forecast of the future: that is no more fresh than old.
  const aheadSeconds = active.generatedAtSeconds - nowSeconds;
  const furthest = Math.max(aheadSeconds, ageSeconds(active, nowSeconds));
  return furthest <= policy.staleAfterSeconds;
}

/**
 * The replicas to serve now, by the freshness ladder.
 *
 * "What was last served fresh" is derived, not remembered: the plan's window at the last instant at
 * which this snapshot was fresh. So replicas of one workload, and a process that restarted, agree.
 *
 * @param leadSeconds the trigger's own lead time, or the policy's
 * @throws KedastralError forecast_pending, forecast_stale: the caller answers UNAVAILABLE
 */
export function serve(
  active: Servable | null,
  policy: ServingPolicy,
  leadSeconds: number,
  nowSeconds: number,
): Served {
  if (!active) {
    throw new KedastralError('forecast_pending', 'loop', NO_FORECAST);
  }
  const plan = active.snapshot.desiredReplicas;
  const window = leadWindow(active, nowSeconds, leadSeconds);
  const planned = replicasIn(plan, window);
  if (isFresh(active, policy, nowSeconds)) {
    return { replicas: planned, isActive: planned > 0, state: 'fresh', window };
  }

  const age = `${Math.round(ageSeconds(active, nowSeconds))} s`;
  const stale = `the last forecast is ${age} old, over stale-after ${policy.staleAfterSeconds} s`;
  if (policy.onStale === 'error') throw new KedastralError('forecast_stale', 'loop', stale);
  if (policy.onStale === 'min') {
    return { replicas: Math.max(1, policy.defaultMin), isActive: true, state: 'min', window };
  }
  const aged = active.generatedAtSeconds + ageSeconds(active, nowSeconds);
  if (!leadWindow(active, aged, leadSeconds).covered) {
    const ended = `${stale}, and it ends before the lead time does`;
    throw new KedastralError('forecast_stale', 'loop', ended);
  }
  const lastFresh = active.generatedAtSeconds + policy.staleAfterSeconds;
  const lastServed = replicasIn(plan, leadWindow(active, lastFresh, leadSeconds));
  const replicas = Math.max(policy.defaultMin, lastServed, planned);
  if (replicas === 0) {
    throw new KedastralError('forecast_stale', 'loop', `${stale}, and it says zero`);
  }
  return { replicas, isActive: true, state: 'held', window };
}
