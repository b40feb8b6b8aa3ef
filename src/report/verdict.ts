import type { BacktestResult, ReplayResult, SeriesResult } from '../backtest/result.ts';
import { change, compact, count, day, fixed, percent, span } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { coverageAt } from './models.ts';

/** What a person should take home: `helps`, `same` (no difference), `hurts`, `none` (no replay). */
export type Tone = 'helps' | 'same' | 'hurts' | 'none';

/** Less than this share of the rival's shortfall, or of all demand, is no difference. */
const SHARE_MIN = 0.05;
const POINTS_MIN = 0.0001;
const COST_MIN = 0.02;

const HEADLINES: Readonly<Record<Tone, string>> = {
  helps: 'Prediction helps here.',
  same: 'Prediction makes no difference here: stay reactive.',
  hurts: 'Prediction does not help here: stay reactive.',
  none: 'How well this demand can be forecast.',
};

/** Whether prediction beats the fair rival on a series; what tuning could not prove, it does not. */
export function toneOf({ replay, tune }: SeriesResult): Tone {
  const comparison = replay?.comparison;
  if (!comparison) return 'none';
  const { ours, rival, unservedRemoved } = comparison;
  const points = rival.unservedShare - ours.unservedShare;
  const isDearer = ours.podHours > rival.podHours * (1 + COST_MIN);
  if (Math.abs(unservedRemoved) < SHARE_MIN || Math.abs(points) < POINTS_MIN) {
    return isDearer ? 'hurts' : 'same';
  }
  if (points < 0) return 'hurts';
  return isDearer || tune?.helps === false ? 'same' : 'helps';
}

/** The verdict in plain words, with the numbers that it rests on. */
export function verdict(result: BacktestResult): Markup {
  const [first] = result.series;
  if (!first) return html`<header class="verdict none"><h1>Nothing was tested.</h1></header>`;
  if (result.series.length > 1) return verdictOfMany(result);
  const tone = toneOf(first);
  return html`<header class="verdict ${tone}"><p class="kicker">Backtest of ${named(first.name)}</p>
<h1>${HEADLINES[tone]}</h1>${first.replay && replaySentences(first.replay)}
${tuneSentence(first)}${forecastSentence(first)}</header>`;
}

function replaySentences(replay: ReplayResult): Markup | null {
  const { comparison, policies } = replay;
  if (!comparison) return null;
  const { ours, rival, unservedRemoved, podHoursRatio } = comparison;
  const length = span(replay.toSeconds - replay.fromSeconds);
  const removed =
    Math.abs(unservedRemoved) >= 0.005 &&
    html` That is ${percent(Math.abs(unservedRemoved))} ${unservedRemoved > 0 ? 'less' : 'more'},`;
  const cost = html`${compact(ours.podHours)} pod-hours against ${compact(rival.podHours)}
 (${change(ours.podHours / rival.podHours)})`;
  const equal =
    podHoursRatio !== null &&
    html` To leave as little unserved, the reactive HPA would need
 ${change(1 / podHoursRatio)} pod-hours.`;
  const oracle = policies.find(({ role }) => role === 'oracle');
  const ceiling =
    oracle &&
    html` Even perfect foresight would leave ${percent(oracle.outcome.unservedShare)}
 at ${compact(oracle.outcome.podHours)} pod-hours.`;
  return html`<p class="standfirst">On these ${length} ${named(ours.policy)} would have left
 <b>${percent(ours.unservedShare)}</b> of the demand unserved; a reactive HPA of the same cost
 <b>${percent(rival.unservedShare)}</b>.</p><p>${removed || ' That is'} for ${cost}, and
 ${fixed(ours.shortMinutes, 0)} minutes short of pods instead of
 ${fixed(rival.shortMinutes, 0)}.${equal}${ceiling ?? null}</p>`;
}

function tuneSentence({ tune }: SeriesResult): Markup | null {
  return tune && html`<p>${tune.verdict}</p>`;
}

function forecastSentence(series: SeriesResult): Markup | null {
  const [model] = series.models;
  if (!model || !Number.isFinite(model.skill)) return null;
  const size = percent(Math.abs(model.skill));
  const side = model.skill >= 0 ? 'smaller' : 'larger';
  const p90 = coverageAt(model, 0.9);
  const covered = Number.isFinite(p90) && html` ${percent(p90)} of what came lay below its p90.`;
  return html`<p>The forecasts of ${named(model.model)} missed by ${percent(model.wape)} of the
 demand on average over ${count(model.origins, 'origin')}, an error ${size} ${side} than that of
 repeating the day before.${covered}</p>`;
}

function verdictOfMany({ series, overall }: BacktestResult): Markup {
  const tones = series.map(toneOf);
  const amount = (tone: Tone) => tones.filter((one) => one === tone).length;
  const judged = series.length - amount('none');
  const removed = series.flatMap(({ replay }) => replay?.comparison?.unservedRemoved ?? []);
  const mean = removed.reduce((sum, share) => sum + share, 0) / removed.length;
  const headline =
    judged === 0
      ? html`How well ${series.length} series can be forecast.`
      : html`Prediction helps on ${amount('helps')} of ${judged} series.`;
  const counts =
    judged > 0 &&
    html`<p class="standfirst">At the same cost as a reactive HPA it leaves
 <b>${percent(Math.abs(mean))} ${mean >= 0 ? 'less' : 'more'}</b> demand unserved on average. On
 ${amount('same')} it makes no difference, on ${amount('hurts')} it does worse: stay reactive
 there.</p>`;
  const [chosen] = overall;
  const skill =
    chosen &&
    html`<p>The forecasts of ${named(chosen.model)} have a mean skill of ${fixed(chosen.skill)}
 against repeating the day before.</p>`;
  const tone = judged === 0 ? 'none' : amount('helps') * 2 > judged ? 'helps' : 'same';
  return html`<header class="verdict ${tone}">
<p class="kicker">Backtest of ${series.length} series</p>
<h1>${headline}</h1>${counts}${skill ?? null}</header>`;
}

/** The verdict of one series in a word, for tables. */
export function toneWord(tone: Tone): string {
  return { helps: 'helps', same: 'no difference', hurts: 'stay reactive', none: '–' }[tone];
}

/** What was tested, and when: the line under a series' name. */
export function rangeLine({ startSeconds, stepSeconds, values, cutoffs }: SeriesResult): string {
  const end = startSeconds + (values.length - 1) * stepSeconds;
  return `${day(startSeconds)} to ${day(end)}, ${count(cutoffs.length, 'origin')}`;
}
