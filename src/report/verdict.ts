import type { BacktestResult, ReplayResult, SeriesResult } from '../backtest/result.ts';
import type { Comparison } from '../replay/outcome.ts';
import { amount, change, count, day, fixed, isShown, percent, percents, span } from './figures.ts';
import { html, type Markup, named } from './markup.ts';
import { coverageAt } from './models.ts';
import { noRival } from './no-rival.ts';

/**
 * What a person should take home: `helps`, `tuned` (helps with the tuned options alone), `same` (no
 * difference), `unproved` (it may be chance), `unequal` (no rival of its cost to judge it by),
 * `hurts`, `none` (no replay).
 */
export type Tone = 'helps' | 'tuned' | 'same' | 'unproved' | 'unequal' | 'hurts' | 'none';

/** Less than this share of the rival's shortfall, or of all demand, is no difference. */
const SHARE_MIN = 0.05;
const POINTS_MIN = 0.0001;
const REMOVED_MIN = 0.005;
/** No share that is removed is below it. */
const REMOVED_FLOOR = -10;
/** From here on it is told in times; beyond, it says nothing, such as of what is served whole. */
const TIMES_MIN = 2.5;
const TIMES_MAX = 100;

/** The verdict of one series in a sentence. */
export const HEADLINES: Readonly<Record<Tone, string>> = {
  helps: 'Prediction helps here.',
  tuned: 'Not with these settings; with the tuned options prediction helps here.',
  same: 'Prediction makes no difference here: stay reactive.',
  unproved: 'Prediction is not proved to help here: stay reactive.',
  unequal: 'Prediction cannot be judged here: there is no reactive HPA of its cost.',
  hurts: 'Prediction does not help here: stay reactive.',
  none: 'How well this demand can be forecast.',
};

/** The same in a word, for tables. */
export const TONE_WORDS: Readonly<Record<Tone, string>> = {
  helps: 'helps',
  tuned: 'helps with tuned options',
  same: 'no difference',
  unproved: 'not proved: stay reactive',
  unequal: 'no rival of its cost',
  hurts: 'stay reactive',
  none: 'not replayed',
};

/** Whether prediction beats the fair rival on a series, in tuning's proof too if there is one. */
export function toneOf({ replay, tune }: SeriesResult): Tone {
  const comparison = replay?.comparison;
  if (!comparison) return 'none';
  const tone = toneBeside(comparison);
  if (tune?.helps && tone !== 'helps') return 'tuned';
  return tune?.helps === false && tone === 'helps' ? 'unproved' : tone;
}

/** Less unserved for no more, or as little for less; what costs another sum may be neither. */
function toneBeside(comparison: Comparison): Tone {
  const { ours, rival, unservedRemoved } = comparison;
  const points = rival.unservedShare - ours.unservedShare;
  const isNear = Math.abs(unservedRemoved) < SHARE_MIN || Math.abs(points) < POINTS_MIN;
  const served = isNear ? 0 : Math.sign(points);
  const saved = comparison.isSameCost ? 0 : Math.sign(rival.podHours - ours.podHours);
  const gain = served + saved;
  if (gain !== 0) return gain > 0 ? 'helps' : 'hurts';
  return served === 0 ? 'same' : 'unequal';
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
  const { ours, rival, podHoursRatio } = comparison;
  const length = span(replay.toSeconds - replay.fromSeconds);
  const isSame = comparison.isSameCost;
  const [own, other] = percents(ours.unservedShare, rival.unservedShare);
  const removed = isSame && removedText(comparison);
  const cost = html`${amount(ours.podHours)} pod-hours against ${amount(rival.podHours)}
 (${change(ours.podHours / rival.podHours)})`;
  const equal =
    podHoursRatio !== null &&
    html` To leave as little unserved, the reactive HPA would need
 ${percent(Math.abs(1 / podHoursRatio - 1))} ${podHoursRatio < 1 ? 'more' : 'fewer'} pod-hours.`;
  const oracle = policies.find(({ role }) => role === 'oracle');
  const ceiling =
    oracle &&
    html` Perfect foresight ${
      oracle.headroom === 1 ? 'without headroom' : `with a headroom of ${fixed(oracle.headroom)}`
    } would leave
 ${percent(oracle.outcome.unservedShare)} at ${amount(oracle.outcome.podHours)} pod-hours.`;
  const beside = isSame
    ? 'a reactive HPA of the same cost'
    : `${noRival(comparison)}, the nearest one`;
  return html`<p class="standfirst">On these ${length} ${named(ours.policy)} would have left
 <b>${own}</b> of the demand unserved; ${beside} <b>${other}</b>.</p>
<p>${removed ? `That is ${removed}, for` : 'That takes'} ${cost}, and
 ${fixed(ours.shortMinutes, 0)} minutes short of pods instead of
 ${fixed(rival.shortMinutes, 0)}.${equal}${ceiling ?? null}</p>`;
}

