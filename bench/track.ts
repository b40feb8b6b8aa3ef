import { atLeastZero, isNonNegative } from '../src/forecast/non-negative.ts';
import { quantiles } from '../src/forecast/quantiles.ts';
import { fitLadder } from '../src/models/ladder.ts';
import type { Model } from '../src/models/model.ts';
import type { Demand } from '../src/replay/demand.ts';
import type { ForecastTrack } from '../src/replay/track.ts';
import type { Kernel } from '../src/wasm/kernel.ts';

interface TrackOptions {
  /** First and last step of the demand at whose end a forecast is made. */
  readonly fromStep: number;
  readonly toStep: number;
  readonly horizonSteps: number;
  /** Steps that the model sees at most. */
  readonly historySteps: number;
  readonly levels: readonly number[];
}

/**
 * Forecasts at every step, as the sidecar does tick by tick: a step without a sample has none.
 *
 * @param ladder the model asked for, then the rungs below it
 */
export async function trackOf(
  kernel: Kernel,
  ladder: readonly Model[],
  demand: Demand,
  options: TrackOptions,
): Promise<ForecastTrack> {
  const { fromStep, toStep, horizonSteps, historySteps, levels } = options;
  const rows = toStep - fromStep + 1;
  const band = () => new Float64Array(rows * horizonSteps).fill(Number.NaN);
  const track: ForecastTrack = {
    ...{ model: ladder[0]?.name ?? '', firstStep: fromStep, rows, horizonSteps, values: band() },
    quantiles: Object.fromEntries(levels.map((level) => [String(level), band()])),
  };
  const { signal } = new AbortController();
  const { values: observed, stepSeconds, startSeconds } = demand;
  for (let row = 0; row < rows; row++) {
    const end = fromStep + row + 1;
    if (Number.isNaN(observed[end - 1])) continue;
    const values = observed.subarray(Math.max(0, end - historySteps), end);
    const series = { values, stepSeconds, cutoffSeconds: startSeconds + end * stepSeconds };
    const nonNegative = isNonNegative(values);
    await kernel.exclusive(async () => {
      const { fitted } = await fitLadder(ladder, series, { horizonSteps, signal });
      const { point, standardErrors } = nonNegative
        ? atLeastZero(fitted.prediction)
        : fitted.prediction;
      track.values.set(point, row * horizonSteps);
      // The model's own spread, not what it calibrated.
      const prediction = { point, standardErrors };
      const bands = quantiles(kernel, prediction, levels, { nonNegative });
      for (const [level, made] of Object.entries(bands)) {
        track.quantiles[level]?.set(made, row * horizonSteps);
      }
    });
  }
  return track;
}
