import type { ProtocolSeries } from './data.ts';
import { contextWindow, interpolate } from './data.ts';

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

/** An observed step ahead: what was said of it and what came. */
interface Pair {
  readonly step: number;
  readonly actual: number;
  readonly forecast: number;
  readonly naive: number;
  readonly quantiles: Readonly<Record<Level, number>> | null;
}

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

/** The observed steps after one cutoff beside the forecast and the daily seasonal naive. */
function pairsOf(series: ProtocolSeries, cutoff: number, forecast: ProtocolForecast): Pair[] {
  const values = checked(forecast.values, series, cutoff);
  const { quantiles } = forecast;
  const levels = quantiles && byLevel((level) => checked(quantiles[level], series, cutoff));
  const filled = interpolate(contextWindow(series, cutoff));
  return values.flatMap((value, i) => {
    const actual = series.y[cutoff + 1 + i] as number;
    const naive = filled[filled.length + i - series.daySteps] as number;
    if (Number.isNaN(actual)) return [];
    const said = levels ? byLevel((level) => levels[level][i] as number) : null;
    return [{ step: i + 1, actual, forecast: value, naive, quantiles: said }];
  });
}

/** mean |y_t − y_{t−day}| over the first three quarters, both observed. */
function seasonalScale({ y, daySteps }: ProtocolSeries): number {
  const errors: number[] = [];
  for (let t = daySteps; t < Math.floor((3 * y.length) / 4); t++) {
    const error = Math.abs((y[t] as number) - (y[t - daySteps] as number));
    if (!Number.isNaN(error)) errors.push(error);
  }
  return mean(errors);
}

function skillOf(pairs: readonly Pair[]): number {
  const own = mean(pairs.map(({ actual, forecast }) => Math.abs(actual - forecast)));
  return 1 - own / mean(pairs.map(({ actual, naive }) => Math.abs(actual - naive)));
}

/** Highest forecast less highest actual of the first five minutes, fully observed origins only. */
function peaks(series: ProtocolSeries, origins: readonly Pair[][]) {
  const steps = Math.max(1, Math.ceil(300 / series.stepSeconds));
  const windows = origins
    .map((pairs) => pairs.filter(({ step }) => step <= steps))
    .filter((pairs) => pairs.length === steps);
  const highest = windows.map((pairs) => Math.max(...pairs.map(({ actual }) => actual)));
  const gaps = windows.map(
    (pairs, i) => Math.max(...pairs.map(({ forecast }) => forecast)) - (highest[i] as number),
  );
  return {
    peakUnderRate: mean(gaps.map((gap) => (gap < 0 ? 1 : 0))),
    peakUnder: mean(gaps.map((gap) => Math.max(-gap, 0))) / mean(highest),
    peakOver: mean(gaps.map((gap) => Math.max(gap, 0))) / mean(highest),
  };
}

function quantileScores(pairs: readonly Pair[], scale: number) {
  const said = pairs.flatMap(({ actual, quantiles }) => (quantiles ? [{ actual, quantiles }] : []));
  if (said.length < pairs.length) return { spl: null, coverage: null };
  const loss = (level: Level) =>
    mean(
      said.map(({ actual, quantiles }) => {
        const error = actual - quantiles[level];
        return Math.max(Number(level) * error, (Number(level) - 1) * error);
      }),
    );
  return {
    spl: mean(LEVELS.map(loss)) / scale,
    coverage: byLevel((level) =>
      mean(said.map(({ actual, quantiles }) => (actual <= quantiles[level] ? 1 : 0))),
    ),
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
  const origins = forecasts.map((forecast, k) =>
    pairsOf(series, series.cutoffs[k] as number, forecast),
  );
  const pairs = origins.flat();
  const errors = pairs.map(({ actual, forecast }) => Math.abs(actual - forecast));
  const mae = mean(errors);
  const scale = seasonalScale(series);
  const wape = mae / mean(pairs.map(({ actual }) => Math.abs(actual)));
  const earlySteps = (series.stepSeconds <= 300 ? 900 : 21_600) / series.stepSeconds;
  return {
    name: series.name,
    mae,
    naiveMae: mean(pairs.map(({ actual, naive }) => Math.abs(actual - naive))),
    skill: skillOf(pairs),
    skillFirst: skillOf(pairs.filter(({ step }) => step === 1)),
    skillEarly: skillOf(pairs.filter(({ step }) => step <= earlySteps)),
    mase: mae / scale,
    wape,
    accuracy: 1 - wape,
    ...peaks(series, origins),
    ...quantileScores(pairs, scale),
  };
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
