import { styleText } from 'node:util';
import { formatNumber } from './format.ts';

/** What a chart shows; all arrays oldest first, NaN = nothing there. */
export interface ChartData {
  readonly history: Float64Array;
  readonly forecast: Float64Array;
  /** Upper edge of the band above the forecast, as long as it. */
  readonly upper: Float64Array;
}

export interface ChartSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ChartStyle {
  readonly forecast: (text: string) => string;
  readonly band: (text: string) => string;
}

/** Colours for a terminal that has them. */
export function chartStyle(hasColors: boolean): ChartStyle {
  if (!hasColors) return { forecast: (text) => text, band: (text) => text };
  return {
    forecast: (text) => styleText('cyan', text, { validateStream: false }),
    band: (text) => styleText('dim', text, { validateStream: false }),
  };
}

const LABEL_WIDTH = 10;
const LABEL_DIGITS = 4;
const FORECAST_SHARE_MAX = 0.4;

/**
 * History as a line, then the forecast as a line with its band above, one row of text a line. A
 * column holds the mean of the steps that fall into it.
 */
export function chart(data: ChartData, size: ChartSize, style: ChartStyle): string {
  const width = Math.max(10, size.columns - LABEL_WIDTH - 2);
  const forecastWidth = Math.min(data.forecast.length, Math.floor(width * FORECAST_SHARE_MAX));
  const historyWidth = width - forecastWidth;
  const stepsPerColumn = data.forecast.length / forecastWidth;
  const shown = Math.min(data.history.length, Math.floor(historyWidth * stepsPerColumn));
  const history = binned(data.history.slice(data.history.length - shown), stepsPerColumn);
  const forecast = binned(data.forecast, stepsPerColumn);
  const upper = binned(data.upper, stepsPerColumn);

  const all = [...history, ...forecast, ...upper].filter((value) => !Number.isNaN(value));
  const low = Math.min(...all);
  const high = Math.max(...all);
  const last = size.rows - 1;
  const rowOf = (value: number) =>
    high === low ? Math.floor(last / 2) : Math.round(((high - value) / (high - low)) * last);

  const cells = Array.from({ length: size.rows }, () =>
    new Array<string>(history.length + forecast.length).fill(' '),
  );
  const paint = (row: number, column: number, text: string) => {
    const line = cells[row];
    if (line) line[column] = text;
  };
  for (const [i, value] of upper.entries()) {
    for (let row = rowOf(value); row <= rowOf(forecast[i] as number); row++) {
      paint(row, history.length + i, style.band('░'));
    }
  }
  drawLine(history, Number.NaN, rowOf, paint);
  drawLine(forecast, history.at(-1) ?? Number.NaN, rowOf, (row, column, text) =>
    paint(row, history.length + column, style.forecast(text)),
  );
  return cells
    .map((line, row) => {
      const value = Number((high - ((high - low) * row) / last).toPrecision(LABEL_DIGITS));
      return `${formatNumber(value).padStart(LABEL_WIDTH)} ┤${line.join('').trimEnd()}\n`;
    })
    .join('');
}

/** Joins `start` and the values by box-drawing characters; a NaN leaves a gap. */
function drawLine(
  values: readonly number[],
  start: number,
  rowOf: (value: number) => number,
  paint: (row: number, column: number, text: string) => void,
): void {
  for (const [column, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const before = values[column - 1] ?? start;
    const to = rowOf(value);
    const from = Number.isNaN(before) ? to : rowOf(before);
    if (from === to) {
      paint(to, column, '─');
      continue;
    }
    const rises = to < from;
    paint(to, column, rises ? '╭' : '╰');
    paint(from, column, rises ? '╯' : '╮');
    for (let row = Math.min(from, to) + 1; row < Math.max(from, to); row++) paint(row, column, '│');
  }
}

/** Means of `stepsPerColumn` neighbours each, NaN where all of them are. */
function binned(values: Float64Array, stepsPerColumn: number): number[] {
  const bins = Math.ceil(values.length / stepsPerColumn - 1e-9);
  return Array.from({ length: bins }, (_, bin) => {
    const from = Math.floor(bin * stepsPerColumn);
    const to = Math.max(from + 1, Math.floor((bin + 1) * stepsPerColumn));
    const present = values.slice(from, to).filter((value) => !Number.isNaN(value));
    return present.reduce((sum, value) => sum + value, 0) / present.length;
  });
}
