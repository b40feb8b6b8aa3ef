import { formatDuration } from '../config/duration.ts';
import type { ServingPolicy } from '../forecast/served.ts';
import type { Demand } from '../replay/demand.ts';
import { TICK_DEFAULTS } from '../replay/forecast-policy.ts';
import type { Behavior } from '../replay/hpa-spec.ts';
import { CLUSTER_DEFAULTS, type Cluster } from '../replay/scenario.ts';
import type { StartDelay } from '../replay/start-delay.ts';
import type { ForecastSettings, Period, TrialSetup } from '../replay/trials.ts';
import { daySteps, type GridSeries } from './seasonal-naive.ts';
import type { Target } from './target.ts';

/** How the scaling of the past is replayed; the capacity settings are the sidecar's. */
export interface ReplaySettings {
  /** The last so much of the last quarter. */
  readonly replayRangeSeconds: number;
  readonly headroom: number;
  /** Of a second trigger on the raw metric. */
  readonly reactiveHeadroom: number;
  readonly quantileLevel: number;
  readonly leadTimeSeconds: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly upMaxFactor: number;
  readonly downMaxPercent: number;
  readonly staleAfterSeconds: number;
  readonly podStart: StartDelay;
  readonly syncSeconds: number;
  readonly tolerance: number;
  readonly stabilizationSeconds: number;
  /** Null: none, which is not the same as an empty one. */
  readonly behavior: Behavior | null;
  /** Null: there is always room. */
  readonly nodeStartSeconds: number | null;
  readonly podsPerNode: number;
  readonly tune: boolean;
}

/** One series as it is replayed. */
export interface ReplayPlan {
  readonly setup: TrialSetup;
  readonly settings: ForecastSettings;
  /** Headroom of the second trigger, on the raw metric. */
  readonly besideHeadroom: number;
  readonly target: Target;
  /** Of the demand that is replayed. */
  readonly period: Period;
  /** As long, before it: where settings are searched; null when that was not asked for. */
  readonly search: Period | null;
  /** Index of the series at which the replayed demand begins. */
  readonly demandFrom: number;
  /** Cutoffs `trackFrom`..`trackTo` − 1 of the series are forecast. */
  readonly trackFrom: number;
  readonly trackTo: number;
  /** Steps of each forecast that a sidecar could serve from. */
  readonly keptSteps: number;
}

/** What the planner may look back on (src/replay/forecast-policy.ts). */
const OBSERVED_STEPS = 512;
/** Pods are warm when the period begins. */
const WARMUP_SECONDS = 3_600;
/** Scrape interval and query. */
const READ_DELAY_SECONDS = 15;
const NODE_IDLE_SECONDS = 600;
/** A lead time longer than the user's, for what is tuned. */
const SPARE_SECONDS = 600;

/** Lays out the replay of a series; in words why not, when its last quarter holds no period. */
export function replayPlan(
  series: GridSeries,
  target: Target,
  settings: ReplaySettings,
): ReplayPlan | string {
  const { stepSeconds, startSeconds, values } = series;
  const steps = Math.floor(settings.replayRangeSeconds / stepSeconds);
  const from = Math.max(Math.floor((3 * values.length) / 4), values.length - steps);
  const [held, needed] = [values.length - from, Math.min(daySteps(stepSeconds) ?? 2, 24)];
  if (held < needed) {
    const where =
      steps < values.length / 4 ? `${formatDuration(settings.replayRangeSeconds)}` : 'quarter';
    return `the last ${where} holds ${held} steps, ${needed} are needed`;
  }
  const warmup = Math.ceil(WARMUP_SECONDS / stepSeconds);
  const searchFrom = Math.max(Math.floor(values.length / 4), 2 * from - values.length);
  const trackFrom = Math.max(0, (settings.tune ? searchFrom : from) - warmup - 1);
  const demandFrom = Math.max(0, trackFrom - OBSERVED_STEPS);
  const demand: Demand = {
    values: values.subarray(demandFrom),
    stepSeconds,
    startSeconds: startSeconds + (demandFrom - 1) * stepSeconds,
  };
  const { headroom, quantileLevel, leadTimeSeconds, staleAfterSeconds } = settings;
  const neededSeconds = leadTimeSeconds + SPARE_SECONDS + staleAfterSeconds + 2 * stepSeconds;
  return {
    setup: setupOf(demand, target, settings),
    settings: { headroom, quantileLevel, leadTimeSeconds },
    besideHeadroom: settings.reactiveHeadroom,
    target,
    period: { from: from - demandFrom, to: values.length - demandFrom },
    search: settings.tune ? { from: searchFrom - demandFrom, to: from - demandFrom } : null,
    demandFrom,
    trackFrom,
    trackTo: values.length,
    keptSteps: Math.ceil(neededSeconds / stepSeconds),
  };
}

function setupOf(demand: Demand, target: Target, settings: ReplaySettings): TrialSetup {
  const { minReplicas, maxReplicas, upMaxFactor, downMaxPercent } = settings;
  const { nodeStartSeconds, podsPerNode } = settings;
  const cluster: Cluster = {
    ...CLUSTER_DEFAULTS,
    capacityPerPod: target.perPod,
    minReplicas,
    maxReplicas,
    tolerance: settings.tolerance,
    downscaleStabilizationSeconds: settings.stabilizationSeconds,
    behavior: settings.behavior,
    syncSeconds: settings.syncSeconds,
    podReadySeconds: settings.podStart,
    nodes:
      nodeStartSeconds === null
        ? null
        : {
            podsPerNode,
            minNodes: Math.ceil(minReplicas / podsPerNode),
            startSeconds: nodeStartSeconds,
            idleSeconds: NODE_IDLE_SECONDS,
          },
  };
  const serving: Omit<ServingPolicy, 'leadTimeSeconds'> = {
    staleAfterSeconds: settings.staleAfterSeconds,
    onStale: 'hold',
    defaultMin: minReplicas,
  };
  return {
    demand,
    cluster,
    capacity: {
      targetPerPod: target.perPod,
      minReplicas,
      maxReplicas,
      upMaxFactor,
      downMaxPercent,
    },
    serving,
    ticks: TICK_DEFAULTS,
    readDelaySeconds: READ_DELAY_SECONDS,
  };
}
