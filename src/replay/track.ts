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

/** Perfect foresight: each forecast is what came. */
export function oracleTrack(
  demand: Demand,
  { firstStep, rows, horizonSteps }: Pick<ForecastTrack, 'firstStep' | 'rows' | 'horizonSteps'>,
): ForecastTrack {
  const values = new Float64Array(rows * horizonSteps);
  for (let row = 0; row < rows; row++) {
    let known = demand.values[firstStep + row] as number;
    for (let i = 0; i < horizonSteps; i++) {
      const next = demand.values[firstStep + row + 1 + i];
      if (next !== undefined && !Number.isNaN(next)) known = next;
      values[row * horizonSteps + i] = known;
    }
  }
  return { model: 'oracle', firstStep, rows, horizonSteps, values, quantiles: {} };
}
