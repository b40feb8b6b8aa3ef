import type { SeriesResult } from '../backtest/result.ts';
import { amount, day, percent } from './figures.ts';
import { indexAfter, secondsOf } from './grid.ts';
import { type Lane, lanesOf, needOf } from './replay.ts';
import type { Need } from './shortfall.ts';

const BARS = '▁▂▃▄▅▆▇█';
const SHORT = '!';
const COLUMNS_MIN = 10;

/** A value and the time from which on it holds. */
type Change = readonly [seconds: number, value: number];

/** How time is cut into columns of text. */
interface Columns {
  readonly fromSeconds: number;
  readonly perColumn: number;
  readonly width: number;
}

/** Bars of one character each, scaled from 0 to `high`; a missing value is a space. */
export function sparkline(values: readonly number[], high: number): string {
  return values
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const share = high > 0 ? Math.max(0, Math.min(1, value / high)) : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))];
    })
    .join('');
}

/**
 * The replay as lines of bars: the pods that the demand needs, then those that each policy had
 * ready, and below them a mark wherever they were too few. Empty without a replay.
 *
 * A column shows the most pods needed in its time, and the most that were ready.
 */
export function replicaChart(series: SeriesResult, columns: number): string {
  const { replay } = series;
  if (!replay) return '';
  const { fromSeconds, toSeconds } = replay;
  const need = needOf(series, replay);
  const lanes = lanesOf(replay, need);
  const names = ['needed', ...lanes.map(({ policy }) => policy.outcome.policy)];
  const labelWidth = Math.max(...names.map(({ length }) => length)) + 2;
  const tails = lanes.map(tailOf);
  const rest = columns - labelWidth - Math.max(0, ...tails.map(({ length }) => length)) - 2;
  const width = Math.max(COLUMNS_MIN, rest);
  const perColumn = (toSeconds - fromSeconds) / width;
  const time = { fromSeconds, perColumn, width };
  const needed = mostByColumn(stepsOf(need, fromSeconds, toSeconds), time);
  const ready = lanes.map(({ timeline: { timesSeconds, readyPods } }) => {
    const changes = timesSeconds.map((at, i): Change => [at, readyPods[i] as number]);
    return mostByColumn(changes, time);
  });
  const high = Math.max(1, ...[needed, ...ready].flat().filter(Number.isFinite));
  const line = (label: string, text: string) => `${label.padEnd(labelWidth)}${text}`.trimEnd();
  const lines = lanes.flatMap((lane, k) => [
    line(names[k + 1] as string, `${sparkline(ready[k] as number[], high)}  ${tails[k]}`),
    line('', shortMarks(lane, time)),
  ]);
  const head = `pods ready, ${day(fromSeconds)} to ${day(toSeconds)}, █ = ${amount(high)}`;
  const legend = `${SHORT} = fewer than needed`;
  const demand = line('needed', sparkline(needed, high));
  return [`${head}, ${legend}`, demand, ...lines, ''].join('\n');
}

function tailOf({ policy: { outcome } }: Lane): string {
  return `${amount(outcome.podHours)} pod-hours, ${percent(outcome.unservedShare)} unserved`;
}

function stepsOf(need: Need, fromSeconds: number, toSeconds: number): Change[] {
  const first = indexAfter(need, fromSeconds);
  const length = indexAfter(need, toSeconds) - first;
  return Array.from({ length }, (_, i) => {
    return [secondsOf(need, first + i - 1), need.podsAt(first + i)];
  });
}

/** The largest value in force in each column, where each one holds until the next change. */
function mostByColumn(changes: readonly Change[], { fromSeconds, perColumn, width }: Columns) {
  const most = new Array<number>(width).fill(Number.NaN);
  for (const [k, [seconds, value]] of changes.entries()) {
    const endSeconds = changes[k + 1]?.[0] ?? fromSeconds + width * perColumn;
    const [first, end] = columnsOf(seconds, endSeconds, { fromSeconds, perColumn, width });
    for (let column = first; column < end; column++) {
      if (!(value <= (most[column] as number)) && Number.isFinite(value)) most[column] = value;
    }
  }
  return most;
}

function shortMarks({ short }: Lane, columns: Columns): string {
  const marks = new Array<string>(columns.width).fill(' ');
  for (const part of short) {
    marks.fill(SHORT, ...columnsOf(part.fromSeconds, part.toSeconds, columns));
  }
  return marks.join('');
}

/** The columns that a stretch of time touches: the first, and the one after the last. */
function columnsOf(from: number, to: number, { fromSeconds, perColumn, width }: Columns) {
  const first = Math.max(0, Math.floor((from - fromSeconds) / perColumn));
  const end = Math.min(width, Math.ceil((to - fromSeconds) / perColumn - 1e-9));
  return [first, end] as const;
}
