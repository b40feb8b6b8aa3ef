import { type CsvSamples, parseCsv } from '../adapters/csv.ts';
import { commonStepSeconds } from '../adapters/sample-step.ts';
import { KedastralError } from '../errors.ts';
import { cutoffAt, stepIndexOf } from '../features/grid.ts';
import { History } from '../features/history.ts';
import type { Series } from '../features/series.ts';

export interface CsvSeriesOptions {
  /** Null: the most common gap between rows. */
  readonly stepSeconds: number | null;
  /** The cutoff is the last grid step that ends at or before; null: that of the last row. */
  readonly atSeconds: number | null;
  /** Steps kept before the cutoff. */
  readonly historyStepsMax: number;
}

export interface CsvSeries {
  readonly series: Series;
  /** Rows older than the steps that are kept. */
  readonly rowsDropped: number;
}

/**
 * Puts a CSV of `timestamp,value` on the grid of the Unix epoch: what the sidecar would have seen
 * at the cutoff, from the oldest row on, missing steps NaN.
 *
 * @throws KedastralError adapter_response, adapter_no_data, option_invalid
 */
export function seriesOfCsv(text: string, options: CsvSeriesOptions): CsvSeries {
  const samples = parseCsv(text);
  const newestSeconds = samples.timesSeconds.reduce((a, b) => Math.max(a, b), -Infinity);
  if (newestSeconds === -Infinity) {
    throw new KedastralError('adapter_no_data', 'adapter', 'the CSV has no row');
  }
  const stepSeconds = options.stepSeconds ?? stepOf(samples);
  const cutoffSeconds =
    options.atSeconds === null
      ? stepIndexOf(newestSeconds, stepSeconds) * stepSeconds
      : cutoffAt(options.atSeconds, { stepSeconds, settleSeconds: 0 });
  const historySeconds = options.historyStepsMax * stepSeconds;
  const history = new History({ stepSeconds, historySeconds, windowSeconds: historySeconds });
  const range = history.rangeFor(cutoffSeconds);
  history.add({ ...samples, warnings: [] }, range);
  const series = history.series(cutoffSeconds);
  if (history.newestSeconds === null) {
    const at = new Date(cutoffSeconds * 1000).toISOString();
    throw new KedastralError('adapter_no_data', 'adapter', `the CSV has no value up to ${at}`);
  }
  const oldestIndex = range.startSeconds / stepSeconds;
  const isDropped = (time: number) => stepIndexOf(time, stepSeconds) < oldestIndex;
  return { series, rowsDropped: samples.timesSeconds.filter(isDropped).length };
}

function stepOf({ timesSeconds }: CsvSamples): number {
  const stepSeconds = commonStepSeconds(timesSeconds.toSorted());
  if (stepSeconds !== null && Number.isInteger(stepSeconds)) return stepSeconds;
  const why =
    stepSeconds === null
      ? 'the CSV has fewer than two different times'
      : `the most common gap of the CSV is ${stepSeconds} s, not whole seconds`;
  throw new KedastralError('option_invalid', 'config', `${why}: give --step`);
}
