import { leadWindow, type PlanGrid, replicasIn } from '../capacity/window.ts';
import { KedastralError } from '../errors.ts';
import type { Override } from './override.ts';

/** Why there is no answer before the first forecast, when nothing more is known. */
export const NO_FORECAST = 'no forecast has been made yet';

/** What serving looks at: a snapshot in force, or a row of forecasts that is replayed. */
export interface Servable extends PlanGrid {
  readonly generatedAtSeconds: number;
  readonly snapshot: { readonly desiredReplicas: ArrayLike<number> };
  /** The reactive floor, and the time that it is of. */
  readonly reactive?: { readonly atSeconds: number; readonly replicas: number } | null;
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

/** Between which a person's order has to be. */
export interface ReplicaBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** An order within the bounds, which may be others than where and when it was given. */
export function bounded(override: Override | null, bounds: ReplicaBounds): Override | null {
  if (!override) return null;
  const { minReplicas, maxReplicas } = bounds;
  return { ...override, replicas: Math.min(Math.max(override.replicas, minReplicas), maxReplicas) };
}

/** Replicas for KEDA at one instant. */
export interface Served {
  readonly replicas: number;
  /** False only when a fresh forecast, or a person, says zero. */
  readonly isActive: boolean;
  readonly state: 'fresh' | 'held' | 'min' | 'override';
  /** What the number is the most of: the forecast's, and the reactive floor where one counts. */
  readonly forecast: number | null;
  readonly reactive: number | null;
}

/**
 * Age of a snapshot, in whole milliseconds; negative when the clock was set back after it was made.
 */
export function ageSeconds(active: Servable, nowSeconds: number): number {
  return Math.round((nowSeconds - active.generatedAtSeconds) * 1000) / 1000;
}

/** False for a lead time that no forecast of this horizon covers, however fresh it is. */
export function fitsHorizon(active: Servable, leadSeconds: number): boolean {
  return leadSeconds <= active.horizonSteps * active.stepSeconds;
}

export function isFresh(active: Servable, policy: ServingPolicy, nowSeconds: number): boolean {
  // A clock that was set back far makes a forecast of the future: that is no more fresh than old.
  return Math.abs(ageSeconds(active, nowSeconds)) <= policy.staleAfterSeconds;
}

/**
 * The reactive floor that counts now; null when there is none. A value that is older than
 * stale-after counts on as long as a forecast of its time would be held: that the query is silent
 * lowers nothing.
 */
export function reactiveFloor(
  active: Servable,
  policy: ServingPolicy,
  leadSeconds: number,
  nowSeconds: number,
): number | null {
  const { reactive, horizonSteps, stepSeconds } = active;
  if (!reactive) return null;
  const { atSeconds, replicas } = reactive;
  if (Math.abs(nowSeconds - atSeconds) <= policy.staleAfterSeconds) return replicas;
  const isCovered = nowSeconds + leadSeconds <= atSeconds + horizonSteps * stepSeconds;
  return policy.onStale === 'hold' && isCovered ? replicas : null;
}

/**
 * The replicas to serve now, by the freshness ladder; never fewer than the reactive floor, and as a
 * person ordered.
 *
 * "What was last served fresh" is derived, not remembered: the plan's window at the last instant at
 * which this snapshot was fresh. So replicas of one workload, and a process that restarted, agree.
 *
 * An order of `replicas` needs no forecast. A floor, the reactive one or an order of `atLeast`, is
 * the least of something: before the first forecast there is no answer. An order of `atLeast` keeps
 * what was last served in force when that would otherwise end.
 *
 * @param leadSeconds the trigger's own lead time, or the policy's
 * @param override the order in force
 * @throws KedastralError forecast_pending, forecast_stale: the caller answers UNAVAILABLE
 */
export function serve(
  active: Servable | null,
  policy: ServingPolicy,
  leadSeconds: number,
  nowSeconds: number,
  override: Override | null = null,
): Served {
  if (override?.kind === 'replicas') {
    const { replicas } = override;
    const isActive = replicas > 0;
    return { replicas, isActive, state: 'override', forecast: null, reactive: null };
  }
  if (!active) {
    throw new KedastralError('forecast_pending', 'loop', NO_FORECAST);
  }
  const reactive = reactiveFloor(active, policy, leadSeconds, nowSeconds);
  const answer = (forecast: number, state: Served['state']): Served => {
    const replicas = Math.max(forecast, reactive ?? 0, override?.replicas ?? 0);
    return { replicas, isActive: replicas > 0, state, forecast, reactive };
  };
  const plan = active.snapshot.desiredReplicas;
  const window = leadWindow(active, nowSeconds, leadSeconds);
  const planned = replicasIn(plan, window);
  if (isFresh(active, policy, nowSeconds)) return answer(planned, 'fresh');

  const age = Math.round(ageSeconds(active, nowSeconds));
  const lies = age < 0 ? `lies ${-age} s ahead of this clock` : `is ${age} s old`;
  const stale = `the last forecast ${lies}, over stale-after ${policy.staleAfterSeconds} s`;
  if (policy.onStale === 'min') return answer(Math.max(1, policy.defaultMin), 'min');
  const lastFresh = active.generatedAtSeconds + policy.staleAfterSeconds;
  const lastServed = replicasIn(plan, leadWindow(active, lastFresh, leadSeconds));
  const held = answer(Math.max(policy.defaultMin, lastServed, planned), 'held');
  if (override) return held;
  if (policy.onStale === 'error') throw new KedastralError('forecast_stale', 'loop', stale);
  if (!window.covered) {
    const ended = `${stale}, and it ends before the lead time does`;
    throw new KedastralError('forecast_stale', 'loop', ended);
  }
  if (held.replicas === 0) {
    throw new KedastralError('forecast_stale', 'loop', `${stale}, and it says zero`);
  }
  return held;
}
