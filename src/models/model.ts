import type { Series } from '../features/series.ts';

/** What a fitted model says of itself, for people and for `kedastral forecast --json`. */
export interface ModelDescription {
  readonly name: string;
  readonly [detail: string]: unknown;
}

/** Both arrays are horizonSteps long; step i covers (cutoff + i·step, cutoff + (i+1)·step]. */
export interface Prediction {
  /** The median, in the metric's unit; finite. */
  readonly point: Float64Array;
  /** Standard error of each step, in the metric's unit; finite, ≥ 0. */
  readonly standardErrors: Float64Array;
  /** Of a model that keeps a walk-forward record (assembly/risk/); others are taken as normal. */
  readonly calibrated?: CalibratedQuantiles;
}

/** Quantiles learnt from the errors that a model made in the history. */
export interface CalibratedQuantiles {
  /** By `String(level)`, of each level of the context; 0.5 is the point. */
  readonly bands: Readonly<Record<string, Float64Array>>;
  /** Of the maximum over the context's peak steps, by level; null when there were none. */
  readonly peak: Readonly<Record<string, number>> | null;
  /** Walk-forward errors noted, and how many equally weighted ones they are worth at the step that
   *  knows least. */
  readonly errors: number;
  readonly effectiveErrors: number;
  /** Quantiles above this level are a parametric tail. */
  readonly tailFrom: number;
  readonly drift: Drift;
}

/** The Page–Hinkley test on the sizes of the errors. */
export interface Drift {
  /** Excess over the expected sizes since it was lowest; `isOn` above the limit. */
  readonly excess: number;
  readonly limit: number;
  readonly isOn: boolean;
  /** Steps since the change began; 0 while there is none. */
  readonly ageSteps: number;
}

export interface FitContext {
  readonly horizonSteps: number;
  /** Levels at which a model with a walk-forward record gives its quantiles; in (0, 1). */
  readonly levels?: readonly number[];
  /** Steps of the window whose maximum is calibrated too, 1..horizonSteps. */
  readonly peakSteps?: number;
  readonly signal: AbortSignal;
}

/** What `Model.fit` returns: only something fitted can predict. */
export interface FittedModel {
  readonly description: ModelDescription;
  readonly prediction: Prediction;
}

/**
 * A way of forecasting. The kernel has one set of buffers, so fitting and predicting are one call,
 * made inside `kernel.exclusive`.
 *
 * To add one, see "Adding a model" in README.md.
 */
export interface Model {
  readonly name: string;
  /** @throws KedastralError series_too_short, series_not_finite, …: the ladder then goes on. */
  fit(series: Series, context: FitContext): Promise<FittedModel>;
}
