import type { ModelOptions } from '../models/registry.ts';
import { FanChooser } from './fans.ts';
import type { GridSeries } from './grid-series.ts';
import { percentile } from './percentile.ts';
import type { ModelResult } from './result.ts';
import type { TaskRunner } from './runner.ts';
import { ScoreSums } from './score.ts';
import { bandsAt, type ForecastTask, type TaskResult } from './task.ts';

/** The levels that forecasts are scored at: those of the rolling-origin protocol kv1. */
const SCORED_LEVELS: readonly number[] = [0.5, 0.8, 0.9, 0.95, 0.99];

export interface WalkOptions {
  readonly models: readonly string[];
  readonly modelOptions: ModelOptions;
}

/** One forecast, as it was made. */
export interface Forecasted {
  readonly series: GridSeries;
  readonly model: string;
  readonly cutoff: number;
  readonly fitMs: number;
  readonly levels: readonly number[];
  /** One array of horizonSteps for each level. */
  readonly bands: readonly Float64Array[];
}

/** Fixed, so that what is computed does not depend on the number of workers. */
const TASK_ORIGINS = 8;

/**
 * Forecasts a series with each model from each cutoff and scores it.
 *
 * @param onForecast told of each forecast: model after model, origins ascending
 * @returns what was reached, a model without any origin left out; all of it, unless aborted
 */
export async function walkForward(
  series: GridSeries,
  cutoffs: readonly number[],
  options: WalkOptions,
  runner: TaskRunner,
  onForecast: (forecasted: Forecasted) => void,
  signal: AbortSignal,
): Promise<ModelResult[]> {
  const tallies = new Map(options.models.map((m) => [m, new Tally(series, m, cutoffs.length)]));
  const tasks = tasksOf(series, cutoffs, options);
  const take = (task: ForecastTask, result: TaskResult) => {
    const tally = tallies.get(task.model) as Tally;
    tally.count(result);
    for (const [k, cutoff] of task.cutoffs.entries()) {
      const forecasted = {
        series,
        model: task.model,
        cutoff,
        fitMs: result.fitMs[k] as number,
        levels: task.levels,
        bands: bandsAt(task, result, k),
      };
      tally.add(forecasted);
      onForecast(forecasted);
    }
  };
  await runner.run(tasks, take, signal);
  return [...tallies.values()].filter((tally) => tally.origins > 0).map((tally) => tally.result());
}

function* tasksOf(
  series: GridSeries,
  cutoffs: readonly number[],
  { models, modelOptions }: WalkOptions,
): Iterable<ForecastTask> {
  for (const model of models) {
    for (let from = 0; from < cutoffs.length; from += TASK_ORIGINS) {
      yield {
        series,
        model,
        modelOptions,
        cutoffs: cutoffs.slice(from, from + TASK_ORIGINS),
        levels: SCORED_LEVELS,
        planned: null,
        keptSteps: series.horizonSteps,
      };
    }
  }
}

/** All that is kept of one model on one series. */
class Tally {
  readonly #sums: ScoreSums;
  readonly #fans: FanChooser;
  readonly #fitMs: number[] = [];
  #refused = 0;
  #refusal = '';

  constructor(
    private readonly series: GridSeries,
    private readonly model: string,
    origins: number,
  ) {
    this.#sums = new ScoreSums(series, SCORED_LEVELS);
    this.#fans = new FanChooser(SCORED_LEVELS, origins);
  }

  get origins(): number {
    return this.#sums.origins;
  }

  count({ refused, refusal }: TaskResult): void {
    this.#refused += refused;
    this.#refusal ||= refusal;
  }

  add({ cutoff, fitMs, bands }: Forecasted): void {
    const [values] = bands as [Float64Array];
    const error = this.#sums.add(cutoff, { values, quantiles: bands });
    const ahead = this.series.values.subarray(cutoff + 1, cutoff + 1 + values.length);
    const known = ahead.filter((value) => !Number.isNaN(value));
    this.#fans.offer(cutoff, error, Math.max(...known), bands);
    this.#fitMs.push(fitMs);
  }

  result(): ModelResult {
    return {
      model: this.model,
      ...this.#sums.scores(),
      byHorizon: this.#sums.byHorizon(),
      byHour: this.#sums.byHour(),
      fitMs: percentile(this.#fitMs, 0.5),
      fitMsP95: percentile(this.#fitMs, 0.95),
      origins: this.#sums.origins,
      refused: this.#refused,
      refusal: this.#refusal,
      fans: this.#fans.fans(),
      track: null,
      trackUpper: null,
    };
  }
}
