import type { BacktestResult, SeriesResult } from '../backtest/result.ts';
import { amount, fixed, percent, percents, UNKNOWN } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { coverageAt, coverageText } from './models.ts';
import { table } from './table.ts';
import { TONE_WORDS, toneOf } from './verdict.ts';

const RIVALS = html`the rival's`;
const SERIES_HEADINGS = [
  ...['series', 'prediction', 'demand unserved', RIVALS, 'pod-hours', RIVALS],
  ...['skill', 'best model', 'below p90'],
];
const OVERALL_HEADINGS = [
  ...['model', 'series', 'skill', 'accuracy', 'MASE', 'pinball'],
  ...['below p50', 'below p90', 'below p99', 'fit, ms'],
];

/** Several series at a glance: one row each, and the means of each model over them. */
export function overview({ series, overall }: BacktestResult): Markup {
  return html`<section class="block"><h2>All series</h2>
${table('All series', SERIES_HEADINGS, series.map(seriesRow))}</section>
${overall.length > 0 && overallTable(overall)}`;
}

function seriesRow(series: SeriesResult, k: number): Markup {
  const [chosen] = series.models;
  const { ours, rival } = series.replay?.comparison ?? {};
  const [own, other] = ours && rival ? percents(ours.unservedShare, rival.unservedShare) : [];
  const skilled = series.models.filter(({ skill }) => Number.isFinite(skill));
  const [best] = skilled.sort((a, b) => b.skill - a.skill);
  return html`<tr><th scope="row"><a href="#s${k}">${named(series.name)}</a></th>
<td class="words">${TONE_WORDS[toneOf(series)]}</td>
<td><b>${own ?? UNKNOWN}</b></td><td>${other ?? UNKNOWN}</td>
<td>${ours ? amount(ours.podHours) : UNKNOWN}</td>
<td>${rival ? amount(rival.podHours) : UNKNOWN}</td>
<td>${fixed(chosen?.skill ?? Number.NaN)}</td>
<td>${best ? html`${named(best.model)} ${fixed(best.skill)}` : UNKNOWN}</td>
<td>${coverageText(chosen ? coverageAt(chosen, 0.9) : Number.NaN)}</td></tr>`;
}

function overallTable(overall: BacktestResult['overall']): Markup {
  const row = (one: BacktestResult['overall'][number], k: number) => html`<tr${
    k === 0 && html` class="chosen"`
  }><th scope="row">${named(one.model)}</th><td>${one.series}</td><td>${fixed(one.skill)}</td>
<td>${percent(one.accuracy)}</td><td>${fixed(one.mase)}</td><td>${fixed(one.spl, 3)}</td>
<td>${coverageText(coverageAt(one, 0.5))}</td><td>${coverageText(coverageAt(one, 0.9))}</td>
<td>${coverageText(coverageAt(one, 0.99))}</td><td>${fixed(one.fitMs, 1)}</td></tr>`;
  return html`<section class="block"><h3>Models, means over the series</h3>
${table('Models over all series', OVERALL_HEADINGS, overall.map(row))}</section>`;
}
