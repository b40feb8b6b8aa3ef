import { commonStepSeconds, wholeStepSeconds } from '../adapters/sample-step.ts';
import { formatDuration } from '../config/duration.ts';
import { KedastralError } from '../errors.ts';
import { stepIndexOf } from '../features/grid.ts';
import { History } from '../features/history.ts';
import type { ReasonCounts } from '../features/quality.ts';

/** A metric on its grid, with what ran beside it. */
export interface Table {
  readonly stepSeconds: number;
  /** Epoch seconds at which the step of values[0] ends. */
  readonly startSeconds: number;
  /** NaN = missing; on shared memory, so that workers need no copy. */
  readonly values: Float64Array;
  /** Replicas that really ran, as long as `values`; null when nobody said. */
  readonly replicas: Float64Array | null;
  /** Rows that were not taken as they are, by the sidecar's reasons. */
  readonly refused: Readonly<Pick<ReasonCounts, 'duplicate' | 'not_finite' | 'out_of_range'>>;
}

const ROWS_AT_START = 65_536;
/** Rows that tell the step; more would only take time. */
const STEP_ROWS_MAX = 100_000;
/** 64 years of minutes; a grid of it takes 300 MB. */
export const GRID_STEPS_MAX = 2 ** 25;

/** Numbers in the order they came, in one growing array: 8 bytes each, at most twice that. */
class Column {
  #numbers = new Float64Array(ROWS_AT_START);
  length = 0;

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.length++] = value;
  }

  get values(): Float64Array {
    return this.#numbers.subarray(0, this.length);
  }
}

/** The rows of one source, and the grid they lie on. */
export class Rows {
  readonly #times = new Column();
  readonly #values = new Column();
  /** Only once a row says how many replicas ran. */
  #replicas: Column | null = null;

  get length(): number {
    return this.#times.length;
  }

  push(timeSeconds: number, value: number, replicas: number): void {
    if (this.#replicas === null && !Number.isNaN(replicas)) {
      this.#replicas = new Column();
      for (let i = 0; i < this.#times.length; i++) this.#replicas.push(Number.NaN);
    }
    this.#times.push(timeSeconds);
    this.#values.push(value);
    this.#replicas?.push(replicas);
  }

  /**
   * Puts the rows on the grid of the Unix epoch, from the first row's step to the last one's, as
   * the sidecar does it: several rows of a step are averaged, of equal times the largest counts.
   *
   * @param stepSeconds null: the usual gap between rows
   * @throws KedastralError adapter_no_data, option_invalid
   */
  table(stepSeconds: number | null): Table {
    const times = this.#times.values;
    if (times.length === 0) throw new KedastralError('adapter_no_data', 'adapter', 'has no row');
    const some = times.slice(0, STEP_ROWS_MAX).sort();
    const step = stepSeconds === null ? wholeStepSeconds(some) : noFiner(stepSeconds, some);
    const bounds = boundsOf(times, step);
    const { grid, counts } = onGrid(times, this.#values.values, step, bounds);
    return {
      stepSeconds: step,
      startSeconds: bounds.firstIndex * step,
      values: grid,
      replicas: this.#replicas && onGrid(times, this.#replicas.values, step, bounds).grid,
      refused: counts,
    };
  }
}

/** The step, which must not leave holes between the rows that come as usual. */
function noFiner(stepSeconds: number, timesSeconds: Float64Array): number {
  const gapSeconds = commonStepSeconds(timesSeconds);
  if (gapSeconds === null || stepSeconds >= gapSeconds) return stepSeconds;
  const message =
    `--step ${formatDuration(stepSeconds)} is finer than the data, ` +
    `whose rows are ${formatDuration(gapSeconds)} apart`;
  throw new KedastralError('option_invalid', 'adapter', message);
}

interface Bounds {
  readonly firstIndex: number;
  readonly lastIndex: number;
}

function boundsOf(timesSeconds: Float64Array, step: number): Bounds {
  const oldest = timesSeconds.reduce((a, b) => Math.min(a, b));
  const newest = timesSeconds.reduce((a, b) => Math.max(a, b));
  const [firstIndex, lastIndex] = [stepIndexOf(oldest, step), stepIndexOf(newest, step)];
  const steps = lastIndex - firstIndex + 1;
  if (steps > GRID_STEPS_MAX) {
    const message =
      `the rows span ${steps} steps of ${step} s, at most ${GRID_STEPS_MAX} are taken: ` +
      'is a time wrong, or give a longer --step';
    throw new KedastralError('option_invalid', 'adapter', message);
  }
  return { firstIndex, lastIndex };
}

function onGrid(
  timesSeconds: Float64Array,
  values: Float64Array,
  stepSeconds: number,
  { firstIndex, lastIndex }: Bounds,
): { grid: Float64Array; counts: ReasonCounts } {
  const steps = lastIndex - firstIndex + 1;
  const historySeconds = steps * stepSeconds;
  const history = new History({ stepSeconds, historySeconds, windowSeconds: historySeconds });
  const endSeconds = lastIndex * stepSeconds;
  const range = { startSeconds: firstIndex * stepSeconds, endSeconds, stepSeconds };
  const { counts } = history.add({ timesSeconds, values, warnings: [] }, range);
  const observed = history.series(endSeconds).values;
  const grid = new Float64Array(new SharedArrayBuffer(8 * steps));
  grid.fill(Number.NaN, 0, steps - observed.length);
  grid.set(observed, steps - observed.length);
  return { grid, counts };
}
