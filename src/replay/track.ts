import { quantiles } from '../forecast/quantiles.ts';
import { fitLadder } from '../models/ladder.ts';
import type { Model } from '../models/model.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { Demand } from './demand.ts';

/**
 * The forecasts of one model at every step of a demand, made once and replayed under many settings.
 *
 * Row k is the forecast at cutoff = end of step `firstStep + k` of the demand: `horizonSteps`
 * values for the steps after it. A row that begins with NaN means that there was no forecast.
 */
export interface ForecastTrack {
  readonly model: string;
  readonly firstStep: number;
  readonly rows: number;
  readonly horizonSteps: number;
  /** Medians, rows × horizonSteps. */
  readonly values: Float64Array;
  /** Quantiles by `String(level)`, each rows × horizonSteps; none is needed. */
  readonly quantiles: Readonly<Record<string, Float64Array>>;
}

export interface WalkOptions {
  /** First and last step of the demand at whose end a forecast is made. */
  readonly fromStep: number;
  readonly toStep: number;
  readonly horizonSteps: number;
  /** Steps that the model sees at most. */
  readonly historySteps: number;
  readonly levels: readonly number[];
  readonly signal: AbortSignal;
}

/**
 * Forecasts at every step, as the sidecar does tick by tick: a step without a sample has none.
 *
 * @param ladder the model asked for, then the rungs below it
 */
export async function walkForward(
  kernel: Kernel,
  ladder: readonly Model[],
  demand: Demand,
  options: WalkOptions,
): Promise<ForecastTrack> {
  const { fromStep, toStep, horizonSteps, historySteps, levels, signal } = options;
  const rows = toStep - fromStep + 1;
  const track = emptyTrack(ladder[0]?.name ?? '', fromStep, rows, horizonSteps, levels);
  const { values: observed, stepSeconds, startSeconds } = demand;
  for (let row = 0; row < rows; row++) {
    const end = fromStep + row + 1;
    if (Number.isNaN(observed[end - 1])) continue;
    const values = observed.subarray(Math.max(0, end - historySteps), end);
    const series = { values, stepSeconds, cutoffSeconds: startSeconds + end * stepSeconds };
    const nonNegative = !values.some((value) => value < 0);
    await kernel.exclusive(async () => {
      const { fitted } = await fitLadder(ladder, series, { horizonSteps, signal });
      const { point, standardErrors } = fitted.prediction;
      const median = nonNegative ? point.map((value) => Math.max(value, 0)) : point;
      track.values.set(median, row * horizonSteps);
      const prediction = { point: median, standardErrors };
      const bands = quantiles(kernel, prediction, levels, { nonNegative });
      for (const [level, band] of Object.entries(bands)) {
        track.quantiles[level]?.set(band, row * horizonSteps);
      }
    });
  }
  return track;
}

/** Perfect foresight: each forecast is what came. */
export function oracleTrack(
  demand: Demand,
  { firstStep, rows, horizonSteps }: Pick<ForecastTrack, 'firstStep' | 'rows' | 'horizonSteps'>,
): ForecastTrack {
  const track = emptyTrack('oracle', firstStep, rows, horizonSteps, []);
  for (let row = 0; row < rows; row++) {
    let known = demand.values[firstStep + row] as number;
    for (let i = 0; i < horizonSteps; i++) {
      const next = demand.values[firstStep + row + 1 + i];
      if (next !== undefined && !Number.isNaN(next)) known = next;
      track.values[row * horizonSteps + i] = known;
    }
  }
  return track;
}

function emptyTrack(
  model: string,
  firstStep: number,
  rows: number,
  horizonSteps: number,
  levels: readonly number[],
) {
  const band = () => new Float64Array(rows * horizonSteps).fill(Number.NaN);
  const quantilesOf = Object.fromEntries(levels.map((level) => [String(level), band()]));
  return { model, firstStep, rows, horizonSteps, values: band(), quantiles: quantilesOf };
}
