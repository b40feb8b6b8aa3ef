import type { CutoffsFile } from '../backtest/cutoffs-file.ts';
import { needsReplay } from '../backtest/gate.ts';
import type { GridSeries } from '../backtest/grid-series.ts';
import { replayedModels } from '../backtest/replay.ts';
import { type ReplayPlan, replayPlan } from '../backtest/replay-plan.ts';
import type { ModelResult, SeriesResult } from '../backtest/result.ts';
import type { TaskRunner } from '../backtest/runner.ts';
import { settingsOf } from '../backtest/settings.ts';
import type { NamedTable } from '../backtest/source.ts';
import { targetOf } from '../backtest/target.ts';
import { type DenseForecasts, trackLine } from '../backtest/tracks.ts';
import { type Forecasted, walkForward } from '../backtest/walk.ts';
import { OPTIONS } from '../config/options.ts';
import type { ModelOptions } from '../models/registry.ts';
import { replaySeries } from './backtest-replay.ts';
import type { BacktestOptions } from './backtest-table.ts';
import { refusedRows } from './csv-series.ts';

/** What is asked of every series. */
export interface Asked {
  readonly options: BacktestOptions;
  readonly models: readonly string[];
  readonly modelOptions: ModelOptions;
  readonly cutoffs: CutoffsFile | null;
}

export interface SeriesParts {
  readonly runner: TaskRunner;
  readonly signal: AbortSignal;
  readonly onForecast: (forecasted: Forecasted) => void;
  /** Takes a sentence for people. */
  readonly warn: (message: string) => void;
  /** Shows how far this series is, 0..1. */
  readonly show: (label: string, share: number) => void;
}

/** Fleet that an estimated target is made for, and room above it. */
const ESTIMATED_MAX = 100;
/** Replays are quick beside the forecasts that they need. */
const FORECAST_SHARE = 0.9;

/**
 * Backtests one series: forecasts from some origins, scored; then, where asked for, forecasts at
 * every step of the replayed range, and the replay. Aborted, it gives what it reached.
 *
 * @throws KedastralError option_invalid, series_too_short
 */
export async function backtestSeries(
  table: NamedTable,
  all: Asked,
  parts: SeriesParts,
): Promise<SeriesResult> {
  const { options, models, modelOptions } = all;
  const { series, cutoffs } = settingsOf(table, { ...options, cutoffs: all.cutoffs });
  for (const rows of refusedRows(table.refused)) parts.warn(`${table.name}: ${rows}`);
  const plan = isReplayed(options) ? planOf(series, table, options, parts.warn) : null;
  // Of the models that are only there to compare scores, replays would tell little.
  const chosen = options.models.length > 0 ? models : models.slice(0, 1);
  const replayed = replayedModels(chosen);
  const origins = plan ? plan.dense.to - plan.dense.from : 0;
  const forecastCount = models.length * cutoffs.length + replayed.length * origins;
  let done = 0;
  const count = (label: string, forecasts: number) => {
    done += forecasts;
    parts.show(label, FORECAST_SHARE * Math.min(1, done / forecastCount));
  };
  const onForecast = (forecasted: Forecasted) => {
    parts.onForecast(forecasted);
    count(forecasted.model, 1);
  };
  const { runner, signal } = parts;
  const walk = { models, modelOptions };
  const results = await walkForward(series, cutoffs, walk, runner, onForecast, signal);
  const leadSteps = Math.ceil(options.leadTimeSeconds / series.stepSeconds);
  const scored = { ...series, leadSteps, cutoffs };
  if (!plan || signal.aborted) return { ...scored, models: results, replay: null, tune: null };
  const wanted = { series, plan, replayed, models: chosen, modelOptions, replicas: table.replicas };
  const { dense, replay, tune } = await replaySeries(wanted, {
    runner,
    signal,
    onForecasts: (model, forecasts) => count(`${model}, every step`, forecasts),
    onStage: (label) => parts.show(label, FORECAST_SHARE),
  });
  return {
    ...scored,
    models: results.map((result) => withTrack(result, dense, plan, scored)),
    replay,
    tune,
  };
}

function isReplayed(options: BacktestOptions): boolean {
  const { replay, tune: isTuned, failIf, protocol, cutoffs, stride } = options;
  if (replay !== null) return replay;
  const areOriginsGiven = protocol !== 'walk' || cutoffs !== null || stride !== null;
  return isTuned || failIf.some(needsReplay) || !areOriginsGiven;
}

/** Null, with a warning, where the series cannot be replayed. */
function planOf(
  series: GridSeries,
  table: NamedTable,
  options: BacktestOptions,
  warn: SeriesParts['warn'],
): ReplayPlan | null {
  const target = targetOf(options.targetPerPod, table);
  const isGuess = options.targetPerPod === null && table.replicas === null;
  const byDefault = isGuess ? ESTIMATED_MAX : Number(OPTIONS.maxReplicas.default);
  const maxReplicas = options.maxReplicas ?? Math.max(byDefault, options.minReplicas);
  const podStart = options.podStartSeconds;
  const plan = replayPlan(series, target, { ...options, maxReplicas, podStart });
  if (typeof plan === 'string') {
    const missed = options.tune ? 'neither replayed nor tuned' : 'not replayed';
    warn(`${table.name} is ${missed}: ${plan}`);
    return null;
  }
  warnOfNegative(series, plan, warn);
  return plan;
}

function warnOfNegative(
  { name, values }: GridSeries,
  { demandFrom, period }: ReplayPlan,
  warn: SeriesParts['warn'],
): void {
  const replayed = values.subarray(demandFrom + period.from, demandFrom + period.to);
  const count = replayed.filter((value) => value < 0).length;
  if (count === 0) return;
  warn(`${name}: ${count} of ${replayed.length} replayed steps are negative: is it a demand?`);
}

function withTrack(
  result: ModelResult,
  dense: readonly DenseForecasts[],
  { demandFrom }: ReplayPlan,
  { values, leadSteps }: Pick<SeriesResult, 'values' | 'leadSteps'>,
): ModelResult {
  const made = dense.find(({ track }) => track.model === result.model);
  if (!made) return result;
  const { track, upper } = made;
  const place = { offset: -demandFrom, points: values.length, leadSteps };
  return {
    ...result,
    track: trackLine(track.values, track, place),
    trackUpper: trackLine(upper, track, place),
  };
}
