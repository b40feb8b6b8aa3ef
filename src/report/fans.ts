import type { Fan, ModelResult, SeriesResult } from '../backtest/result.ts';
import { type Axes, type Axis, amountAxis, timeAxis } from './axis.ts';
import { count, moment, percent, span } from './figures.ts';
import { gridPoints, secondsOf } from './grid.ts';
import { html, type Markup, named } from './markup.ts';
import { bandPath, legend, linePath, plot } from './plot.ts';
import type { Points } from './thin.ts';

const HEIGHT_PX = 220;
/** How much of the past stands before a forecast, in horizons. */
const PAST_HORIZONS = 2;
/** A band may be this many times as high as all else before it leaves the picture. */
const HIGHEST = 3;

const WHY: Readonly<Record<string, string>> = {
  best: 'The best one.',
  median: 'A typical one.',
  worst: 'The worst one.',
  latest: 'The latest one.',
  busiest: 'The busiest time.',
};

/** What the chosen model forecast at some origins, beside what came. */
export function fans(series: SeriesResult): Markup | null {
  const [chosen, ...others] = series.models;
  if (!chosen || chosen.fans.length === 0) return null;
  const levels = upperLevels(chosen.fans[0] as Fan);
  const bands = levels.map((level, k) => ({
    // A band lies on all that are wider.
    look: levels.slice(0, k + 1).map((_, j) => `band b${bandShade(j, levels.length)}`),
    text: `up to p${Number((level * 100).toFixed(1))}`,
  }));
  const entries = [
    { look: 'line actual', text: 'what came' },
    { look: 'line ours', text: html`median forecast of ${named(chosen.model)}` },
    ...bands,
    ...(others.length > 0 ? [{ look: 'line other', text: 'medians of the other models' }] : []),
  ];
  return html`<section class="block"><h3>What it forecast, and what came</h3>
<p class="lead">${count(chosen.fans.length, 'origin')} of ${series.cutoffs.length}, picked by a
 rule, not by hand. Each band says how high demand could go: 90 of 100 values should lie below the
 upper edge of p90.</p>
${legend(entries)}
<div class="grid">${chosen.fans.map((fan) => fanFigure(series, chosen, others, fan))}</div>
</section>`;
}

function fanFigure(
  series: SeriesResult,
  chosen: ModelResult,
  others: readonly ModelResult[],
  fan: Fan,
): Markup {
  const { values, horizonSteps, stepSeconds } = series;
  const { cutoff } = fan;
  const from = Math.max(0, cutoff - PAST_HORIZONS * horizonSteps);
  const to = Math.min(values.length, cutoff + horizonSteps + 1);
  const actual = gridPoints(series, (i) => values[from + i] as number, from, to - from);
  const ahead = (ys: Float64Array) =>
    gridPoints(series, (i) => ys[i] as number, cutoff + 1, ys.length);
  const medians = others.flatMap(({ model, fans: theirs }) => {
    const same = theirs.find((other) => other.cutoff === cutoff);
    const ys = same && quantileOf(same, 0.5);
    return ys ? [{ model, ys }] : [];
  });
  const axes = {
    x: timeAxis(secondsOf(series, from), secondsOf(series, cutoff + horizonSteps)),
    y: heightAxis(fan, [values.subarray(from, to), ...medians.map(({ ys }) => ys)]),
  };
  const median = quantileOf(fan, 0.5);
  const upper = quantileOf(fan, 0.9);
  const layers = [
    ...bandLayers(axes, fan, ahead),
    ...medians.map(({ model, ys }) => linePath(axes, ahead(ys), { look: 'other', name: model })),
    linePath(axes, actual, { look: 'actual', name: 'what came' }),
    ...(upper ? [linePath(axes, ahead(upper), { look: 'upper', name: 'p90' })] : []),
    ...(median ? [linePath(axes, ahead(median), { look: 'ours', name: chosen.model })] : []),
  ];
  const made = `${moment(secondsOf(series, cutoff))} UTC`;
  const below = upper ? shareBelow(values, cutoff + 1, upper) : Number.NaN;
  const covered = `${percent(below)} of what came lay below p90`;
  const title = `Forecast of ${made}`;
  const description = `${chosen.model}, ${span(horizonSteps * stepSeconds)} ahead; ${covered}.`;
  const rule = { at: secondsOf(series, cutoff), text: 'forecast' };
  return html`<figure><figcaption><b>${WHY[fan.why] ?? fan.why}</b> ${made}; ${covered}</figcaption>
${plot({ title, description, axes, layers, heightPx: HEIGHT_PX, isHalf: true, rule })}</figure>`;
}

/** Widest first, so that the nearer ones lie on top; around the median, or above it. */
function bandLayers(axes: Axes, fan: Fan, ahead: (ys: Float64Array) => Points): Markup[] {
  const levels = upperLevels(fan);
  return levels.flatMap((level, k) => {
    const lower = quantileOf(fan, 1 - level) ?? quantileOf(fan, 0.5);
    const upper = quantileOf(fan, level);
    const look = `band b${bandShade(k, levels.length)}`;
    return lower && upper ? [bandPath(axes, ahead(lower), ahead(upper), look)] : [];
  });
}

function heightAxis(fan: Fan, lines: readonly Float64Array[]): Axis {
  const median = quantileOf(fan, 0.5);
  const shown = median ? [...lines, median] : lines;
  const all = shown.flatMap((ys) => [...ys]).filter(Number.isFinite);
  const ceiling = HIGHEST * Math.max(...all);
  return amountAxis([all, ...fan.quantiles.map((ys) => ys.map((y) => Math.min(y, ceiling)))]);
}

/** The levels above the median, the highest first. */
function upperLevels({ levels }: Fan): number[] {
  return levels.filter((level) => level > 0.5).sort((a, b) => b - a);
}

/** Four shades: the widest band has the faintest. */
function bandShade(k: number, amount: number): number {
  return amount < 2 ? 3 : Math.round((k * 3) / (amount - 1));
}

function quantileOf({ levels, quantiles }: Fan, level: number): Float64Array | null {
  return quantiles[levels.findIndex((own) => Math.abs(own - level) < 1e-9)] ?? null;
}

function shareBelow(values: Float64Array, from: number, upper: Float64Array): number {
  const seen = [...upper.keys()].filter((h) => Number.isFinite(values[from + h]));
  const below = seen.filter((h) => (values[from + h] as number) <= (upper[h] as number));
  return below.length / seen.length;
}