/** How much less or more is unserved, in words; null where that says nothing. */
function removedText({ ours, rival, unservedRemoved }: Comparison): string | null {
  const most = Math.max(ours.unservedShare, rival.unservedShare);
  if (!isShown(most) || Math.abs(unservedRemoved) < REMOVED_MIN) return null;
  const times = ours.unservedShare / rival.unservedShare;
  if (times >= TIMES_MIN) return times < TIMES_MAX ? timesText(times) : null;
  return removedShare(unservedRemoved);
}

function timesText(times: number): string {
  return `${Number(times.toPrecision(2))} times as much`;
}

/** The same of a share alone, which has a floor. */
function removedShare(removed: number): string {
  if (removed <= REMOVED_FLOOR) return 'over 10 times as much';
  if (1 - removed >= TIMES_MIN) return timesText(1 - removed);
  return `${percent(Math.abs(removed))} ${removed >= 0 ? 'less' : 'more'}`;
}

function tuneSentence({ tune }: SeriesResult): Markup | null {
  const lines = tune?.helps && html` The options stand below, under “Tuned settings”.`;
  return tune && html`<p><b>Tuned.</b> ${tune.verdict}${lines || null}</p>`;
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
  const amountOf = (tone: Tone) => tones.filter((one) => one === tone).length;
  const judged = series.length - amountOf('none');
  const comparisons = series.flatMap(({ replay }) => replay?.comparison ?? []);
  const equal = comparisons.filter(({ isSameCost }) => isSameCost);
  const middle = medianOf(equal.map(({ unservedRemoved }) => unservedRemoved));
  const share = removedShare(middle);
  const without = comparisons.length - equal.length;
  const some = equal.length > 0;
  const tuned = amountOf('tuned');
  const others = [
    ...(amountOf('unproved') > 0 ? [`on ${amountOf('unproved')} it may be chance`] : []),
    ...(amountOf('same') > 0 ? [`on ${amountOf('same')} it makes no difference`] : []),
    ...(amountOf('hurts') > 0 ? [`on ${amountOf('hurts')} it does worse`] : []),
  ];
  const headline =
    judged === 0
      ? html`How well ${series.length} series can be forecast.`
      : html`Prediction helps on ${amountOf('helps')} of ${judged} series${
          tuned > 0 && `, ${amountOf('helps') > 0 ? 'and' : 'but'} on ${tuned} with tuned options`
        }.`;
  const median =
    some &&
    html`At the same cost it leaves <b>${share}</b> demand unserved
 ${share.endsWith('as much') ? 'as' : 'than'} a reactive HPA, by the median series.`;
  const counts =
    judged > 0 &&
    html`<p class="standfirst">${median}${
      others.length > 0 && html` But ${others.join(', and ')}: stay reactive there.`
    }${without > 0 && html` On ${without} there is no reactive HPA of the same cost.`}</p>`;
  const [chosen] = overall;
  const skill =
    chosen &&
    html`<p>The forecasts of ${named(chosen.model)} have a mean skill of ${fixed(chosen.skill)}
 against repeating the day before.</p>`;
  const tone = judged === 0 ? 'none' : (amountOf('helps') + tuned) * 2 > judged ? 'helps' : 'same';
  return html`<header class="verdict ${tone}">
<p class="kicker">Backtest of ${series.length} series</p>
<h1>${headline}</h1>${counts}${skill ?? null}</header>`;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** What was tested, and when. */
export function rangeLine({ startSeconds, stepSeconds, values, cutoffs }: SeriesResult): string {
  const end = startSeconds + (values.length - 1) * stepSeconds;
  return `${day(startSeconds)} to ${day(end)}, ${count(cutoffs.length, 'origin')}`;
}
