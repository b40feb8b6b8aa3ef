import type { PolicyResult, ReplayResult, TuneResult } from '../backtest/result.ts';
import { formatDuration } from '../config/duration.ts';
import { fixed, formatNumber, formatTable, formatTime } from './format.ts';

const HEADINGS = [
  'policy',
  'pod-hours',
  'unserved %',
  'short min',
  'depth %',
  'use p99',
  'scalings',
  'peak lead',
  'rival unserved %',
  'removed %',
  'cost of rival as good',
];

/** The replayed policies as a table; a saving stands only beside its shortfall. */
export function replayText(replay: ReplayResult): string {
  const { fromSeconds, toSeconds, targetPerPod, podStartSeconds } = replay;
  const head =
    `Scaling replayed from ${formatTime(fromSeconds)} to ${formatTime(toSeconds)}\n` +
    `target per pod ${formatNumber(targetPerPod)} (${replay.targetFrom}), ` +
    `pods start in ${formatDuration(podStartSeconds)}, ` +
    `${replay.minReplicas} to ${replay.maxReplicas} replicas\n\n`;
  const tail =
    '\nrival: a reactive HPA with the flat headroom that costs the same pod-hours. removed: what ' +
    'it leaves\nunserved and the policy does not. Last column: what a reactive HPA would cost ' +
    'that leaves as little.\n';
  return head + formatTable(HEADINGS, replay.policies.map(policyRow)) + tail;
}

function policyRow({ outcome, headroom, comparison, role }: PolicyResult): string[] {
  const isFactor = role === 'rival' && headroom !== 1;
  const name = isFactor ? `${outcome.policy} (× ${fixed(headroom, 3)})` : outcome.policy;
  const ratio = comparison?.podHoursRatio ?? null;
  return [
    role === 'seed' ? `${name} (seed)` : name,
    fixed(outcome.podHours, 1),
    fixed(100 * outcome.unservedShare, 3),
    fixed(outcome.shortMinutes, 0),
    fixed(100 * outcome.shortDepthMean, 1),
    fixed(outcome.utilisationP99, 2),
    String(outcome.scaleUps + outcome.scaleDowns),
    outcome.peakLeadSeconds === null ? '-' : `${fixed(outcome.peakLeadSeconds, 0)}s`,
    comparison ? fixed(100 * comparison.rival.unservedShare, 3) : '',
    comparison ? fixed(100 * comparison.unservedRemoved, 1) : '',
    comparison ? (ratio === null ? 'none is' : `× ${fixed(1 / ratio, 3)}`) : '',
  ];
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
