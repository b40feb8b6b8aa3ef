import type { DataAdapter, GridRange } from '../adapters/adapter.ts';
import { KedastralError } from '../errors.ts';
import { stepIndexOf } from '../features/grid.ts';
import { GRID_STEPS_MAX, Rows } from './rows.ts';
import type { Source } from './source.ts';

/** What to ask a data source for. */
export interface QueryRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
}

/**
 * A series that an adapter answers, and the replicas that another one does.
 *
 * @param replicas null when nobody tells how many ran
 */
export function querySource(
  name: string,
  demand: DataAdapter,
  replicas: DataAdapter | null,
  range: QueryRange,
  signal: AbortSignal,
): Source {
  return {
    name,
    async read() {
      const grid = gridOf(range);
      const samples = await demand.collect(grid, signal);
      const ran = replicas && (await replicas.collect(grid, signal));
      const rows = new Rows();
      const replicasAt = new Map<number, number>();
      for (const [i, time] of ran?.timesSeconds.entries() ?? []) {
        replicasAt.set(stepIndexOf(time, range.stepSeconds), ran?.values[i] as number);
      }
      for (const [i, time] of samples.timesSeconds.entries()) {
        const value = samples.values[i] as number;
        rows.push(time, value, replicasAt.get(stepIndexOf(time, range.stepSeconds)) ?? Number.NaN);
      }
      if (rows.length === 0) {
        const message = 'the query returns no sample in this range';
        throw new KedastralError('adapter_no_data', 'adapter', message);
      }
      return { name, ...rows.table(range.stepSeconds) };
    },
  };
}

/** @throws KedastralError option_invalid when the range holds no step, or too many */
function gridOf({ startSeconds, endSeconds, stepSeconds }: QueryRange): GridRange {
  const first = Math.ceil(startSeconds / stepSeconds);
  const last = Math.floor(endSeconds / stepSeconds);
  const steps = last - first + 1;
  if (steps >= 1 && steps <= GRID_STEPS_MAX) {
    return { startSeconds: first * stepSeconds, endSeconds: last * stepSeconds, stepSeconds };
  }
  const message = `the range holds ${Math.max(0, steps)} steps, 1 to ${GRID_STEPS_MAX} are taken`;
  throw new KedastralError('option_invalid', 'adapter', message);
}
