import type { TuneResult } from '../backtest/result.ts';
import { numberAxis } from './axis.ts';
import { change, day, fixed, percent, percentMark, percents } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { noRival } from './no-rival.ts';
import { boxesPath, linePath, plot } from './plot.ts';
import { points } from './thin.ts';

const HEIGHT_PX = 46;

/** What tuning found on the first part of the data, and what it was worth on the rest. */
export function tune(result: TuneResult): Markup {
  const { interval, comparison, candidates, optionLines } = result;
  const { ours, rival } = comparison;
  const searched = `${day(result.searchedFromSeconds)} to ${day(result.provedFromSeconds)}`;
  const proved = `${day(result.provedFromSeconds)} to ${day(result.provedToSeconds)}`;
  const isSame = comparison.isSameCost;
  const [own, other] = percents(ours.unservedShare, rival.unservedShare);
  const lines = optionLines.map((line) => `${line}\n`).join('');
  return html`<section class="block"><h3>Tuned settings</h3>
<p class="lead">${candidates} settings were tried on ${searched}; the best of them is judged on data
 that the search did not see, ${proved}.</p>
<p>${result.verdict}</p>${optionLines.length > 0 && html`<pre>${lines}</pre>`}
${
  isSame
    ? intervalFigure(interval)
    : html`<p>There ${noRival(comparison)}: the nearest one leaves ${other} unserved, this ${own} at
 ${change(ours.podHours / rival.podHours)} pod-hours.</p>`
}</section>`;
}

function intervalFigure(interval: TuneResult['interval']): Markup {
  return html`<figure><figcaption><b>${named(interval.of)}</b> ${percent(interval.estimate)}, with
 ${fixed(interval.level * 100, 0)} % confidence between ${percent(interval.low)} and
 ${percent(interval.high)}</figcaption>${intervalPlot(interval)}</figure>`;
}

function intervalPlot({ of, low, estimate, high }: TuneResult['interval']): Markup {
  const x = numberAxis(Math.min(0, low), Math.max(0, high), { format: percentMark, markCount: 6 });
  const y = { ...numberAxis(0, 1, { isNice: false }), marks: [] };
  const axes = { x, y };
  const layers = [
    boxesPath(axes, [{ x0: low, x1: high, y0: 0.3, y1: 0.7 }], 'band b3'),
    linePath(axes, points([estimate], [0.5]), { look: 'dots ours', name: null }),
  ];
  const description = `From ${percent(low)} to ${percent(high)}, estimate ${percent(estimate)}.`;
  const rule = { at: 0, text: 'no gain' };
  return plot({ title: of, description, axes, layers, heightPx: HEIGHT_PX, rule });
}
