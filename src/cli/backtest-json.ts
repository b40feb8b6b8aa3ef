import type { BacktestResult, SeriesResult } from '../backtest/result.ts';

/** A longer grid is given as means of equal stretches of steps. */
const GRID_VALUES_MAX = 4_000;

/** The result as one line of JSON: no NaN but null, long grids thinned. */
export function toJson(result: BacktestResult): string {
  const series = result.series.map(thinned);
  return `${JSON.stringify({ ...result, series }, plain)}\n`;
}

function thinned({ values, stepSeconds, startSeconds, models, ...rest }: SeriesResult) {
  const every = Math.ceil(values.length / GRID_VALUES_MAX);
  const actuals = {
    startSeconds: startSeconds + (every - 1) * stepSeconds,
    stepSeconds: every * stepSeconds,
    values: meansOf(values, every),
  };
  return {
    ...{ stepSeconds, startSeconds, points: values.length, actuals },
    models: models.map(({ track: _, trackUpper: __, ...model }) => model),
    ...rest,
  };
}

/** Means of `every` values each, missing ones left out. */
function meansOf(values: Float64Array, every: number): Float64Array {
  return Float64Array.from({ length: Math.ceil(values.length / every) }, (_, k) => {
    const known = values.slice(k * every, (k + 1) * every).filter((value) => !Number.isNaN(value));
    return known.reduce((a, b) => a + b, 0) / known.length;
  });
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value, (each) => finite(each));
  return typeof value === 'number' ? finite(value) : value;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
