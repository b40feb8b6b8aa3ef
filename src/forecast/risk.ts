import type { Prediction } from '../models/model.ts';
import { confidenceOf } from './confidence.ts';
import type { Risk } from './snapshot.ts';

/** How far the forecast can be leant on, and what that rests on. */
export function riskOf(
  { point, calibrated }: Prediction,
  bands: Readonly<Record<string, Float64Array>>,
): Risk {
  const { errors = 0, effectiveErrors = 0, tailFrom = 0, drift = null } = calibrated ?? {};
  const confidence = confidenceOf(point, bands['0.9'] ?? point, effectiveErrors);
  const method = calibrated ? 'conformal' : 'normal';
  return { method, confidence, errors, effectiveErrors, tailFrom, drift };
}
