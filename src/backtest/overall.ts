import { percentile } from './percentile.ts';
import type { ModelResult, OverallResult, SeriesResult } from './result.ts';

/** Means over the series of each model, in the order in which the models first come. */
export function overallOf(series: readonly SeriesResult[]): OverallResult[] {
  const byModel = new Map<string, ModelResult[]>();
  for (const result of series.flatMap(({ models }) => models)) {
    byModel.set(result.model, [...(byModel.get(result.model) ?? []), result]);
  }
  return [...byModel].map(([model, results]) => {
    const mean = (of: (result: ModelResult) => number) =>
      results.reduce((sum, result) => sum + of(result), 0) / results.length;
    return {
      model,
      series: results.length,
      skill: mean((result) => result.skill),
      accuracy: mean((result) => result.accuracy),
      mase: Math.exp(mean((result) => Math.log(result.mase))),
      spl: mean((result) => result.spl),
      coverage: (results[0] as ModelResult).coverage.map(({ level }, k) => ({
        level,
        observed: mean((result) => result.coverage[k]?.observed ?? Number.NaN),
      })),
      fitMs: percentile(
        results.map((result) => result.fitMs),
        0.5,
      ),
    };
  });
}
