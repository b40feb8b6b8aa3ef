import { formatDuration } from '../config/duration.ts';
import type { Inspection } from '../features/inspect.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { chart, chartStyle } from './chart.ts';
import type { FirstTick } from './first-tick.ts';
import { formatNumber, formatTable, formatTime, shownSteps } from './format.ts';
import type { Terminal } from './terminal.ts';

const CHART_ROWS = 10;
const SHOWN_STEPS_MAX = 8;
const LABEL_WIDTH = 11;

/** The whole report, for people. */
export function checkReport(result: FirstTick, terminal: Terminal): string {
  const { inspection, snapshot, observations } = result;
  const facts = [
    ['workload', `${result.options.identity}, metric ${result.options.metric}`],
    ['source', result.options.adapter],
    ...(inspection ? seriesFacts(inspection, result) : []),
    ...(snapshot ? forecastFacts(snapshot) : []),
  ];
  const wrong = observations.filter(({ isWrong }) => isWrong).length;
  const things = wrong === 1 ? 'one thing looks wrong' : `${wrong} things look wrong`;
  const verdict = wrong === 0 ? 'nothing looks wrong' : things;
  return [
    facts.map(([label, text]) => `${label?.padEnd(LABEL_WIDTH)}${text}\n`).join(''),
    terminal.isInteractive ? picture(result, terminal) : '',
    snapshot ? `\n${plan(snapshot)}` : '',
    '\n',
    ...observations.map(({ isWrong, text }) => `${isWrong ? '!' : '·'} ${text}\n`),
    `${verdict}\n`,
  ].join('');
}

function seriesFacts(inspection: Inspection, { options, seasons }: FirstTick): string[][] {
  const { points, firstSeconds, lastSeconds, sampleStepSeconds } = inspection;
  const { missingSteps, longestGapSteps } = inspection;
  const span =
    firstSeconds === null || lastSeconds === null
      ? ''
      : `, ${formatTime(Math.floor(firstSeconds))} to ${formatTime(Math.floor(lastSeconds))}`;
  const every =
    sampleStepSeconds === null ? 'unknown' : `every ${formatNumber(sampleStepSeconds)} s`;
  const longest = missingSteps > 0 ? `, at most ${longestGapSteps} in a row` : '';
  const found = seasons.map(
    ({ seconds, strength }) => `${formatDuration(seconds)} (strength ${strength.toFixed(2)})`,
  );
  return [
    ['series', `${points > 0 ? 'one' : 'none'}, ${points} samples${span}`],
    ['step', `${formatDuration(options.stepSeconds)}; samples ${every}`],
    ['gaps', `${missingSteps} steps without a value${longest}`],
    ['seasons', found.length > 0 ? found.join(', ') : 'none found'],
  ];
}

function forecastFacts({ model, plan: { sample, previous } }: Snapshot): string[][] {
  const newest = sample === null ? 'missing' : formatNumber(sample);
  return [
    ['model', model.answered],
    ['now', `newest value ${newest}, planned for it ${previous ?? 'nothing'} replicas`],
  ];
}

function picture({ series, snapshot }: FirstTick, terminal: Terminal): string {
  if (!series || !snapshot) return '';
  const data = {
    history: series.values,
    forecast: Float64Array.from(snapshot.values),
    upper: Float64Array.from(snapshot.quantiles['0.9'] ?? snapshot.values),
  };
  const size = { columns: terminal.columns, rows: CHART_ROWS };
  return `\n${chart(data, size, chartStyle(terminal.hasColors))}`;
}

/** The first forecast and its plan. */
function plan(snapshot: Snapshot): string {
  const { values, desiredReplicas, quantiles, stepSeconds } = snapshot;
  const rows = shownSteps(values.length, SHOWN_STEPS_MAX).map((i) => {
    const endSeconds = Date.parse(snapshot.cutoff) / 1000 + (i + 1) * stepSeconds;
    const numbers = [values[i], quantiles['0.9']?.[i], desiredReplicas[i]];
    return [formatTime(endSeconds), ...numbers.map((n) => formatNumber(n ?? Number.NaN))];
  });
  return formatTable(['until', 'forecast', 'p90', 'replicas'], rows);
}
