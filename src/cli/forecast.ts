import { type OptionFault, valueFault } from '../config/faults.ts';
import { helpRows } from '../config/render.ts';
import { HISTORY_STEPS_MAX, HORIZON_STEPS_MAX } from '../config/rules.ts';
import { errnoOf } from '../config/sources.ts';
import { asFault, KedastralError } from '../errors.ts';
import type { Series } from '../features/series.ts';
import { DEFAULT_LEVELS, quantiles } from '../forecast/quantiles.ts';
import type { FittedModel } from '../models/model.ts';
import { loadKernel } from '../wasm/load.ts';
import { chart, chartStyle } from './chart.ts';
import { refusedRows, seriesOfCsv } from './csv-series.ts';
import { fail, refuse } from './exit.ts';
import { forecastModel } from './forecast-model.ts';
import {
  FORECAST_OPTIONS,
  type ForecastOptions,
  horizonSteps,
  parseForecastOptions,
} from './forecast-options.ts';
import { formatNumber, formatTable, formatTime, shownSteps } from './format.ts';
import type { Terminal } from './terminal.ts';

const HELP = `Usage: kedastral forecast --input FILE [option …]

Forecasts a CSV once. The model that is asked for answers, or the command fails (exit code 1).

Options:
`;
const CHART_ROWS = 14;
const BAND_LEVEL = '0.9';
const SHOWN_STEPS_MAX = 10;
const WEIGHT_DECIMALS = 2;

/** One forecast, with all that is printed of it. */
interface Answer {
  readonly series: Series;
  readonly fitted: FittedModel;
  readonly bands: Readonly<Record<string, Float64Array>>;
}

/** Runs `kedastral forecast`; resolves to the exit code. */
export async function forecast(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { options, faults } = parseForecastOptions(argv);
  if (options.help) {
    terminal.print(HELP + helpRows(FORECAST_OPTIONS));
    return 0;
  }
  if (faults.length > 0) return refuse(faults, terminal);
  try {
    const { series, rowsDropped, refused } = seriesOfCsv(await readInput(options.input, terminal), {
      stepSeconds: options.stepSeconds,
      atSeconds: options.at,
      historyStepsMax: HISTORY_STEPS_MAX,
    });
    const steps = horizonSteps(options.horizon, series.stepSeconds);
    if (steps === null) return refuse([horizonFault(options, series)], terminal);
    if (rowsDropped > 0) {
      const kept = `the last ${HISTORY_STEPS_MAX} steps are used`;
      const dropped = `${rowsDropped} older rows are not`;
      terminal.printError(`kedastral forecast: ${kept}, ${dropped}\n`);
    }
    const said = refusedRows(refused);
    if (said.length > 0) terminal.printError(`kedastral forecast: ${said.join(', ')}\n`);
    const answer = await answerOf(series, steps, options);
    terminal.print(options.json ? json(answer) : report(answer, terminal));
    return 0;
  } catch (thrown) {
    return fail('forecast', withHint(asFault(thrown, 'model'), options), terminal);
  }
}

function horizonFault({ horizon }: ForecastOptions, { stepSeconds }: Series): OptionFault {
  const row = FORECAST_OPTIONS.horizon;
  const given = { text: row.kind.format(horizon), origin: 'flag' } as const;
  const rule = `must be a whole number of steps of ${stepSeconds} s, at most ${HORIZON_STEPS_MAX}`;
  return valueFault('horizon', row, given, rule);
}

async function answerOf(series: Series, steps: number, options: ForecastOptions): Promise<Answer> {
  const kernel = await loadKernel();
  const model = forecastModel(options, kernel);
  const levels = [...new Set([...DEFAULT_LEVELS, ...options.quantile])].sort((a, b) => a - b);
  return kernel.exclusive(async () => {
    const context = { horizonSteps: steps, signal: new AbortController().signal, levels };
    const fitted = await model.fit(series, context);
    // The model's own numbers: that demand is never negative is the sidecar's affair.
    const bands = quantiles(kernel, fitted.prediction, levels, { nonNegative: false });
    return { series, fitted, bands };
  });
}

