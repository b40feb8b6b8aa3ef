import type { CapacityPolicy } from '../capacity/policy.ts';
import type { ServingPolicy } from '../forecast/served.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type Demand, refineDemand, sliceDemand } from './demand.ts';
import { type PlannedTrack, planTrack, servedMetric, type TickOptions } from './forecast-policy.ts';
import type { Outcome } from './outcome.ts';
import { deadbandProof, type Policy, type PolicyMetric, reactivePolicy } from './policy.ts';
import { type Cluster, runScenario } from './scenario.ts';
import type { ForecastTrack } from './track.ts';

/** The grid on which demand is served and the raw metric is read: at least one value a sync. */
const FINE_SECONDS_MAX = 15;
/** Played before a period, so that it does not begin with cold pods. */
const WARMUP_SECONDS = 3_600;

/** What stays the same while settings are tried. */
export interface TrialSetup {
  /** On the forecasts' grid. */
  readonly demand: Demand;
  readonly cluster: Cluster;
  /** Everything of the capacity policy but what the settings say. */
  readonly capacity: Omit<CapacityPolicy, 'headroom' | 'quantileLevel'>;
  readonly serving: Omit<ServingPolicy, 'leadTimeSeconds'>;
  readonly ticks: TickOptions;
  /** How old the raw metric is when it is read: scrape and query. */
  readonly readDelaySeconds: number;
  /**
   * Lift increases that the HPA would ignore: ours as the sidecar does, without a query of the pods
   * there are; the rivals' knowing them.
   */
  readonly deadbandProof?: boolean | undefined;
}

/** What the forecast trigger asks for. */
export interface ForecastSettings {
  readonly headroom: number;
  /** 0: the median × headroom. */
  readonly quantileLevel: number;
  readonly leadTimeSeconds: number;
}

/** Two triggers of one ScaledObject, of which the HPA takes the larger; null: left out. */
export interface Settings {
  readonly forecast: ForecastSettings | null;
  /** Headroom of the trigger on the raw metric. */
  readonly reactiveHeadroom: number | null;
}

/** Steps `from`..`to` − 1 of the demand. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Plays many settings over the same demand, keeping what they share: plans and the fine demand. */
export class Trials {
  readonly #fine: Demand;
  readonly #plans = new Map<string, PlannedTrack>();

  constructor(
    private readonly kernel: Kernel,
    private readonly setup: TrialSetup,
  ) {
    const { demand } = setup;
    this.#fine = refineDemand(demand, fineSeconds(demand.stepSeconds));
  }

  /** @throws KedastralError option_invalid: the track has no such quantile */
  run(track: ForecastTrack, period: Period, settings: Settings, withTimeline = false): Outcome {
    const metrics: PolicyMetric[] = [];
    const { forecast, reactiveHeadroom } = settings;
    if (forecast) metrics.push(this.#served(track, forecast));
    if (reactiveHeadroom !== null) metrics.push(...this.#reactive(reactiveHeadroom).metrics);
    const name = forecast ? `kedastral ${track.model}` : 'reactive';
    return this.play({ name, metrics }, period, withTimeline);
  }

  /** The HPA on the raw metric with a flat headroom. */
  reactive(period: Period, headroom: number, withTimeline = false): Outcome {
    return this.play(this.#rival(this.#reactive(headroom)), period, withTimeline);
  }

  /** Any policy. */
  play(policy: Policy, { from, to }: Period, withTimeline = false): Outcome {
    const { demand, cluster } = this.setup;
    const parts = demand.stepSeconds / this.#fine.stepSeconds;
    const warmup = Math.min(from, Math.ceil(WARMUP_SECONDS / demand.stepSeconds));
    const part = sliceDemand(this.#fine, (from - warmup) * parts, to * parts);
    return runScenario(part, cluster, policy, { warmupSteps: warmup * parts, withTimeline });
  }

  #reactive(headroom: number): Policy {
    const { cluster, readDelaySeconds } = this.setup;
    // The value at a time is that of the fine step which ends there.
    const delaySeconds = readDelaySeconds - this.#fine.stepSeconds;
    const { capacityPerPod } = cluster;
    return reactivePolicy(this.#fine, delaySeconds, { capacityPerPod, headroom });
  }

  #rival(policy: Policy): Policy {
    const { deadbandProof: isProof, cluster } = this.setup;
    return isProof ? deadbandProof(policy, cluster.maxReplicas) : policy;
  }

  #served(track: ForecastTrack, forecast: ForecastSettings): PolicyMetric {
    const { demand, capacity, serving, ticks } = this.setup;
    const { headroom, quantileLevel, leadTimeSeconds } = forecast;
    const proofLeadSeconds = this.setup.deadbandProof ? leadTimeSeconds : null;
    const key = `${track.model} ${headroom} ${quantileLevel} ${proofLeadSeconds}`;
    const known = this.#plans.get(key);
    const policy = { ...capacity, headroom, quantileLevel };
    const planned =
      known?.track === track
        ? known
        : planTrack(this.kernel, track, demand, policy, proofLeadSeconds);
    this.#plans.set(key, planned);
    return servedMetric(planned, demand, { ...serving, leadTimeSeconds }, ticks);
  }
}

/** The longest divisor of a step, whole seconds, that is no longer than the grid may be. */
export function fineSeconds(stepSeconds: number): number {
  let seconds = Math.min(FINE_SECONDS_MAX, stepSeconds);
  while (stepSeconds % seconds !== 0) seconds--;
  return seconds;
}
