import { leadWindow } from '../capacity/window.ts';
import { asFault } from '../errors.ts';
import type { ActiveSnapshot } from '../forecast/active.ts';
import { ageSeconds, fitsHorizon, isFresh, type ServingPolicy, serve } from '../forecast/served.ts';

/** The planner's tolerance: what is this close to a whole number is that number. */
const TOLERANCE = 1e-9;

export interface Explained {
  readonly leadSeconds: number;
  readonly nowSeconds: number;
  /** Every step of the horizon, or those of the lead-time window. */
  readonly allSteps: boolean;
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

function explainServed(active: ActiveSnapshot, serving: ServingPolicy, wish: Explained) {
  try {
    const { replicas, isActive, state } = serve(active, serving, wish.leadSeconds, wish.nowSeconds);
    return { replicas, isActive, state };
  } catch (thrown) {
    const { code, message } = asFault(thrown, 'http');
    return { error: { code, message } };
  }
}

/** One step's value, need and each stage of its plan; `clamps` names what changed it on the way. */
function explainStep({ snapshot }: ActiveSnapshot, step: number) {
  const { policy, need, bounded, raised } = snapshot.plan;
  const value = snapshot.values[step] ?? 0;
  const quantile = snapshot.quantiles[String(policy.quantileLevel)]?.[step] ?? value;
  const ceil = Math.ceil((need[step] ?? 0) - TOLERANCE);
  const boundedAt = bounded[step] ?? 0;
  const raisedAt = raised[step] ?? 0;
  const replicas = snapshot.desiredReplicas[step] ?? 0;
  const clamps = [];
  if (boundedAt > ceil) clamps.push('min');
  if (boundedAt < ceil) clamps.push('max');
  if (raisedAt > boundedAt) clamps.push('up-backward');
  if (replicas < raisedAt) clamps.push(replicas === policy.maxReplicas ? 'max' : 'up-forward');
  if (replicas > raisedAt) clamps.push('down-forward');
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
    replicas,
    clamps,
  };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
