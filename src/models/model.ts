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
}

export interface FitContext {
  readonly horizonSteps: number;
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
