import type { Scores } from '../../src/backtest/result.ts';
import { ScoreSums } from '../../src/backtest/score.ts';
import type { ProtocolSeries } from './data.ts';
import { contextWindow } from './data.ts';

export const LEVELS = ['0.5', '0.8', '0.9', '0.95', '0.99'] as const;
type Level = (typeof LEVELS)[number];

/** One origin's forecast; every array is horizonSteps long, in the series' unit. */
export interface ProtocolForecast {
  readonly values: ArrayLike<number>;
  readonly quantiles?: Readonly<Record<Level, ArrayLike<number>>> | undefined;
}

/** Scores of protocol kv1; ratios, except the errors, which are in the series' unit. */
export interface SeriesScore {
  readonly name: string;
  readonly mae: number;
  /** Of the daily seasonal naive on the same points. */
  readonly naiveMae: number;
  readonly skill: number;
  /** At h = 1. */
  readonly skillFirst: number;
  /** Up to 15 minutes for steps ≤ 5 minutes, else up to 6 hours. */
  readonly skillEarly: number;
  readonly mase: number;
  readonly wape: number;
  readonly accuracy: number;
  /** Share of origins whose highest forecast of the first 5 minutes is below what came. */
  readonly peakUnderRate: number;
  readonly peakUnder: number;
  readonly peakOver: number;
  /** Scaled pinball loss, mean over the levels; null without quantiles. */
  readonly spl: number | null;
  /** Share of actuals at or below each quantile; null without quantiles. */
  readonly coverage: Readonly<Record<Level, number>> | null;
}

export interface Aggregate {
  readonly skill: number;
  readonly skillFirst: number;
  readonly skillEarly: number;
  readonly accuracy: number;
  /** Geometric mean over the series. */
  readonly mase: number;
  readonly peakUnderRate: number;
  readonly peakUnder: number;
  readonly peakOver: number;
  readonly spl: number | null;
  readonly coverage: Readonly<Record<Level, number>> | null;
}

export type Forecaster = (
  x: Float64Array,
  series: ProtocolSeries,
  cutoff: number,
) => ProtocolForecast | Promise<ProtocolForecast>;

const mean = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0) / xs.length;

function checked(values: ArrayLike<number>, series: ProtocolSeries, cutoff: number): number[] {
  const numbers = Array.from(values);
  if (numbers.length !== series.horizonSteps || !numbers.every(Number.isFinite)) {
    throw new RangeError(
      `${series.name} at ${cutoff}: expected ${series.horizonSteps} finite values`,
    );
  }
  return numbers;
}

function byLevel<T>(of: (level: Level) => T): Record<Level, T> {
  return Object.fromEntries(LEVELS.map((level) => [level, of(level)])) as Record<Level, T>;
}

/** The scores of the product (src/backtest/score.ts) under the names of the protocol. */
function named(name: string, scores: Scores): SeriesScore {
  const { coverage, spl, peak, ...rest } = scores;
  return {
    ...rest,
    name,
    peakUnderRate: peak.underRate,
    peakUnder: peak.under,
    peakOver: peak.over,
    spl: Number.isNaN(spl) ? null : spl,
    coverage:
      coverage.length === 0
        ? null
        : byLevel((level) => coverage[LEVELS.indexOf(level)]?.observed ?? Number.NaN),
  };
}

/**
 * Scores one series.
 * @param forecasts one per cutoff, in the order of `series.cutoffs`
 * @throws RangeError when one is lacking, has a wrong length or a value that is not finite
 */
export function scoreSeries(
  series: ProtocolSeries,
  forecasts: readonly ProtocolForecast[],
): SeriesScore {
  if (forecasts.length !== series.cutoffs.length) {
    throw new RangeError(`${series.name}: expected ${series.cutoffs.length} forecasts`);
  }
  const sums = new ScoreSums({ ...series, values: series.y }, LEVELS.map(Number));
  for (const [k, { values, quantiles }] of forecasts.entries()) {
    const cutoff = series.cutoffs[k] as number;
    sums.add(cutoff, {
      values: checked(values, series, cutoff),
      quantiles: quantiles ? LEVELS.map((level) => checked(quantiles[level], series, cutoff)) : [],
    });
  }
  return named(series.name, sums.scores());
}

/** Means over the series (geometric for MASE); spl and coverage null where a series has none. */
export function aggregate(scores: readonly SeriesScore[]): Aggregate {
  const over = (of: (score: SeriesScore) => number) => mean(scores.map(of));
  const spl = scores.flatMap((score) => score.spl ?? []);
  const coverage = scores.flatMap((score) => score.coverage ?? []);
  return {
    skill: over((score) => score.skill),
    skillFirst: over((score) => score.skillFirst),
    skillEarly: over((score) => score.skillEarly),
    accuracy: over((score) => score.accuracy),
    mase: Math.exp(over((score) => Math.log(score.mase))),
    peakUnderRate: over((score) => score.peakUnderRate),
    peakUnder: over((score) => score.peakUnder),
    peakOver: over((score) => score.peakOver),
    spl: spl.length === scores.length ? mean(spl) : null,
    coverage:
      coverage.length === scores.length
        ? byLevel((level) => mean(coverage.map((shares) => shares[level])))
        : null,
  };
}

/** Asks the forecaster at every cutoff of every series, one after the other, and scores it. */
export async function runProtocol(
  all: readonly ProtocolSeries[],
  forecaster: Forecaster,
): Promise<SeriesScore[]> {
  const scores: SeriesScore[] = [];
  for (const series of all) {
    const forecasts: ProtocolForecast[] = [];
    for (const cutoff of series.cutoffs) {
      forecasts.push(await forecaster(contextWindow(series, cutoff), series, cutoff));
    }
    scores.push(scoreSeries(series, forecasts));
  }
  return scores;
}
