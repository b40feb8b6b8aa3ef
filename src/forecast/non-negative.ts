import type { Prediction } from '../models/model.ts';

/**
 * Whether the metric is one that cannot fall below 0: then no forecast of it does, whichever model
 * made it, and no quantile. A history that holds a negative value is of a metric that can, and its
 * forecasts stay as the model has them. This is the one place of the rule.
 */
export function isNonNegative(values: Float64Array): boolean {
  return !values.some((value) => value < 0);
}

export function atLeastZero(prediction: Prediction): Prediction {
  return { ...prediction, point: prediction.point.map((value) => Math.max(value, 0)) };
}
