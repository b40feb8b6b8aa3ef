import type { ModelResult, SeriesResult } from '../backtest/result.ts';
import { type Axes, amountAxis, numberAxis } from './axis.ts';
import { fixed, percent, percentMark, span } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { legend, linePath, plot } from './plot.ts';
import { table } from './table.ts';
import { type Points, points } from './thin.ts';

const HEIGHT_PX = 220;
const HOURS = 24;
/** p90 is called well calibrated within these. */
const P90_LOW = 0.88;
const P90_HIGH = 0.92;
/** Colours of model lines; further models are dashed. */
const COLOURS = 7;

/** How good the forecasts were: a table, the error by horizon and by hour of day, the coverage. */
export function models(series: SeriesResult): Markup {
  const entries = series.models.map(({ model }, k) => ({
    look: `line ${lookOf(k)}`,
    text: named(model),
  }));
  return html`<section class="block"><h3>How good the forecasts were</h3>
<p class="lead">Skill compares with repeating yesterday's value of the same time: 0 is as good as
 that, 1 is perfect, below 0 is worse.</p>
${scoreTable(series)}
${legend(entries)}
<div class="grid">${horizonFigure(series)}${hourFigure(series)}</div>
</section>`;
}

/** Classes of the k-th model's line. */
export function lookOf(k: number): string {
  return `m${k % COLOURS}${k < COLOURS ? '' : ' dashed'}`;
}

/** The observed coverage at a level, NaN where it was not measured. */
export function coverageAt({ coverage }: Pick<ModelResult, 'coverage'>, level: number): number {
  return coverage.find((entry) => Math.abs(entry.level - level) < 1e-9)?.observed ?? Number.NaN;
}

/** A coverage for a table; at p99, what lies between 99 and 100 per cent is what matters. */
export function coverageText(observed: number): string {
  return percent(observed, 1);
}

function scoreTable({ models: rows }: SeriesResult): Markup {
  const best = rows.reduce((most, { skill }) => Math.max(most, skill), Number.NEGATIVE_INFINITY);
  const row = (result: ModelResult, k: number) => html`<tr${k === 0 && html` class="chosen"`}>
<th scope="row"><span class="dot ${lookOf(k)}"></span>${named(result.model)}</th>
<td>${result.skill === best ? html`<b>${fixed(result.skill)}</b>` : fixed(result.skill)}</td>
<td>${percent(result.accuracy)}</td><td>${fixed(result.mase)}</td><td>${fixed(result.spl, 3)}</td>
<td>${coverageText(coverageAt(result, 0.5))}</td><td>${coverageCell(coverageAt(result, 0.9))}</td>
<td>${coverageText(coverageAt(result, 0.99))}</td><td>${fixed(result.fitMs, 1)}</td>
<td>${result.origins}${result.refused > 0 && html` <small>(${result.refused} refused)</small>`}</td>
</tr>`;
  const headings = [
    ...['model', 'skill', html`<abbr title="1 − WAPE">accuracy</abbr>`],
    html`<abbr title="mean absolute scaled error">MASE</abbr>`,
    html`<abbr title="mean pinball loss over the quantiles, scaled">pinball</abbr>`,
    ...['below p50', 'below p90', 'below p99', 'fit, ms', 'origins'],
  ];
  return table('Scores of the models', headings, rows.map(row));
}

function coverageCell(observed: number): Markup | string {
  if (observed < P90_LOW) return html`${coverageText(observed)} <small>too low</small>`;
  if (observed > P90_HIGH) return html`${coverageText(observed)} <small>too high</small>`;
  return coverageText(observed);
}

function horizonFigure(series: SeriesResult): Markup {
  const { stepSeconds, horizonSteps } = series;
  const [perUnit, unit] = horizonSteps * stepSeconds > 7_200 ? [3_600, 'h'] : [60, 'min'];
  const horizons = Array.from(
    { length: horizonSteps },
    (_, h) => ((h + 1) * stepSeconds) / perUnit,
  );
  const lines = series.models.map(({ byHorizon }) => wapes(horizons, byHorizon));
  const x = numberAxis(0, horizons.at(-1) ?? 1, {
    unit: `${unit} ahead`,
    markCount: 8,
    isNice: false,
  });
  return errorFigure(series, lines, {
    x,
    title: 'Error by horizon',
    caption: `Error by how far ahead (${unit})`,
    description: `Absolute error over demand, up to ${span(horizonSteps * stepSeconds)} ahead.`,
  });
}

function hourFigure(series: SeriesResult): Markup {
  const hours = Array.from({ length: HOURS }, (_, hour) => hour);
  const lines = series.models.map(({ byHour }) => wapes(hours, byHour));
  const x = numberAxis(0, HOURS - 1, { unit: 'h UTC', markCount: 12, isNice: false });
  return errorFigure(series, lines, {
    x,
    title: 'Error by hour of day',
    caption: 'Error by hour of day (UTC)',
    description: 'Absolute error over actual demand, by the hour of the day that was forecast.',
  });
}

/** Errors at their places; NaN where nothing was scored. */
function wapes(x: readonly number[], errors: readonly { readonly wape: number }[]): Points {
  return points(
    x,
    x.map((_, i) => errors[i]?.wape ?? Number.NaN),
  );
}

interface ErrorFigure {
  readonly x: Axes['x'];
  readonly title: string;
  readonly caption: string;
  readonly description: string;
}

function errorFigure(series: SeriesResult, lines: readonly Points[], words: ErrorFigure): Markup {
  const all = lines.map(({ length, y: valueAt }) => Array.from({ length }, (_, i) => valueAt(i)));
  const y = amountAxis(all, { reading: 'percent', format: percentMark });
  const axes = { x: words.x, y };
  // The chosen one is drawn last, above the others.
  const layers = lines
    .map((errors, k) => {
      const name = series.models[k]?.model ?? null;
      return linePath(axes, errors, { look: `${lookOf(k)}${k === 0 ? ' chosen' : ''}`, name });
    })
    .reverse();
  const { title, caption, description } = words;
  return html`<figure><figcaption><b>${caption}</b>, per cent of the demand (WAPE)</figcaption>
${plot({ title, description, axes, layers, heightPx: HEIGHT_PX, isHalf: true })}</figure>`;
}
