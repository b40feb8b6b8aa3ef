import { readFile } from 'node:fs/promises';
import { type CutoffsFile, parseCutoffs } from '../backtest/cutoffs-file.ts';
import { checkGate } from '../backtest/gate.ts';
import { overallOf } from '../backtest/overall.ts';
import type { BacktestResult, SeriesResult } from '../backtest/result.ts';
import type { TaskRunner } from '../backtest/runner.ts';
import type { Source } from '../backtest/source.ts';
import type { Forecasted } from '../backtest/walk.ts';
import { type Option, optionName, shown } from '../config/option.ts';
import { OPTIONS } from '../config/options.ts';
import { errnoOf } from '../config/sources.ts';
import { asFault, KedastralError } from '../errors.ts';
import { modelOptionsOf } from '../models/registry.ts';
import { VERSION } from '../version.ts';
import type { ParsedBacktest } from './backtest-options.ts';
import { backtestSeries } from './backtest-series.ts';
import { BACKTEST_OPTIONS, type BacktestField, type BacktestOptions } from './backtest-table.ts';
import type { Progress } from './progress.ts';

export interface RunParts {
  readonly runner: TaskRunner;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly onForecast: (forecasted: Forecasted) => void;
}

/** Models that take next to no time, to see the chosen one beside. */
const CHEAP = ['baseline', 'seasonal-average', 'seasonal-naive', 'window-average', 'last-value'];

/**
 * Backtests one series after the other.
 *
 * @throws KedastralError when no series can be read and walked through, or of the first one when
 * it is the only one
 */
export async function runBacktest(
  parsed: ParsedBacktest,
  sources: readonly Source[],
  parts: RunParts,
): Promise<BacktestResult> {
  const { options } = parsed;
  const cutoffs = options.cutoffs === null ? null : await cutoffsOf(options.cutoffs);
  const warnings: string[] = [];
  const series: SeriesResult[] = [];
  const modelOptions = modelOptionsOf(options);
  const asked = { options, models: modelsOf(options), modelOptions, cutoffs };
  for (const [k, source] of sources.entries()) {
    if (parts.signal.aborted) break;
    try {
      const show = (label: string, share: number) =>
        parts.progress.show(`${source.name}: ${label}`, (k + share) / sources.length);
      const table = await source.read();
      const warn = (message: string) => warnings.push(message);
      series.push(await backtestSeries(table, asked, { ...parts, show, warn }));
    } catch (thrown) {
      if (parts.signal.aborted) break;
      if (sources.length === 1) throw thrown;
      const { message, code } = asFault(thrown, 'adapter');
      warnings.push(`${source.name} is left out: ${message} (${code})`);
    }
  }
  if (series.length === 0 && !parts.signal.aborted) {
    const message = `none of ${sources.length} series could be used: ${warnings[0]}`;
    throw new KedastralError('adapter_no_data', 'adapter', message);
  }
  return {
    version: VERSION,
    isPartial: parts.signal.aborted,
    warnings: [...warnings, ...series.flatMap(warningsOf)],
    options: usedOptions(parsed),
    series,
    overall: overallOf(series),
    gates: series.flatMap((one) => options.failIf.map((gate) => checkGate(gate, one))),
  };
}

function modelsOf({ models }: BacktestOptions): readonly string[] {
  if (models.length > 0) return models;
  return [...new Set([OPTIONS.model.default, ...CHEAP])];
}

async function cutoffsOf(path: string): Promise<CutoffsFile> {
  const text = await readFile(path, 'utf8').catch((thrown: unknown) => {
    const message = `cutoffs ${path}: cannot be read (${errnoOf(thrown)})`;
    throw new KedastralError('option_invalid', 'config', message);
  });
  return parseCutoffs(text);
}

function warningsOf({ name, models, replay }: SeriesResult): string[] {
  const target =
    replay && replay.targetFrom !== 'as given'
      ? [`${name}: target-per-pod is ${replay.targetPerPod}, ${replay.targetFrom}`]
      : [];
  const refusals = models
    .filter(({ refused }) => refused > 0)
    .map(
      ({ model, refused, origins, refusal }) =>
        `${name}: ${model} refused ${refused} of ${origins} origins, lower rungs answered ` +
        `there (${refusal})`,
    );
  return [...target, ...refusals];
}

/** What was given, and all that has a default, in the order of the table. */
function usedOptions({ given }: ParsedBacktest): BacktestResult['options'] {
  return Object.entries(BACKTEST_OPTIONS as Record<string, Option<unknown>>).flatMap(
    ([field, row]) => {
      const { text } = given[field as BacktestField];
      const isSaid = text !== '' && !(row.kind.isSwitch && text === 'false');
      return isSaid ? [{ name: `--${optionName(field)}`, value: shown(row, text) }] : [];
    },
  );
}
