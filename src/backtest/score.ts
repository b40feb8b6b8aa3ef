import type { GridSeries } from './grid-series.ts';
import { PeakSums } from './peak.ts';
import type { HorizonError, HourError, Scores } from './result.ts';
import { seasonalNaiveAt, seasonalScale } from './seasonal-naive.ts';

/** One origin's forecast; every array is horizonSteps long, in the metric's unit. */
export interface OriginForecast {
  readonly values: ArrayLike<number>;
  /** One array for each level; none when only points are given. */
  readonly quantiles: readonly ArrayLike<number>[];
}

const HOURS = 24;
const UPPER_LEVEL = 0.9;

/** Sums over the observed steps that belong together. */
class ErrorSums {
  count = 0;
  error = 0;
  bias = 0;
  actual = 0;
  naive = 0;
  covered90 = 0;

  add(forecast: number, actual: number, naive: number, isCovered: boolean): void {
    this.count++;
    this.error += Math.abs(actual - forecast);
    this.bias += forecast - actual;
    this.actual += Math.abs(actual);
    this.naive += Math.abs(actual - naive);
    if (isCovered) this.covered90++;
  }
}

/**
 * The scores of one model on one series, origin by origin, in memory that does not grow with the
 * origins. The definitions are those of the rolling-origin protocol kv1.
 */
export class ScoreSums {
  readonly #byHorizon: readonly ErrorSums[];
  readonly #byHour = Array.from({ length: HOURS }, () => new ErrorSums());
  readonly #loss: Float64Array;
  readonly #covered: Float64Array;
  readonly #peak: PeakSums;
  readonly #peak90: PeakSums;
  #hasQuantiles = true;
  origins = 0;

  constructor(
    private readonly series: GridSeries,
    private readonly levels: readonly number[],
  ) {
    this.#byHorizon = Array.from({ length: series.horizonSteps }, () => new ErrorSums());
    this.#loss = new Float64Array(levels.length);
    this.#covered = new Float64Array(levels.length);
    this.#peak = new PeakSums(series);
    this.#peak90 = new PeakSums(series);
  }

  /**
   * Adds the forecast of one origin; steps that were not observed are left out.
   *
   * @returns its mean absolute error, NaN when nothing was observed
   */
  add(cutoff: number, forecast: OriginForecast): number {
    const { values, startSeconds, stepSeconds } = this.series;
    const { quantiles } = forecast;
    this.#hasQuantiles &&= quantiles.length === this.levels.length;
    const upper = quantiles[this.levels.indexOf(UPPER_LEVEL)];
    let errorSum = 0;
    let count = 0;
    for (const [i, sums] of this.#byHorizon.entries()) {
      const actual = values[cutoff + 1 + i] ?? Number.NaN;
      if (Number.isNaN(actual)) continue;
      const said = forecast.values[i] as number;
      const naive = seasonalNaiveAt(this.series, cutoff, i + 1);
      const isCovered = upper !== undefined && actual <= (upper[i] as number);
      const endSeconds = startSeconds + (cutoff + 1 + i) * stepSeconds;
      const hour = (((Math.floor(endSeconds / 3600) % HOURS) + HOURS) % HOURS) as number;
      sums.add(said, actual, naive, isCovered);
      this.#byHour[hour]?.add(said, actual, naive, isCovered);
      if (this.#hasQuantiles) this.#addQuantiles(actual, quantiles, i);
      errorSum += Math.abs(actual - said);
      count++;
    }
    this.#peak.add(cutoff, forecast.values);
    if (upper) this.#peak90.add(cutoff, upper);
    this.origins++;
    return errorSum / count;
  }

  #addQuantiles(actual: number, quantiles: readonly ArrayLike<number>[], i: number): void {
    for (const [k, level] of this.levels.entries()) {
      const error = actual - (quantiles[k]?.[i] as number);
      this.#loss[k] = (this.#loss[k] as number) + Math.max(level * error, (level - 1) * error);
      if (error <= 0) this.#covered[k] = (this.#covered[k] as number) + 1;
    }
  }

  scores(): Scores {
    const { stepSeconds } = this.series;
    const earlySteps = (stepSeconds <= 300 ? 900 : 21_600) / stepSeconds;
    const all = total(this.#byHorizon);
    const mae = all.error / all.count;
    const wape = all.error / all.actual;
    const scale = seasonalScale(this.series);
    const loss = this.#loss.reduce((a, b) => a + b, 0) / (all.count * this.levels.length);
    return {
      skill: skillOf(all),
      skillFirst: skillOf(total(this.#byHorizon.slice(0, 1))),
      skillEarly: skillOf(total(this.#byHorizon.slice(0, earlySteps))),
      mae,
      naiveMae: all.naive / all.count,
      wape,
      accuracy: 1 - wape,
      mase: mae / scale,
      spl: this.#hasQuantiles ? loss / scale : Number.NaN,
      coverage: this.#hasQuantiles
        ? this.levels.map((level, k) => ({
            level,
            observed: (this.#covered[k] as number) / all.count,
          }))
        : [],
      peak: this.#peak.scores(),
      peak90: this.#peak90.scores(),
    };
  }

  /** Element k is of the forecasts k + 1 steps ahead. */
  byHorizon(): HorizonError[] {
    return this.#byHorizon.map(({ error, actual, covered90, count }) => ({
      mae: error / count,
      wape: error / actual,
      covered90: covered90 / count,
      count,
    }));
  }

  byHour(): HourError[] {
    return this.#byHour.map(({ error, actual, bias, count }) => ({
      mae: error / count,
      wape: error / actual,
      bias: bias / count,
      count,
    }));
  }
}

function total(parts: readonly ErrorSums[]): ErrorSums {
  const sums = new ErrorSums();
  for (const { count, error, actual, naive } of parts) {
    sums.count += count;
    sums.error += error;
    sums.actual += actual;
    sums.naive += naive;
  }
  return sums;
}

function skillOf({ error, naive }: ErrorSums): number {
  return 1 - error / naive;
}
