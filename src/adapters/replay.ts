import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../config/duration.ts';
import { asFault, KedastralError } from '../errors.ts';
import type { DataAdapter, GridRange, Samples } from './adapter.ts';
import { type CsvSamples, parseCsv } from './csv.ts';
import { commonStepSeconds } from './sample-step.ts';

export interface ReplayOptions {
  /** A CSV of `timestamp,value` (csv.ts). */
  readonly replayFile: string;
  /** Seconds of the trace in one second of the clock, > 0. */
  readonly replaySpeed: number;
  /** The sidecar's step: the trace's step / replaySpeed. */
  readonly stepSeconds: number;
  /** The sidecar's history, in seconds of the clock; without it half the trace is history. */
  readonly historySeconds?: number | undefined;
}

/**
 * Plays a recorded trace as if it happened now, `replaySpeed` times as fast.
 *
 * At the start t0 of the process (put back onto the grid) the trace stands at a pivot, so that
 * there is a past to learn from: `history` after the trace's beginning, or its half when that is
 * shorter. The sample of trace time s then happens at t0 + (s − pivot) / replaySpeed. After the
 * trace's end there are no more samples, as when an exporter dies. What is given depends on t0 and
 * now alone.
 *
 * @throws KedastralError option_invalid when the file cannot be read, is empty, has a malformed
 * row, or its step does not fit
 */
export async function replayAdapter(options: ReplayOptions, clock: Clock): Promise<DataAdapter> {
  const trace = sorted(await readTrace(options.replayFile));
  const traceStepSeconds = checkedStep(trace, options);
  const timesSeconds = replayTimes(trace.timesSeconds, traceStepSeconds, options, clock);
  return {
    name: 'replay',
    collect: async (range, signal) => {
      signal.throwIfAborted();
      return within(timesSeconds, trace.values, range, clock.nowMs() / 1000);
    },
  };
}

async function readTrace(path: string): Promise<CsvSamples> {
  const refused = (why: string) =>
    new KedastralError('option_invalid', 'adapter', `replay-file ${path}: ${why}`);
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw refused(thrown.code ?? 'unreadable');
  });
  try {
    return parseCsv(text);
  } catch (thrown) {
    throw refused(asFault(thrown, 'adapter').message);
  }
}

function sorted(trace: CsvSamples): CsvSamples {
  const order = Array.from(trace.timesSeconds.keys()).sort(
    (a, b) => (trace.timesSeconds[a] as number) - (trace.timesSeconds[b] as number),
  );
  return {
    timesSeconds: Float64Array.from(order, (i) => trace.timesSeconds[i] as number),
    values: Float64Array.from(order, (i) => trace.values[i] as number),
  };
}

/** The trace's step, when the sidecar's step is the one at which it plays. */
function checkedStep(trace: CsvSamples, options: ReplayOptions): number {
  const { replayFile, replaySpeed, stepSeconds } = options;
  const traceStepSeconds = commonStepSeconds(trace.timesSeconds);
  if (traceStepSeconds === null) {
    const message = `replay-file ${replayFile}: fewer than two samples`;
    throw new KedastralError('option_invalid', 'adapter', message);
  }
  const neededSeconds = traceStepSeconds / replaySpeed;
  if (Math.abs(neededSeconds - stepSeconds) > 1e-9 * stepSeconds) {
    const message =
      `replay-file ${replayFile}: its step is ${traceStepSeconds} s, which at replay-speed ` +
      `${replaySpeed} is a grid of ${neededSeconds} s, not of ${stepSeconds} s: ` +
      (Number.isInteger(neededSeconds)
        ? `set --step ${formatDuration(neededSeconds)}`
        : 'choose a --replay-speed that makes it whole seconds');
    throw new KedastralError('option_invalid', 'adapter', message);
  }
  return traceStepSeconds;
}

/** When each sample of the trace happens by the clock, in epoch seconds. */
function replayTimes(
  traceSeconds: Float64Array,
  traceStepSeconds: number,
  options: ReplayOptions,
  clock: Clock,
): Float64Array {
  const { replaySpeed, stepSeconds, historySeconds } = options;
  const startSeconds = Math.floor(clock.nowMs() / 1000 / stepSeconds) * stepSeconds;
  const firstSeconds = traceSeconds[0] as number;
  const halfSeconds = ((traceSeconds.at(-1) as number) - firstSeconds) / 2;
  const historyOfTrace = (historySeconds ?? Number.POSITIVE_INFINITY) * replaySpeed;
  const pastSteps = Math.floor(Math.min(historyOfTrace, halfSeconds) / traceStepSeconds);
  const pivotSeconds = firstSeconds + pastSteps * traceStepSeconds;
  // To the millisecond, or a rounding error could put a sample beside the grid.
  return traceSeconds.map((seconds) => {
    const sincePivotMs = Math.round(((seconds - pivotSeconds) * 1000) / replaySpeed);
    return (startSeconds * 1000 + sincePivotMs) / 1000;
  });
}

function within(
  timesSeconds: Float64Array,
  values: Float64Array,
  range: GridRange,
  nowSeconds: number,
): Samples {
  const from = firstAfter(timesSeconds, range.startSeconds - range.stepSeconds);
  const to = firstAfter(timesSeconds, Math.min(range.endSeconds, nowSeconds));
  return {
    timesSeconds: timesSeconds.slice(from, to),
    values: values.slice(from, to),
    warnings: [],
  };
}

/** Index of the first of ascending times that lies after `seconds`. */
function firstAfter(timesSeconds: Float64Array, seconds: number): number {
  let low = 0;
  let high = timesSeconds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesSeconds[middle] as number) > seconds) high = middle;
    else low = middle + 1;
  }
  return low;
}
