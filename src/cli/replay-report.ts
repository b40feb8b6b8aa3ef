import type { PolicyResult, ReplayResult, TuneResult } from '../backtest/result.ts';
import { formatDuration } from '../config/duration.ts';
import type { Comparison } from '../replay/outcome.ts';
import { fixed, formatNumber, formatTable, formatTime } from './format.ts';

const HEADINGS = [
  'policy',
  'pod-hours',
  'unserved',
  'short',
  'depth',
  'p99 use',
  'events',
  'lead',
  'rival’s',
  'removed',
  'saved',
];
const LEGEND = `
short: minutes with too few ready pods, depth: what they lacked on average; lead: how long before
the day’s peak its pods were ready, negative after it began, never: not within the hour. The rival
is a reactive HPA with the flat headroom that costs the same pod-hours: what it leaves unserved,
the part of it that the policy serves, and what the policy saves against a reactive HPA that leaves
as little unserved as it does.
`;
const LEAD_SECONDS_MAX = 3_600;
/** Less than this share of the demand is as good as none. */
const SHARE_MIN = 1e-4;
/** Beyond this many times the rival's shortfall a percentage says nothing. */
const TIMES_MAX = 5;

/** The replayed policies as a table; a saving stands only beside its shortfall. */
export function replayText(replay: ReplayResult): string {
  const { fromSeconds, toSeconds, targetPerPod, podStartSeconds } = replay;
  const head =
    `Scaling replayed from ${formatTime(fromSeconds)} to ${formatTime(toSeconds)}\n` +
    `target per pod ${formatNumber(targetPerPod)} (${replay.targetFrom}), ` +
    `pods start in ${formatDuration(podStartSeconds)}, ` +
    `${replay.minReplicas} to ${replay.maxReplicas} replicas\n\n`;
  const { comparison } = replay;
  const nobody = comparison && !comparison.isSameCost ? nobodyText(comparison) : '';
  return head + formatTable(HEADINGS, replay.policies.map(policyRow)) + nobody + LEGEND;
}

function nobodyText({ ours, rival }: Comparison): string {
  const amount = rival.podHours > ours.podHours ? 'little' : 'much';
  return (
    `\nNo reactive HPA costs as ${amount}: the nearest one costs ${fixed(rival.podHours, 1)} ` +
    'pod-hours, so nothing is said of what is removed or saved.\n'
  );
}

function policyRow({ outcome, headroom, comparison, role }: PolicyResult): string[] {
  const isFactor = role === 'rival' && headroom !== 1;
  const name = isFactor ? `${outcome.policy} (× ${fixed(headroom, 3)})` : outcome.policy;
  return [
    role === 'seed' ? `${name} (seed)` : name,
    fixed(outcome.podHours, 1),
    percent(outcome.unservedShare, 3),
    fixed(outcome.shortMinutes, 0),
    percent(outcome.shortDepthMean, 1),
    percent(outcome.utilisationP99, 0),
    String(outcome.scaleUps + outcome.scaleDowns),
    leadCell(outcome.peakLeadSeconds),
    ...comparisonCells(comparison),
  ];
}

/** Leads are measured up to an hour either way: beyond it, all that is known is the side. */
function leadCell(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds <= -LEAD_SECONDS_MAX) return 'never';
  return seconds >= LEAD_SECONDS_MAX ? '≥ 60 min' : `${fixed(seconds, 0)} s`;
}

function comparisonCells(comparison: Comparison | null): string[] {
  if (comparison === null) return [];
  if (!comparison.isSameCost) return ['-', '-', '-'];
  const { rival, podHoursRatio } = comparison;
  return [
    percent(rival.unservedShare, 3),
    removedCell(comparison),
    podHoursRatio === null ? '-' : percent(1 - podHoursRatio, 1),
  ];
}

/** Of next to nothing there is nothing to remove. */
function removedCell({ ours, rival, unservedRemoved }: Comparison): string {
  if (Math.max(ours.unservedShare, rival.unservedShare) < SHARE_MIN) return '-';
  return unservedRemoved < -TIMES_MAX ? 'far worse' : percent(unservedRemoved, 1);
}

function percent(share: number, decimals: number): string {
  return Number.isFinite(share) ? `${fixed(100 * share, decimals)} %` : '-';
}

/** What tuning found, with the option lines to use. */
export function tuneText(tune: TuneResult): string {
  const searched = formatTime(tune.searchedFromSeconds);
  const proved = formatTime(tune.provedFromSeconds);
  const lines = tune.optionLines.map((line) => `  ${line}\n`).join('');
  return (
    `Tuned: ${tune.candidates} settings tried from ${searched}, the best one proved from ` +
    `${proved} to ${formatTime(tune.provedToSeconds)}\n${tune.verdict}\n${lines}`
  );
}
