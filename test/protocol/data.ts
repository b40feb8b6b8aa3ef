import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

/** Where the public series and their protocol lie, beside the repository. */
const ROOT = new URL('../../../shared/data/', import.meta.url);

const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY;

/** One series of the protocol on its grid. */
export interface ProtocolSeries {
  readonly name: string;
  /** `public` counts, `public_extra` does not. */
  readonly group: string;
  readonly stepSeconds: number;
  readonly horizonSteps: number;
  /** Context: at most this many points up to the cutoff. */
  readonly windowSteps: number;
  readonly daySteps: number;
  readonly weekSteps: number;
  /** Epoch seconds of index 0. */
  readonly startSeconds: number;
  /** The whole series, NaN = missing; forecasters see `contextWindow` of it. */
  readonly y: Float64Array;
  /** Indexes c of the last observed point; the forecast is for c + 1 … c + horizonSteps. */
  readonly cutoffs: readonly number[];
}

interface CutoffsFile {
  readonly series: Record<
    string,
    {
      readonly group: string;
      readonly step: number;
      readonly H: number;
      readonly W: number;
      readonly points: number;
      readonly start: number;
      readonly sha256: string;
      readonly cutoffs: readonly number[];
    }
  >;
}

/** `timestamp,value` rows on the grid; rows that are not there stay NaN. */
function onGrid(csv: string, startSeconds: number, stepSeconds: number, points: number) {
  const y = new Float64Array(points).fill(Number.NaN);
  for (const line of csv.trim().split('\n').slice(1)) {
    const [timestamp = '', value = ''] = line.split(',');
    const index = (Date.parse(timestamp) / 1000 - startSeconds) / stepSeconds;
    if (!Number.isInteger(index) || index < 0 || index >= points) {
      throw new RangeError(`${timestamp} is not on the grid`);
    }
    y[index] = Number(value);
  }
  return y;
}

/**
 * The series of protocol kv1, or null, with the reason printed, when the data is not there.
 * @throws RangeError when a file is not the one that the protocol's checksum names
 */
export function loadProtocol(group = 'public'): ProtocolSeries[] | null {
  const file = new URL('cutoffs.json', ROOT);
  if (!existsSync(file)) {
    console.warn('skipped: ../shared/data/cutoffs.json is absent, so are the public series');
    return null;
  }
  const { series } = JSON.parse(readFileSync(file, 'utf8')) as CutoffsFile;
  return Object.entries(series)
    .filter(([, entry]) => entry.group === group)
    .map(([name, entry]) => {
      const bytes = readFileSync(new URL(`forecast/${name}.csv`, ROOT));
      if (createHash('sha256').update(bytes).digest('hex') !== entry.sha256) {
        throw new RangeError(`forecast/${name}.csv is not the file of cutoffs.json`);
      }
      return {
        name,
        group: entry.group,
        stepSeconds: entry.step,
        horizonSteps: entry.H,
        windowSteps: entry.W,
        daySteps: SECONDS_PER_DAY / entry.step,
        weekSteps: SECONDS_PER_WEEK / entry.step,
        startSeconds: entry.start,
        y: onGrid(bytes.toString(), entry.start, entry.step, entry.points),
        cutoffs: entry.cutoffs,
      };
    });
}

/** What a forecaster sees at a cutoff: at most windowSteps points, NaN = missing; a view. */
export function contextWindow(series: ProtocolSeries, cutoff: number): Float64Array {
  return series.y.subarray(Math.max(0, cutoff - series.windowSteps + 1), cutoff + 1);
}

/** Gaps filled as for the peers: linearly, the left edge held constant. */
export function interpolate(x: Float64Array): Float64Array {
  const filled = x.slice();
  let known = -1;
  for (let i = 0; i < x.length; i++) {
    const value = x[i] as number;
    if (Number.isNaN(value)) continue;
    const before = known < 0 ? value : (x[known] as number);
    for (let j = known + 1; j < i; j++) {
      filled[j] = before + ((value - before) * (j - known)) / (i - known);
    }
    known = i;
  }
  return filled;
}

/** Skill of a peer on each public series, as PEERS.md gives it (two decimals). */
export function publishedSkills(peer: string): Map<string, number> {
  const text = readFileSync(new URL('PEERS.md', ROOT), 'utf8');
  const table = text.split('## Skill by series')[1]?.split('\n## ')[0] ?? '';
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const column = rows[0]?.indexOf(peer) ?? -1;
  if (column < 0) throw new RangeError(`PEERS.md has no peer ${peer}`);
  return new Map(rows.slice(1).map((cells) => [cells[1] ?? '', Number(cells[column])]));
}

/** The best peer of each public series, chosen with hindsight, and its skill (PEERS.md). */
export function publishedBest(): Map<string, { readonly name: string; readonly skill: number }> {
  const text = readFileSync(new URL('PEERS.md', ROOT), 'utf8');
  const table = text.split('## Best peer per series')[1]?.split('\n## ')[0] ?? '';
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows
      .slice(1)
      .map(([, series = '', name = '', skill]) => [series, { name, skill: Number(skill) }]),
  );
}
