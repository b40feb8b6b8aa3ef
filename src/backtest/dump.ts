import type { Forecasted } from './walk.ts';

/** One forecast as a line of the rolling-origin protocol's interchange format (NDJSON). */
export function dumpLine({ series, model, cutoff, fitMs, levels, bands }: Forecasted): string {
  const values = bands[levels.indexOf(0.5)] ?? [];
  const quantiles = Object.fromEntries(
    levels.map((level, k) => [String(level), [...(bands[k] ?? [])]]),
  );
  const line = {
    series: series.name,
    cutoff,
    model,
    fit_ms: Number(fitMs.toFixed(3)),
    values: [...values],
    quantiles,
  };
  return `${JSON.stringify(line)}\n`;
}
