import type { BacktestResult, SeriesResult } from '../backtest/result.ts';
import { amount, fixed, percent, percents, UNKNOWN } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { coverageAt, coverageText } from './models.ts';
import { toneOf, toneWord } from './verdict.ts';

/** Several series at a glance: one row each, and the means of each model over them. */
export function overview({ series, overall }: BacktestResult): Markup {
  return html`<section class="block"><h2>All series</h2>
<div class="scroll" tabindex="0" role="group" aria-label="All series"><table>
<thead><tr><th scope="col">series</th><th scope="col">prediction</th>
<th scope="col">demand unserved</th><th scope="col">the rival's</th>
<th scope="col">pod-hours</th><th scope="col">the rival's</th><th scope="col">skill</th>
<th scope="col">best model</th><th scope="col">below p90</th></tr></thead>
<tbody>${series.map(seriesRow)}</tbody></table></div></section>
${overall.length > 0 && overallTable(overall)}`;
}

function seriesRow(series: SeriesResult, k: number): Markup {
  const [chosen] = series.models;
  const { ours, rival } = series.replay?.comparison ?? {};
  const [own, other] = ours && rival ? percents(ours.unservedShare, rival.unservedShare) : [];
  const skilled = series.models.filter(({ skill }) => Number.isFinite(skill));
  const [best] = skilled.sort((a, b) => b.skill - a.skill);
  return html`<tr><th scope="row"><a href="#s${k}">${named(series.name)}</a></th>
<td class="words">${toneWord(toneOf(series))}</td>
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
<div class="scroll" tabindex="0" role="group" aria-label="Models over all series"><table>
<thead><tr><th scope="col">model</th><th scope="col">series</th><th scope="col">skill</th>
<th scope="col">accuracy</th><th scope="col">MASE</th><th scope="col">pinball</th>
<th scope="col">below p50</th><th scope="col">below p90</th><th scope="col">below p99</th>
<th scope="col">fit, ms</th></tr></thead>
<tbody>${overall.map(row)}</tbody></table></div></section>`;
}
