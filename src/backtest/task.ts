import type { Clock } from '../clock.ts';
import { quantiles } from '../forecast/quantiles.ts';
import { fitLadder, ladderFor } from '../models/ladder.ts';
import { createModel, type ModelOptions } from '../models/registry.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type GridSeries, windowStart } from './seasonal-naive.ts';

/** Forecasts of one model from some origins of one series: the unit of work of a worker. */
export interface ForecastTask {
  readonly series: GridSeries;
  readonly model: string;
  readonly modelOptions: ModelOptions;
  /** Ascending. */
  readonly cutoffs: readonly number[];
  readonly levels: readonly number[];
  /** Of each forecast the first so many steps are kept, at most horizonSteps. */
  readonly keptSteps: number;
}

export interface TaskResult {
  /** Value [(origin × levels + level) × keptSteps + step]. */
  readonly quantiles: Float64Array;
  /** Fit and predict of each origin, milliseconds. */
  readonly fitMs: Float64Array;
  /** Origins at which the model refused and a lower rung of the ladder answered. */
  readonly refused: number;
  /** The first refusal in words; empty when there is none. */
  readonly refusal: string;
}

/**
 * Runs one task. What it answers depends on the task alone, its times aside: the same on any
 * worker, in any order.
 *
 * @throws KedastralError when no rung of the ladder answers
 */
export async function runTask(
  kernel: Kernel,
  task: ForecastTask,
  clock: Clock,
  signal: AbortSignal,
): Promise<TaskResult> {
  const { series, cutoffs, levels, keptSteps } = task;
  const ladder = ladderFor(task.model).map((name) => createModel(name, kernel, task.modelOptions));
  const kept = new Float64Array(cutoffs.length * levels.length * keptSteps);
  const fitMs = new Float64Array(cutoffs.length);
  const context = { horizonSteps: series.horizonSteps, levels, signal };
  let refused = 0;
  let refusal = '';
  for (const [k, cutoff] of cutoffs.entries()) {
    await kernel.exclusive(async () => {
      const values = contextAt(series, cutoff);
      const cutoffSeconds = series.startSeconds + cutoff * series.stepSeconds;
      const startMs = clock.monotonicMs();
      const { fitted, answered, reason } = await fitLadder(
        ladder,
        { values, stepSeconds: series.stepSeconds, cutoffSeconds },
        context,
      );
      // As the sidecar does it: a metric that was never negative is not forecast to be.
      const nonNegative = !values.some((value) => value < 0);
      const { point } = fitted.prediction;
      const prediction = nonNegative
        ? { ...fitted.prediction, point: point.map((value) => Math.max(value, 0)) }
        : fitted.prediction;
      const bands = quantiles(kernel, prediction, levels, { nonNegative });
      fitMs[k] = clock.monotonicMs() - startMs;
      for (const [j, level] of levels.entries()) {
        const band = bands[String(level)] as Float64Array;
        kept.set(band.subarray(0, keptSteps), (k * levels.length + j) * keptSteps);
      }
      if (answered === task.model) return;
      refused++;
      refusal ||= reason;
    });
  }
  return { quantiles: kept, fitMs, refused, refusal };
}

/** What a forecaster sees, from the first observed value on, as the sidecar's history gives it. */
function contextAt(series: GridSeries, cutoff: number): Float64Array {
  let start = windowStart(series, cutoff);
  while (start < cutoff && Number.isNaN(series.values[start])) start++;
  return series.values.subarray(start, cutoff + 1);
}

/** The forecasts of origin k of a task, one array for each level; views. */
export function bandsAt(task: ForecastTask, result: TaskResult, k: number): Float64Array[] {
  const { levels, keptSteps } = task;
  return levels.map((_, j) => {
    const start = (k * levels.length + j) * keptSteps;
    return result.quantiles.subarray(start, start + keptSteps);
  });
}
