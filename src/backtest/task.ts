import type { Clock } from '../clock.ts';
import { atLeastZero, isNonNegative } from '../forecast/non-negative.ts';
import { demandOf, peakQuantiles } from '../forecast/peak.ts';
import { quantiles } from '../forecast/quantiles.ts';
import { fitLadder, ladderFor } from '../models/ladder.ts';
import { createModel, type ModelOptions } from '../models/registry.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { type GridSeries, windowStart } from './grid-series.ts';

/** Forecasts of one model from some origins of one series: the unit of work of a worker. */
export interface ForecastTask {
  readonly series: GridSeries;
  readonly model: string;
  readonly modelOptions: ModelOptions;
  /** Ascending. */
  readonly cutoffs: readonly number[];
  readonly levels: readonly number[];
  /**
   * Levels that are planned for, stretched as the sidecar does it, so that the highest of the first
   * `steps` holds its level (src/forecast/peak.ts); they follow `levels`. Null: none.
   */
  readonly planned: { readonly levels: readonly number[]; readonly steps: number } | null;
  /** Of each forecast the first so many steps are kept, at most horizonSteps. */
  readonly keptSteps: number;
}

export interface TaskResult {
  /** Value [(origin × bands + band) × keptSteps + step]; first `levels`, then `planned`. */
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
  const { series, cutoffs, levels, planned, keptSteps } = task;
  const bandsMax = levels.length + (planned?.levels.length ?? 0);
  const asked = [...new Set([...levels, ...(planned?.levels ?? [])])];
  const ladder = ladderFor(task.model).map((name) => createModel(name, kernel, task.modelOptions));
  const kept = new Float64Array(cutoffs.length * bandsMax * keptSteps);
  const fitMs = new Float64Array(cutoffs.length);
  const { horizonSteps } = series;
  const peakSteps = Math.min(planned?.steps ?? 0, horizonSteps);
  const context = { horizonSteps, levels: asked, peakSteps, signal };
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
      const nonNegative = isNonNegative(values);
      const prediction = nonNegative ? atLeastZero(fitted.prediction) : fitted.prediction;
      const bands = quantiles(kernel, prediction, asked, { nonNegative });
      const made = levels.map((level) => bands[String(level)] as Float64Array);
      if (planned && planned.levels.length > 0) {
        const peaks = peakQuantiles(kernel, prediction, bands, peakSteps, { nonNegative });
        for (const level of planned.levels) {
          made.push(demandOf(level, prediction.point, bands, peakSteps, peaks).demand);
        }
      }
      fitMs[k] = clock.monotonicMs() - startMs;
      for (const [j, band] of made.entries()) {
        kept.set(band.subarray(0, keptSteps), (k * bandsMax + j) * keptSteps);
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

/** The forecasts of origin k of a task: one array for each level, then each planned one; views. */
export function bandsAt(task: ForecastTask, result: TaskResult, k: number): Float64Array[] {
  const { levels, planned, keptSteps } = task;
  const bandsMax = levels.length + (planned?.levels.length ?? 0);
  return Array.from({ length: bandsMax }, (_, j) => {
    const start = (k * bandsMax + j) * keptSteps;
    return result.quantiles.subarray(start, start + keptSteps);
  });
}
