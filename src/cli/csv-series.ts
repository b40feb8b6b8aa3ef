import type { GridRange } from '../adapters/adapter.ts';
import { parseCsv } from '../adapters/csv.ts';
import { wholeStepSeconds } from '../adapters/sample-step.ts';
import { KedastralError } from '../errors.ts';
import { cutoffAt, stepIndexOf, stepsIn } from '../features/grid.ts';
import { History } from '../features/history.ts';
import { MAX_MAGNITUDE, type ReasonCounts } from '../features/quality.ts';
import type { Series } from '../features/series.ts';
import { formatTime } from './format.ts';

export interface CsvSeriesOptions {
  /** Null: the usual gap between rows. */
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
  /** Rows in the kept steps that were not taken as they are, by the sidecar's reasons. */
  readonly refused: Readonly<Pick<ReasonCounts, 'duplicate' | 'not_finite' | 'out_of_range'>>;
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
  const stepSeconds = options.stepSeconds ?? wholeStepSeconds(samples.timesSeconds.toSorted());
  const cutoffSeconds =
    options.atSeconds === null
      ? stepIndexOf(newestSeconds, stepSeconds) * stepSeconds
      : cutoffAt(options.atSeconds, { stepSeconds, settleSeconds: 0 });
  const historySeconds = options.historyStepsMax * stepSeconds;
  const history = new History({ stepSeconds, historySeconds, windowSeconds: historySeconds });
  const range = history.rangeFor(cutoffSeconds);
  const { counts } = history.add({ ...samples, warnings: [] }, range);
  const series = history.series(cutoffSeconds);
  const rows = samples.timesSeconds.map((time) => stepIndexOf(time, stepSeconds) * stepSeconds);
  if (history.newestSeconds === null) {
    throw new KedastralError('adapter_no_data', 'adapter', noValueReason(rows, range, counts));
  }
  const rowsDropped = rows.filter((end) => end < range.startSeconds).length;
  return { series, rowsDropped, refused: counts };
}

/**
 * Why no row gave a value.
 *
 * @param rows the end of the step of each row, in epoch seconds
 */
function noValueReason(rows: Float64Array, range: GridRange, counts: ReasonCounts): string {
  const end = formatTime(range.endSeconds);
  const isSeen = (row: number) => row >= range.startSeconds && row <= range.endSeconds;
  const older = rows.filter((row) => row < range.startSeconds);
  if (rows.some(isSeen)) {
    const said = refusedRows(counts).join(', ');
    return `no row up to ${end} has a value that can be taken: ${said}`;
  }
  if (older.length === 0) {
    const first = formatTime(rows.reduce((a, b) => Math.min(a, b)));
    return `--at is before the CSV: its first step ends at ${first}, the last one seen at ${end}`;
  }
  const newest = formatTime(older.reduce((a, b) => Math.max(a, b)));
  const steps = `${stepsIn(range)} steps of ${range.stepSeconds} s up to ${end}`;
  return `every row is too old: the last one is of ${newest}, ${steps} are seen`;
}

/** What was done with rows that were not taken as they are, in words; empty when there are none. */
export function refusedRows(counts: CsvSeries['refused']): string[] {
  const { duplicate, not_finite: notFinite, out_of_range: outOfRange } = counts;
  return [
    duplicate > 0 ? `${rowsOf(duplicate)} with the time of another (the largest counts)` : '',
    notFinite > 0 ? `${rowsOf(notFinite)} without a finite value (taken as missing)` : '',
    outOfRange > 0 ? `${rowsOf(outOfRange)} beyond ±${MAX_MAGNITUDE} (taken as missing)` : '',
  ].filter((text) => text !== '');
}

function rowsOf(count: number): string {
  return count === 1 ? 'one row' : `${count} rows`;
}
