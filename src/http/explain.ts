import { leadWindow } from '../capacity/window.ts';
import { isoTime } from '../clock.ts';
import type { ActiveSnapshot } from '../forecast/active.ts';
import type { Override } from '../forecast/override.ts';
import {
  ageSeconds,
  fitsHorizon,
  isFresh,
  reactiveFloor,
  type ServingPolicy,
  serve,
} from '../forecast/served.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { orError } from './or-error.ts';

/** The planner's tolerance: what is this close to a whole number is that number. */
const TOLERANCE = 1e-9;

export interface Explained {
  readonly leadSeconds: number;
  readonly nowSeconds: number;
  /** Every step of the horizon, or those of the lead-time window. */
  readonly allSteps: boolean;
  /** The order in force. */
  readonly override: Override | null;
}

/**
 * How the number that KEDA gets comes about, stage by stage: what was observed, the policy, the
 * lead-time window, each step's way from the forecast to the plan, and what is served of it.
 */
export function explain(active: ActiveSnapshot, serving: ServingPolicy, wish: Explained) {
  const { snapshot, cutoffSeconds, stepSeconds, horizonSteps } = active;
  const { nowSeconds, leadSeconds } = wish;
  const window = leadWindow(active, nowSeconds, leadSeconds);
  const endOf = (step: number) => isoTime(cutoffSeconds + (step + 1) * stepSeconds);
  const startOf = (step: number) => isoTime(cutoffSeconds + step * stepSeconds);
  const [first, last] = wish.allSteps ? [0, horizonSteps - 1] : [window.from, window.to];
  const steps = [];
  for (let step = first; step <= last; step++) {
    steps.push({
      step,
      start: startOf(step),
      end: endOf(step),
      isInWindow: step >= window.from && step <= window.to,
      ...explainStep(active, step),
    });
  }
  return {
    workload: snapshot.workload,
    metric: snapshot.metric,
    now: isoTime(nowSeconds),
    generatedAt: snapshot.generatedAt,
    cutoff: snapshot.cutoff,
    id: snapshot.id,
    stepSeconds,
    model: snapshot.model,
    dataQuality: snapshot.dataQuality,
    observed: { sample: snapshot.plan.sample, previousReplicas: snapshot.plan.previous },
    policy: snapshot.plan.policy,
    risk: snapshot.risk,
    peak: snapshot.peak,
    deadband: explainDeadband(snapshot),
    reactive: explainReactive(active, serving, wish),
    override: wish.override,
    freshness: {
      ageSeconds: ageSeconds(active, nowSeconds),
      staleAfterSeconds: serving.staleAfterSeconds,
      isFresh: isFresh(active, serving, nowSeconds),
      onStale: serving.onStale,
      defaultMin: serving.defaultMin,
    },
    window: {
      leadTimeSeconds: leadSeconds,
      ...window,
      fitsHorizon: fitsHorizon(active, leadSeconds),
      start: startOf(window.from),
      end: endOf(window.to),
    },
    steps,
    served: explainServed(active, serving, wish),
  };
}

/** The same where nothing is forecast, and a person's order alone is served. */
export function explainOrder(
  { identity, serving }: { readonly identity: string; readonly serving: ServingPolicy },
  override: Override,
  wish: Explained,
) {
  return {
    workload: identity,
    now: isoTime(wish.nowSeconds),
    override,
    served: explainServed(null, serving, wish),
  };
}

function explainDeadband({ deadband }: Snapshot) {
  return deadband ? { present: deadband.present, from: deadband.from } : null;
}

/** The floor's own way from its value, and whether it counts now. */
function explainReactive(active: ActiveSnapshot, serving: ServingPolicy, wish: Explained) {
  const { reactive } = active.snapshot;
  if (!reactive) return null;
  const ceil = Math.ceil(reactive.need - TOLERANCE);
  const floor = reactiveFloor(active, serving, wish.leadSeconds, wish.nowSeconds);
  return { ...reactive, ceil, counts: floor !== null };
}

function explainServed(active: ActiveSnapshot | null, serving: ServingPolicy, wish: Explained) {
  return orError(() => serve(active, serving, wish.leadSeconds, wish.nowSeconds, wish.override));
}

/** One step's value, need and each stage of its plan; `clamps` names what changed it on the way. */
function explainStep({ snapshot }: ActiveSnapshot, step: number) {
  const { policy, need, bounded, raised } = snapshot.plan;
  const value = snapshot.values[step] ?? 0;
  const quantile = snapshot.quantiles[String(policy.quantileLevel)]?.[step] ?? value;
  const ceil = Math.ceil((need[step] ?? 0) - TOLERANCE);
  const boundedAt = bounded[step] ?? 0;
  const raisedAt = raised[step] ?? 0;
  const desired = snapshot.desiredReplicas[step] ?? 0;
  const replicas = snapshot.deadband?.without[step] ?? desired;
  const clamps = [];
  if (boundedAt > ceil) clamps.push('min');
  if (boundedAt < ceil) clamps.push('max');
  if (raisedAt > boundedAt) clamps.push('up-backward');
  if (replicas < raisedAt) clamps.push(replicas === policy.maxReplicas ? 'max' : 'up-forward');
  if (replicas > raisedAt) clamps.push('down-forward');
  if (desired > replicas) clamps.push('deadband');
  return {
    value,
    quantile:
      policy.quantileLevel > 0
        ? {
            level: policy.quantileLevel,
            value: quantile,
            planned: value + snapshot.peak.factor * (quantile - value),
          }
        : null,
    need: need[step],
    ceil,
    bounded: boundedAt,
    raised: raisedAt,
    ...(snapshot.deadband ? { planned: replicas } : {}),
    replicas: desired,
    clamps,
  };
}
