import type { SeriesResult } from '../backtest/result.ts';
import { amountAxis, numberAxis, timeAxis } from './axis.ts';
import { count, day, span } from './figures.ts';
import { endSeconds, gridPoints } from './grid.ts';
import { html, type Markup, named } from './markup.ts';
import { legend, linePath, plot } from './plot.ts';
import type { Points } from './thin.ts';

const HEIGHT_PX = 260;
const ERROR_HEIGHT_PX = 90;
const THINNED =
  'Each column of the picture shows its lowest and its highest value, so that no peak is lost.';

/** The whole range: what came, what had been forecast a lead time before, and the error of it. */
export function track(series: SeriesResult, columns: number): Markup {
  const { name, values, startSeconds, stepSeconds, leadSteps } = series;
  const chosen = series.models[0];
  const made = chosen?.track ?? null;
  const upper = chosen?.trackUpper ?? null;
  const axes = {
    x: timeAxis(startSeconds, endSeconds(series)),
    y: amountAxis(made ? [values, made] : [values]),
  };
  const drawn = (ys: Float64Array, look: string, what: string) =>
    linePath(
      axes,
      wholeGrid(series, (i) => ys[i] as number),
      { look, name: what, columns },
    );
  const model = chosen?.model ?? '';
  const layers = [
    ...(upper ? [drawn(upper, 'upper', `${model} p90`)] : []),
    ...(made ? [drawn(made, 'ours', model)] : []),
    drawn(values, 'actual thin', 'what came'),
  ];
  const ahead = span(leadSteps * stepSeconds);
  const entries = [
    { look: 'line actual', text: 'what came' },
    ...(made ? [{ look: 'line ours', text: html`${named(model)}, forecast ${ahead} before` }] : []),
    ...(upper ? [{ look: 'line upper', text: 'its p90' }] : []),
  ];
  const range = `${day(startSeconds)} to ${day(endSeconds(series))}`;
  const missing = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  const gaps = missing > 0 ? `, ${missing} of them missing` : '';
  const size = `${count(values.length, 'step')} of ${span(stepSeconds)}${gaps}`;
  const thinned = values.length > 4 * columns && THINNED;
  const title = `All values of ${name}`;
  const picture = { title, description: `${range}, ${size}.`, axes, layers, heightPx: HEIGHT_PX };
  return html`<section class="block"><h3>The whole range</h3>
<p class="lead">${range}: ${size}. ${thinned}</p>
${legend(entries)}
<figure>${plot({ ...picture, hidesTimes: made !== null })}
${made && errorLane(series, made, columns)}</figure></section>`;
}

function errorLane(series: SeriesResult, made: Float64Array, columns: number): Markup {
  const { values, startSeconds } = series;
  const errorOf = (i: number) => (made[i] as number) - (values[i] as number);
  let size = 0;
  for (let i = 0; i < values.length; i++) size = Math.max(size, Math.abs(errorOf(i)) || 0);
  const axes = {
    x: timeAxis(startSeconds, endSeconds(series)),
    y: numberAxis(-size, size, { markCount: 2 }),
  };
  const style = { look: 'ours thin', name: 'error', columns };
  const title = 'Error of the forecast over time';
  const description = 'Forecast minus what came.';
  const layers = [linePath(axes, wholeGrid(series, errorOf), style)];
  return html`<p class="lane-title">Error: forecast minus what came. Below 0, too little was
 expected.</p>
${plot({ title, description, axes, layers, heightPx: ERROR_HEIGHT_PX })}`;
}

function wholeGrid(series: SeriesResult, valueAt: (i: number) => number): Points {
  return gridPoints(series, valueAt, 0, series.values.length);
}
