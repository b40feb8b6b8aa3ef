import { formatDuration } from '../config/duration.ts';
import type { ServingPolicy } from '../forecast/served.ts';
import { forecastCandidates } from '../replay/choice.ts';
import type { Demand } from '../replay/demand.ts';
import { TICK_DEFAULTS } from '../replay/forecast-policy.ts';
import type { Behavior } from '../replay/hpa-spec.ts';
import { CLUSTER_DEFAULTS, type Cluster } from '../replay/scenario.ts';
import { type StartDelay, typicalSeconds } from '../replay/start-delay.ts';
import type { ForecastSettings, Period, TrialSetup } from '../replay/trials.ts';
import { daySteps, type GridSeries } from './grid-series.ts';
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
  /** Of ours and of its reactive rivals. */
  readonly deadbandProof?: boolean | undefined;
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
  readonly horizonSteps: number;
  readonly historySeconds: number;
  /** What tuning tries, the user's own settings first; empty when that was not asked for. */
  readonly candidates: readonly ForecastSettings[];
  /** How it is forecast for what is replayed. */
  readonly dense: DensePlan;
}

/** Which forecasts a replay needs. */
export interface DensePlan {
  /** Cutoffs `from`..`to` − 1 of the series are forecast. */
  readonly from: number;
  readonly to: number;
  /** Steps of each forecast that a sidecar could serve from. */
  readonly keptSteps: number;
  /** Steps that the lead time touches. */
  readonly peakSteps: number;
}

/** Quantile levels that are tried beside medians; forecasts must hold them. */
export const TUNED_LEVELS: readonly number[] = [0.6, 0.75, 0.9];

/** What the planner may look back on (src/replay/forecast-policy.ts). */
const OBSERVED_STEPS = 512;
/** Pods are warm when the period begins. */
const WARMUP_SECONDS = 3_600;
/** Scrape interval and query. */
const READ_DELAY_SECONDS = 15;
const NODE_IDLE_SECONDS = 600;
/** Over a gap in the data a forecast is served for this long after it is stale. */
const HELD_SECONDS = 600;

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
  const { headroom, quantileLevel, leadTimeSeconds, staleAfterSeconds } = settings;
  const own = { headroom, quantileLevel, leadTimeSeconds };
  const candidates = settings.tune ? [own, ...usualCandidates(stepSeconds, settings)] : [];
  const longestSeconds = Math.max(...[own, ...candidates].map((one) => one.leadTimeSeconds));
  const searchFrom = Math.max(Math.floor(values.length / 4), 2 * from - values.length);
  const span = { from: settings.tune ? searchFrom : from, to: values.length };
  const dense = {
    ...densePlan(span, longestSeconds, stepSeconds, staleAfterSeconds),
    peakSteps: peakSteps(leadTimeSeconds, stepSeconds),
  };
  const demandFrom = Math.max(0, dense.from - OBSERVED_STEPS);
  const demand: Demand = {
    values: values.subarray(demandFrom),
    stepSeconds,
    startSeconds: startSeconds + (demandFrom - 1) * stepSeconds,
  };
  return {
    setup: setupOf(demand, target, settings),
    settings: own,
    besideHeadroom: settings.reactiveHeadroom,
    target,
    period: { from: from - demandFrom, to: values.length - demandFrom },
    search: settings.tune ? { from: searchFrom - demandFrom, to: from - demandFrom } : null,
    demandFrom,
    horizonSteps: series.horizonSteps,
    historySeconds: series.windowSteps * stepSeconds,
    candidates,
    dense,
  };
}

/** The forecasts that the later part alone needs at another lead time than the user's. */
export function provingDense(
  { setup, period, demandFrom }: ReplayPlan,
  leadTimeSeconds: number,
): DensePlan {
  const span = { from: period.from + demandFrom, to: period.to + demandFrom };
  const { stepSeconds } = setup.demand;
  return densePlan(span, leadTimeSeconds, stepSeconds, setup.serving.staleAfterSeconds);
}

function densePlan(
  { from, to }: Period,
  leadTimeSeconds: number,
  stepSeconds: number,
  staleAfterSeconds: number,
): DensePlan {
  const warmup = Math.ceil(WARMUP_SECONDS / stepSeconds);
  const neededSeconds = leadTimeSeconds + staleAfterSeconds + HELD_SECONDS + 2 * stepSeconds;
  return {
    from: Math.max(0, from - warmup - 1),
    to,
    keptSteps: Math.ceil(neededSeconds / stepSeconds),
    peakSteps: peakSteps(leadTimeSeconds, stepSeconds),
  };
}

/** Steps that a lead time touches. */
function peakSteps(leadTimeSeconds: number, stepSeconds: number): number {
  return Math.ceil(leadTimeSeconds / stepSeconds) + 1;
}

function usualCandidates(stepSeconds: number, { podStart }: ReplaySettings): ForecastSettings[] {
  return forecastCandidates(typicalSeconds(podStart), stepSeconds, TUNED_LEVELS);
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
    deadbandProof: settings.deadbandProof,
  };
}
