import type { ModelOptions } from '../models/registry.ts';
import type { ForecastTrack } from '../replay/track.ts';
import type { GridSeries } from './grid-series.ts';
import type { TaskRunner } from './runner.ts';
import { bandsAt, type ForecastTask, type TaskResult } from './task.ts';

export interface TrackOptions {
  readonly model: string;
  readonly modelOptions: ModelOptions;
  /** Levels that are planned for, beside the median, and the steps of the lead time's window. */
  readonly plannedLevels: readonly number[];
  readonly peakSteps: number;
  /** Cutoffs `from`..`to` − 1, indexes of the series; a missing one gets no forecast. */
  readonly from: number;
  readonly to: number;
  /** Of each forecast the first so many steps are kept. */
  readonly keptSteps: number;
  /** Step of the replayed demand that index 0 of the series is; negative: before it. */
  readonly offset: number;
}

/** The forecasts of every step, and their 0.9 quantile to be shown. */
export interface DenseForecasts {
  readonly track: ForecastTrack;
  readonly upper: Float64Array;
}

/** The median, and what is shown above it. */
const SHOWN_LEVELS = [0.5, 0.9];

const TASK_ORIGINS_MIN = 64;
/** Epochs in a history, about (assembly/select/epoch.ts). */
const EPOCHS = 64;

/**
 * The forecasts of one model at every step, as the sidecar makes them tick by tick.
 *
 * @param onDone told how many origins were done since the last time
 */
export async function trackOf(
  series: GridSeries,
  options: TrackOptions,
  runner: TaskRunner,
  onDone: (origins: number) => void,
  signal: AbortSignal,
): Promise<DenseForecasts> {
  const { model, plannedLevels, from, to, keptSteps, offset } = options;
  const rows = to - from;
  const band = () => new Float64Array(rows * keptSteps).fill(Number.NaN);
  const [median, upper, ...planned] = [...SHOWN_LEVELS, ...plannedLevels].map(band) as [
    Float64Array,
    Float64Array,
    ...Float64Array[],
  ];
  const take = (task: ForecastTask, result: TaskResult) => {
    const { cutoffs } = task;
    for (const [k, cutoff] of cutoffs.entries()) {
      const made = bandsAt(task, result, k);
      for (const [j, target] of [median, upper, ...planned].entries()) {
        target.set(made[j] as Float64Array, (cutoff - from) * keptSteps);
      }
    }
    onDone(cutoffs.length);
  };
  await runner.run(tasksOf(series, options), take, signal);
  const track = {
    ...{ model, firstStep: from + offset, rows, horizonSteps: keptSteps, values: median },
    quantiles: Object.fromEntries(
      plannedLevels.map((level, j) => [String(level), planned[j] as Float64Array]),
    ),
  };
  return { track, upper };
}

function* tasksOf(series: GridSeries, options: TrackOptions): Iterable<ForecastTask> {
  const { model, modelOptions, plannedLevels, peakSteps, from, to, keptSteps } = options;
  const planned = { levels: plannedLevels, steps: peakSteps };
  const size = taskOrigins(series, to);
  const firstStep = series.startSeconds / series.stepSeconds;
  for (let start = from, end = from; start < to; start = end) {
    end = Math.min(to, start + size - ((firstStep + start) % size));
    const indexes = Array.from({ length: end - start }, (_, k) => start + k);
    const cutoffs = indexes.filter((cutoff) => !Number.isNaN(series.values[cutoff]));
    if (cutoffs.length > 0) {
      yield { series, model, modelOptions, cutoffs, levels: SHOWN_LEVELS, planned, keptSteps };
    }
  }
}

/**
 * Origins of a task: a whole epoch, since what is costly is learnt once an epoch, and two workers
 * would each learn one that they share. Of the series alone, so that what is computed does not
 * depend on the number of workers.
 */
function taskOrigins({ windowSteps }: GridSeries, to: number): number {
  let origins = TASK_ORIGINS_MIN;
  while (2 * origins * EPOCHS <= Math.min(windowSteps, to)) origins *= 2;
  return origins;
}

/** Over the whole grid of a series, what a track said `leadSteps` before; NaN where nothing. */
export function trackLine(
  band: Float64Array,
  { firstStep, rows, horizonSteps }: ForecastTrack,
  { offset, points, leadSteps }: { offset: number; points: number; leadSteps: number },
): Float64Array {
  const line = new Float64Array(points).fill(Number.NaN);
  const ahead = Math.min(Math.max(1, leadSteps), horizonSteps);
  for (let row = 0; row < rows; row++) {
    const index = firstStep - offset + row + ahead;
    if (index < points) line[index] = band[row * horizonSteps + ahead - 1] as number;
  }
  return line;
}
