import type { Comparison, Outcome } from '../replay/outcome.ts';
import type { GridSeries } from './grid-series.ts';

/**
 * All that a backtest found: plain data, so that it crosses workers; `src/cli/backtest-json.ts`
 * writes it as JSON (NaN becomes null, long grids are thinned).
 */
export interface BacktestResult {
  /** Version of the program. */
  readonly version: string;
  /** It was interrupted: what is there is whole, but not all that was asked for. */
  readonly isPartial: boolean;
  /** Whole sentences for people. */
  readonly warnings: readonly string[];
  /** What was used, as on the command line, without secrets. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly series: readonly SeriesResult[];
  /** Over the series, one for each model, in the order of the series' models. */
  readonly overall: readonly OverallResult[];
  readonly gates: readonly GateResult[];
}

export interface SeriesResult extends GridSeries {
  /** Steps that a replica must be ordered ahead: lead time / step, rounded up. */
  readonly leadSteps: number;
  /** Indexes of the last observed value of each origin, ascending. */
  readonly cutoffs: readonly number[];
  /** The first is the chosen one, of which replay, tuning and gates speak. */
  readonly models: readonly ModelResult[];
  /** Null when it was not asked for, or not reached. */
  readonly replay: ReplayResult | null;
  readonly tune: TuneResult | null;
}

/** Scores over all origins of a series; NaN where there is nothing to divide by. */
export interface Scores {
  /** 1 − MAE / MAE of the value at the same time of the day before, on the same points. */
  readonly skill: number;
  /** Of the first step, and of the first 15 minutes (steps over 5 minutes: 6 hours). */
  readonly skillFirst: number;
  readonly skillEarly: number;
  /** Mean absolute error, in the metric's unit; of that daily naive, too. */
  readonly mae: number;
  readonly naiveMae: number;
  /** Σ|error| / Σ|actual|; accuracy = 1 − wape. */
  readonly wape: number;
  readonly accuracy: number;
  /** MAE over the mean daily difference of the first three quarters of the series. */
  readonly mase: number;
  /** Mean pinball loss of the levels over the same scale. */
  readonly spl: number;
  readonly coverage: readonly { readonly level: number; readonly observed: number }[];
  /** First 5 minutes, highest forecast against highest actual: share of origins below, and means
   * of what lacks and of what is too much over the mean actual; the same of the 0.9 quantile. */
  readonly peak: PeakScores;
  readonly peak90: PeakScores;
}

export interface PeakScores {
  readonly underRate: number;
  readonly under: number;
  readonly over: number;
}

export interface ModelResult extends Scores {
  readonly model: string;
  /** Element k is of the forecasts k + 1 steps ahead; horizonSteps of them. */
  readonly byHorizon: readonly HorizonError[];
  /** Element h is of the targets in hour h of the day, UTC; 24 of them. */
  readonly byHour: readonly HourError[];
  /** Fit and predict of one origin, milliseconds, median and 95th percentile. */
  readonly fitMs: number;
  readonly fitMsP95: number;
  /** Origins that were forecast. */
  readonly origins: number;
  /** Origins that this model refused; a lower rung of the ladder answered there. */
  readonly refused: number;
  /** The first refusal in words; empty when there is none. */
  readonly refusal: string;
  /** A handful, spread over the origins, ascending. */
  readonly fans: readonly Fan[];
  /**
   * Over the whole grid, what was said `leadSteps` before of each step (median, and quantile 0.9);
   * NaN where nothing was said. Null without replay, where origins are not dense.
   */
  readonly track: Float64Array | null;
  readonly trackUpper: Float64Array | null;
}

export interface HorizonError {
  readonly mae: number;
  readonly wape: number;
  /** Share of actuals at or below the 0.9 quantile. */
  readonly covered90: number;
  readonly count: number;
}

export interface HourError {
  readonly mae: number;
  readonly wape: number;
  /** Mean of forecast − actual. */
  readonly bias: number;
  readonly count: number;
}

/** One origin's forecast in full. */
export interface Fan {
  /** Index of the last observed value; the forecast is for cutoff + 1 … cutoff + horizonSteps. */
  readonly cutoff: number;
  /** Why it is shown: `best`, `median`, `worst`, `latest` by error, or `busiest` by demand. */
  readonly why: string;
  readonly levels: readonly number[];
  /** One array of horizonSteps for each level; level 0.5 is the point. */
  readonly quantiles: readonly Float64Array[];
}

type OverallScore = 'skill' | 'accuracy' | 'mase' | 'spl' | 'coverage';

/** Means over the series; MASE is a geometric mean. */
export interface OverallResult extends Pick<Scores, OverallScore> {
  readonly model: string;
  readonly series: number;
  /** Median over the series of the median fit. */
  readonly fitMs: number;
}

export type PolicyRole =
  | 'ours'
  | 'rival'
  | 'reactive'
  | 'keda'
  | 'seed'
  | 'oracle'
  | 'static'
  | 'actual';

export interface PolicyResult {
  readonly role: PolicyRole;
  /** Model that it follows; empty when it follows none. */
  readonly model: string;
  /** Factor on the demand; 1 where a quantile is planned for. */
  readonly headroom: number;
  readonly outcome: Outcome;
  /** Beside the fair rival at equal pod-hours; null for policies that are no forecast. */
  readonly comparison: Comparison | null;
}

export interface ReplayResult {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly targetPerPod: number;
  /** How the target was found, in words: `as given`, `from the column replicas`, … */
  readonly targetFrom: string;
  readonly podStartSeconds: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Ours first, then its rival; further models are also `ours`. */
  readonly policies: readonly PolicyResult[];
  /** Ours (the chosen model) beside its rival. */
  readonly comparison: Comparison | null;
}

export interface TuneResult {
  /** Whether ours, tuned, beats its rival on the proof part beyond chance. */
  readonly helps: boolean;
  /** Lines of options to use, such as `--quantile-level p95`; empty when it does not help. */
  readonly optionLines: readonly string[];
  /** What was tried. */
  readonly candidates: number;
  readonly searchedFromSeconds: number;
  readonly provedFromSeconds: number;
  readonly provedToSeconds: number;
  /** On the proof part. */
  readonly comparison: Comparison;
  /** Of the share of the unserved demand that goes away at equal pod-hours, by block bootstrap. */
  readonly interval: {
    readonly of: string;
    readonly level: number;
    readonly low: number;
    readonly estimate: number;
    readonly high: number;
  };
  /** One sentence for people. */
  readonly verdict: string;
}

/** One of `--fail-if`. */
export interface GateResult {
  readonly gate: string;
  readonly series: string;
  readonly measured: number;
  readonly limit: number;
  /** The condition holds, so the run fails. */
  readonly isFailed: boolean;
}
