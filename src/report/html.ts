import { createHash } from 'node:crypto';
import type { BacktestResult, GateResult, SeriesResult } from '../backtest/result.ts';
import { coverage } from './coverage.ts';
import { fans } from './fans.ts';
import { compact } from './figures.ts';
import { GLOSSARY } from './glossary.ts';
import { html, type Markup, named, trusted } from './markup.ts';
import { models } from './models.ts';
import { overview } from './overview.ts';
import { READOUT } from './readout.ts';
import { replay } from './replay.ts';
import { STYLE } from './style.ts';
import { table } from './table.ts';
import { track } from './track.ts';
import { tune } from './tune.ts';
import { rangeLine, TONE_WORDS, toneOf, verdict } from './verdict.ts';

/** Columns of a long line's picture: what a screen shows, fewer where many series share a page. */
const COLUMNS_MAX = 1000;
const COLUMNS_MIN = 300;
const COLUMNS_IN_ALL = 6000;

/**
 * A backtest as one page of HTML that needs nothing else: no network, no storage, any screen size,
 * light and dark, on paper, and without its script, which only reads values out.
 *
 * The same result gives the same bytes. Names from outside are escaped, and a Content-Security-
 * Policy lets no other script run and nothing load.
 */
export function htmlReport(result: BacktestResult): string {
  const { series } = result;
  const [first] = series;
  const title = series.length === 1 && first ? first.name : `${series.length} series`;
  const perSeries = Math.floor(COLUMNS_IN_ALL / Math.max(1, series.length));
  const columns = Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, perSeries));
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="kedastral ${result.version}">
<title>Backtest of ${title}</title>
<style>${trusted(STYLE)}</style></head>
<body><main>
${verdict(result)}${notice(result)}${gates(result.gates)}
${
  series.length === 1 && first
    ? [heading(first), ...sections(first, columns)]
    : [overview(result), ...series.map((one, k) => folded(one, k, columns))]
}
${GLOSSARY}${options(result)}
</main><footer>kedastral ${result.version}. All times are UTC. This page is whole: it loads nothing.
</footer><script>${trusted(READOUT)}</script></body></html>
`.text;
}

/** Only the page's own script, by its hash. */
function policy(): string {
  const hash = createHash('sha256').update(READOUT).digest('base64');
  const rest = "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  return `default-src 'none'; script-src 'sha256-${hash}'; ${rest}`;
}

function sections(series: SeriesResult, columns: number): (Markup | null)[] {
  const judged = series.models.length > 0;
  return [
    series.replay && replay(series, series.replay, columns),
    series.tune && tune(series.tune),
    judged ? models(series) : null,
    judged ? fans(series) : null,
    judged ? coverage(series) : null,
    track(series, columns),
  ];
}

function heading(series: SeriesResult): Markup {
  return html`<h2>${named(series.name)}</h2><p class="kicker">${rangeLine(series)}</p>`;
}

/** One of several series; the first is open. */
function folded(series: SeriesResult, k: number, columns: number): Markup {
  return html`<details class="series" id="s${k}"${k === 0 && html` open`}><summary>
<h2>${named(series.name)}</h2>
<p class="kicker">${TONE_WORDS[toneOf(series)]}; ${rangeLine(series)}</p></summary>
${sections(series, columns)}</details>`;
}

function notice({ isPartial, warnings }: BacktestResult): Markup | null {
  if (!isPartial && warnings.length === 0) return null;
  const partial =
    isPartial &&
    html`<p><b>Partial results.</b> The run was interrupted; what is here is whole.</p>`;
  const list =
    warnings.length > 0 &&
    html`<b>Read with care</b><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`;
  return html`<aside class="notice" aria-label="Warnings">${partial}${list}</aside>`;
}

function gates(all: readonly GateResult[]): Markup | null {
  if (all.length === 0) return null;
  const row = ({ gate, series, measured, limit, isFailed }: GateResult) => html`<tr>
<th scope="row"><code>${gate}</code></th><td>${named(series)}</td><td>${compact(measured)}</td>
<td>${compact(limit)}</td><td>${isFailed ? html`<b>failed</b>` : 'passed'}</td></tr>`;
  return html`<section class="block"><h2>Gates</h2>
${table('Gates', ['fails if', 'series', 'measured', 'limit', 'result'], all.map(row))}</section>`;
}

function options({ options: used }: BacktestResult): Markup | null {
  if (used.length === 0) return null;
  const rows = used.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return html`<details><summary><h3>Options used</h3></summary><dl>${rows}</dl></details>`;
}
