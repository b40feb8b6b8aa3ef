import { liftPlan, PAST_STEPS_MAX, presentReplicas } from '../capacity/deadband.ts';
import { planCapacity } from '../capacity/planner.ts';
import type { CapacityPolicy } from '../capacity/policy.ts';
import { KedastralError } from '../errors.ts';
import { cutoffAt } from '../features/grid.ts';
import { peakStepsOf } from '../forecast/peak.ts';
import { isFresh, type Servable, type ServingPolicy, serve } from '../forecast/served.ts';
import { ACTIVATION_DELAY_MS } from '../loop/active-slot.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { Demand } from './demand.ts';
import type { ForecastTrack } from './track.ts';

/** When forecasts are made and come into force. */
export interface TickOptions {
  readonly intervalSeconds: number;
  /** Ticks fall on phase + k · interval. */
  readonly phaseSeconds: number;
  /** A step's value is there this long after its end. */
  readonly settleSeconds: number;
}

/** The sidecar's defaults; the phase makes the delay after a step's end its mean over workloads. */
export const TICK_DEFAULTS: TickOptions = {
  intervalSeconds: 30,
  phaseSeconds: 20,
  settleSeconds: 5,
};

/** The plans of a track under one capacity policy: rows × horizonSteps. */
export interface PlannedTrack {
  readonly track: ForecastTrack;
  readonly plans: Float32Array;
}

/**
 * How far back the planner looks for the replicas at the cutoff: the clamps of the default policy
 * forget within a few steps, so more would only cost time.
 */
const OBSERVED_STEPS_MAX = 512;

/**
 * Plans each row of a track as the sidecar does, from its quantile or its median × headroom.
 *
 * @param proofLeadSeconds the lead time, when increases that the HPA would ignore are lifted
 * @throws KedastralError option_invalid: the track has no such quantile
 */
export function planTrack(
  kernel: Kernel,
  track: ForecastTrack,
  demand: Demand,
  policy: CapacityPolicy,
  proofLeadSeconds: number | null = null,
): PlannedTrack {
  const { firstStep, rows, horizonSteps } = track;
  const source = policy.quantileLevel > 0 ? bandOf(track, policy.quantileLevel) : track.values;
  // Half the memory: whole numbers below 2^24 are exact.
  const plans = new Float32Array(rows * horizonSteps).fill(Number.NaN);
  const { stepSeconds } = demand;
  const { maxReplicas } = policy;
  const windowSteps = peakStepsOf(proofLeadSeconds ?? 0, stepSeconds, horizonSteps);
  const pastSteps = proofLeadSeconds === null ? 0 : PAST_STEPS_MAX;
  for (let row = 0; row < rows; row++) {
    const values = source.subarray(row * horizonSteps, (row + 1) * horizonSteps);
    if (Number.isNaN(values[0])) continue;
    const end = firstStep + row + 1;
    const observed = demand.values.subarray(Math.max(0, end - OBSERVED_STEPS_MAX), end);
    const { replicas, past } = planCapacity(kernel, policy, observed, values, pastSteps);
    const present = presentReplicas(past, replicas, windowSteps, { stepSeconds, maxReplicas });
    const served = present.length === 0 ? replicas : liftPlan(replicas, present, maxReplicas);
    plans.set(served, row * horizonSteps);
  }
  return { track, plans };
}

function bandOf(track: ForecastTrack, level: number): Float64Array {
  const band = track.quantiles[String(level)] ?? (level === 0.5 ? track.values : undefined);
  if (band) return band;
  const message = `the forecasts of ${track.model} have no quantile ${level}`;
  throw new KedastralError('option_invalid', 'config', message);
}

/** What the sidecar serves to KEDA at each time, by its own code; an error reads as NaN. */
export function servedMetric(
  { track, plans }: PlannedTrack,
  demand: Demand,
  serving: ServingPolicy,
  ticks: TickOptions,
): { readonly target: number; read(timeSeconds: number): number } {
  const inForce = snapshotsInForce(track, plans, demand, ticks);
  // A fresh snapshot serves the same throughout a step, and syncs come four or more to a step.
  let known: Servable | null = null;
  let knownStep = Number.NaN;
  let knownReplicas = Number.NaN;
  return {
    target: 1,
    read(timeSeconds) {
      const active = inForce(timeSeconds);
      if (!active) return Number.NaN;
      const step = Math.floor((timeSeconds - active.cutoffSeconds) / active.stepSeconds);
      const isKnown = active === known && step === knownStep;
      if (isKnown && isFresh(active, serving, timeSeconds)) return knownReplicas;
      known = active;
      knownStep = step;
      knownReplicas = replicasServed(active, serving, timeSeconds);
      return knownReplicas;
    },
  };
}

/** NaN where the sidecar answers with an error. */
function replicasServed(active: Servable, serving: ServingPolicy, timeSeconds: number): number {
  try {
    return serve(active, serving, serving.leadTimeSeconds, timeSeconds).replicas;
  } catch (thrown) {
    if (thrown instanceof KedastralError) return Number.NaN;
    throw thrown;
  }
}

/** Finds the snapshot that is in force at a time: that of the last tick that had its sample. */
function snapshotsInForce(
  { firstStep, rows, horizonSteps }: ForecastTrack,
  plans: Float32Array,
  { startSeconds, stepSeconds }: Demand,
  { intervalSeconds, phaseSeconds, settleSeconds }: TickOptions,
): (timeSeconds: number) => Servable | null {
  const delaySeconds = ACTIVATION_DELAY_MS / 1000;
  const tickAtOrBefore = (timeSeconds: number): number =>
    phaseSeconds + Math.floor((timeSeconds - phaseSeconds) / intervalSeconds) * intervalSeconds;
  const servables = new Array<Servable | undefined>(rows);
  const servable = (row: number, generatedAtSeconds: number): Servable => {
    const made = servables[row];
    if (made?.generatedAtSeconds === generatedAtSeconds) return made;
    const desiredReplicas = plans.subarray(row * horizonSteps, (row + 1) * horizonSteps);
    const fresh: Servable = {
      cutoffSeconds: startSeconds + (firstStep + row + 1) * stepSeconds,
      stepSeconds,
      horizonSteps,
      generatedAtSeconds,
      snapshot: { desiredReplicas },
    };
    servables[row] = fresh;
    return fresh;
  };
  return (timeSeconds) => {
    let tickSeconds = tickAtOrBefore(timeSeconds - delaySeconds);
    const cutoffSeconds = cutoffAt(tickSeconds, { stepSeconds, settleSeconds });
    let row = Math.round((cutoffSeconds - startSeconds) / stepSeconds) - 1 - firstStep;
    while (row >= rows || (row >= 0 && Number.isNaN(plans[row * horizonSteps]))) {
      row--;
      const nextCutoff = startSeconds + (firstStep + row + 2) * stepSeconds;
      tickSeconds = tickAtOrBefore(nextCutoff + settleSeconds - 1e-3);
    }
    return row < 0 ? null : servable(row, tickSeconds);
  };
}
