import type { ModelResult, SeriesResult } from '../backtest/result.ts';
import { type Axis, numberAxis } from './axis.ts';
import { fixed } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { coverageAt, coverageText, lookOf } from './models.ts';
import { boxesPath, legend, linePath, plot } from './plot.ts';
import { table } from './table.ts';
import { points } from './thin.ts';

const ROW_PX = 40;
/** Half the width of the zone that is called well calibrated, up to 0.95 and beyond it. */
const TOLERANCE = 0.02;
const TAIL_TOLERANCE = 0.0075;
/** A row of the picture is 1 high; the dots of its models take this much of it. */
const DOTS_SHARE = 0.6;
const GAP_MIN = 0.05;

/** Whether a p90 is one: the share of what came that lay below each quantile. */
export function coverage(series: SeriesResult): Markup | null {
  const levels = [...new Set(series.models.flatMap(levelsOf))].sort((a, b) => a - b);
  if (levels.length === 0) return null;
  const rowOf = (level: number) => levels.length - 1 - levels.indexOf(level);
  const axes = { x: gapAxis(series.models), y: rowAxis(levels) };
  const zones = levels.map((level) => {
    const half = level > 0.95 ? TAIL_TOLERANCE : TOLERANCE;
    return { x0: -half, x1: half, y0: rowOf(level) + 0.08, y1: rowOf(level) + 0.92 };
  });
  const amount = series.models.length;
  const dots = series.models.flatMap((model, k) => {
    const offset = 0.5 + DOTS_SHARE * (0.5 - (k + 0.5) / amount);
    return model.coverage.map(({ level, observed }) => {
      const point = points([observed - level], [rowOf(level) + offset]);
      return linePath(axes, point, { look: `dots ${lookOf(k)}`, name: null });
    });
  });
  const title = 'Coverage by quantile';
  const description = 'Distance of the observed share below each quantile from the nominal one.';
  const layers = [boxesPath(axes, zones, 'zone'), ...dots];
  const entries = [
    ...series.models.map(({ model }, k) => ({
      look: `line dots ${lookOf(k)}`,
      text: named(model),
    })),
    { look: 'zone', text: 'well calibrated' },
  ];
  return html`<section class="block"><h3>Whether p90 means 90 %</h3>
<p class="lead">A dot left of the middle: more of what came lay above the quantile than promised, so
 pods run short more often than the level says. Right of it: pods are paid for without need.</p>
${legend(entries)}
<figure><figcaption>Observed minus nominal coverage, percentage points</figcaption>
${plot({ title, description, axes, layers, heightPx: ROW_PX * levels.length })}</figure>
${coverageTable(series.models, levels)}</section>`;
}

function levelsOf({ coverage: found }: ModelResult): number[] {
  return found.map(({ level }) => level);
}

/** Symmetrical around 0, in shares; the marks are percentage points. */
function gapAxis(rows: readonly ModelResult[]): Axis {
  const gaps = rows.flatMap(({ coverage: found }) =>
    found.map(({ level, observed }) => Math.abs(observed - level) || 0),
  );
  const widest = Math.max(GAP_MIN, ...gaps);
  const format = (value: number) => `${value > 0 ? '+' : ''}${fixed(value * 100, 0)}`;
  return numberAxis(-widest, widest, { format, markCount: 6 });
}

/** One row a level, the lowest level at the top. */
function rowAxis(levels: readonly number[]): Axis {
  const axis = numberAxis(0, levels.length, { isNice: false });
  const marks = levels.map((level, i) => ({
    at: 1 - (i + 0.5) / levels.length,
    text: levelName(level),
  }));
  return { ...axis, marks };
}

function levelName(level: number): string {
  return `p${Number((level * 100).toFixed(2))}`;
}

function coverageTable(rows: readonly ModelResult[], levels: readonly number[]): Markup {
  const cell = (result: ModelResult, level: number) => {
    const observed = coverageAt(result, level);
    return html`<td>${coverageText(observed)}</td>`;
  };
  const row = (result: ModelResult, k: number) => html`<tr${k === 0 && html` class="chosen"`}>
<th scope="row"><span class="dot ${lookOf(k)}"></span>${named(result.model)}</th>
${levels.map((level) => cell(result, level))}</tr>`;
  const headings = ['below the quantile', ...levels.map(levelName)];
  return table('Observed coverage', headings, rows.map(row));
}
