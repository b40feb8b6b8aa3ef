import type { GridSeries } from '../backtest/grid-series.ts';
import { replayPolicies } from '../backtest/replay.ts';
import {
  type DensePlan,
  provingDense,
  type ReplayPlan,
  TUNED_LEVELS,
} from '../backtest/replay-plan.ts';
import type { ReplayResult, TuneResult } from '../backtest/result.ts';
import type { TaskRunner } from '../backtest/runner.ts';
import { type DenseForecasts, trackOf } from '../backtest/tracks.ts';
import { proveSettings, searchSettings } from '../backtest/tune.ts';
import type { ModelOptions } from '../models/registry.ts';
import type { ForecastTrack } from '../replay/track.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { loadKernel } from '../wasm/load.ts';

export interface ReplayAsked {
  readonly series: GridSeries;
  readonly plan: ReplayPlan;
  /** Models to forecast with, the chosen one first. */
  readonly replayed: readonly string[];
  /** Those of them that are ours; another one is the seed's. */
  readonly models: readonly string[];
  readonly modelOptions: ModelOptions;
  /** What really ran, on the grid of the series; null: unknown. */
  readonly replicas: Float64Array | null;
}

export interface ReplayParts {
  readonly runner: TaskRunner;
  readonly signal: AbortSignal;
  /** Told how many forecasts of a model were made. */
  readonly onForecasts: (model: string, forecasts: number) => void;
  /** Told what comes after them. */
  readonly onStage: (label: string) => void;
}

/** What a replay came to; null parts were not asked for, or not reached. */
export interface Replayed {
  readonly dense: readonly DenseForecasts[];
  readonly replay: ReplayResult | null;
  readonly tune: TuneResult | null;
}

/** Forecasts at every step of the replayed range, replays, and tunes where the plan says so. */
export async function replaySeries(asked: ReplayAsked, parts: ReplayParts): Promise<Replayed> {
  const { plan, replayed, models, replicas } = asked;
  const { signal } = parts;
  const dense: DenseForecasts[] = [];
  for (const model of replayed) {
    const tuned = model === models[0] && plan.search ? TUNED_LEVELS : [];
    const { quantileLevel } = plan.settings;
    const levels = [...new Set([...(quantileLevel > 0 ? [quantileLevel] : []), ...tuned])];
    dense.push(await denseOf(asked, parts, model, levels, plan.dense));
    if (signal.aborted) return { dense: [], replay: null, tune: null };
  }
  const tracks = dense.map(({ track }) => track);
  parts.onStage('replay');
  const kernel = await loadKernel();
  const ran = replicas?.subarray(plan.demandFrom) ?? null;
  const replay = await replayPolicies(kernel, plan, tracks, models, ran, signal);
  if (signal.aborted || !plan.search) return { dense, replay, tune: null };
  const [chosen] = tracks as [ForecastTrack];
  return { dense, replay, tune: await tuned(kernel, asked, parts, chosen) };
}

async function tuned(
  kernel: Kernel,
  asked: ReplayAsked,
  parts: ReplayParts,
  track: ForecastTrack,
): Promise<TuneResult | null> {
  const { plan } = asked;
  parts.onStage('tuning');
  const found = await searchSettings(kernel, plan, track, parts.signal);
  if (found === null) return null;
  const { forecast } = found.settings;
  if (forecast === null) return proveSettings(kernel, plan, track, found);
  // A forecast is calibrated for its lead time: what is proved must be what the options give.
  const proving = provingDense(plan, forecast.leadTimeSeconds);
  const { keptSteps, peakSteps } = plan.dense;
  const isSame = proving.keptSteps === keptSteps && proving.peakSteps === peakSteps;
  if (isSame) return proveSettings(kernel, plan, track, found);
  const levels = forecast.quantileLevel > 0 ? [forecast.quantileLevel] : [];
  const { track: own } = await denseOf(asked, parts, track.model, levels, proving);
  return parts.signal.aborted ? null : proveSettings(kernel, plan, own, found);
}

function denseOf(
  { series, plan, modelOptions }: ReplayAsked,
  { runner, signal, onForecasts }: ReplayParts,
  model: string,
  plannedLevels: readonly number[],
  dense: DensePlan,
): Promise<DenseForecasts> {
  const options = { model, modelOptions, plannedLevels, ...dense, offset: -plan.demandFrom };
  const denser = { ...series, horizonSteps: Math.max(series.horizonSteps, dense.keptSteps) };
  return trackOf(denser, options, runner, (count) => onForecasts(model, count), signal);
}