function json({ series, fitted, bands }: Answer): string {
  const { point, standardErrors } = fitted.prediction;
  const answer = {
    series: {
      points: series.values.length,
      stepSeconds: series.stepSeconds,
      cutoff: formatTime(series.cutoffSeconds),
    },
    model: fitted.description,
    values: [...point],
    standardErrors: [...standardErrors],
    quantiles: Object.fromEntries(
      Object.entries(bands).map(([level, values]) => [level, [...values]]),
    ),
  };
  return `${JSON.stringify(answer)}\n`;
}

function report(answer: Answer, terminal: Terminal): string {
  const { series, fitted, bands } = answer;
  const { point } = fitted.prediction;
  const missing = series.values.filter((value) => Number.isNaN(value)).length;
  const gaps = missing > 0 ? `, ${missing} missing` : '';
  const { values, stepSeconds, cutoffSeconds } = series;
  const head =
    `${values.length} steps of ${stepSeconds} s up to ${formatTime(cutoffSeconds)}${gaps}\n` +
    `${describe(fitted)}\n\n`;
  if (!terminal.isInteractive) return head + table(answer, point.length);
  const upper = bands[BAND_LEVEL] as Float64Array;
  const data = { history: values, forecast: point, upper };
  const size = { columns: terminal.columns, rows: CHART_ROWS };
  const picture = chart(data, size, chartStyle(terminal.hasColors));
  return `${head}${picture}\n${table(answer, SHOWN_STEPS_MAX)}`;
}

/** The model's name and what it says of itself: short details on one line, maps on lines below. */
function describe({ description }: FittedModel): string {
  const { name, ...details } = description;
  const line = [name];
  const below: string[] = [];
  for (const [key, value] of Object.entries(details)) {
    if (value === null || (Array.isArray(value) && value.length === 0)) continue;
    if (typeof value === 'object' && !Array.isArray(value)) below.push(...mapLines(key, value));
    else line.push(`${key} ${detail(value)}`);
  }
  return [line.join(', '), ...below.map((text) => `  ${text}`)].join('\n');
}

/** A map of texts, or of what each part is worth at the first and the last step. */
function mapLines(key: string, map: object): string[] {
  const entries = Object.entries(map);
  if (entries.every(([, value]) => typeof value === 'string')) {
    return [`${key}:`, ...entries.map(([part, text]) => `  ${part}: ${text}`)];
  }
  const lines = entries.map(([part, [first, last]]) => {
    return `  ${part} ${first.toFixed(WEIGHT_DECIMALS)} → ${last.toFixed(WEIGHT_DECIMALS)}`;
  });
  return [`${key} (first step → last step):`, ...lines];
}

function detail(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  return Array.isArray(value) ? `(${value.map(detail).join(' ')})` : String(value);
}

function table({ series, fitted, bands }: Answer, stepsMax: number): string {
  const { point, standardErrors } = fitted.prediction;
  const rows = shownSteps(point.length, stepsMax).map((i) => {
    const endSeconds = series.cutoffSeconds + (i + 1) * series.stepSeconds;
    const numbers = [point[i], standardErrors[i], bands[BAND_LEVEL]?.[i]];
    return [formatTime(endSeconds), ...numbers.map((value) => formatNumber(value as number))];
  });
  return formatTable(['until', 'forecast', 'standard error', 'p90'], rows);
}

/** The guest refuses parameters without saying what is wrong with them. */
function withHint(fault: KedastralError, { arimaParams }: ForecastOptions): KedastralError {
  const { code, component, message } = fault;
  if (code !== 'model_option' || arimaParams === null) return fault;
  const hint = 'arima-params must be stationary and invertible';
  return new KedastralError(code, component, `${message}; ${hint}`);
}

async function readInput(path: string, terminal: Terminal): Promise<string> {
  try {
    return await terminal.read(path);
  } catch (thrown) {
    const message = `--input ${path}: ${errnoOf(thrown)}`;
    throw new KedastralError('adapter_unreachable', 'adapter', message);
  }
}
