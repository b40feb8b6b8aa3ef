import { adapterFault } from './faults.ts';

const MINUTE_MS = 60_000;
/** Spacings that people set, in milliseconds. */
const USUAL_GAPS_MS = [
  ...[1, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 5, 10, 15, 30, 60, 1440].map((minutes) => minutes * MINUTE_MS),
];
const JITTER_SHARE_MAX = 0.1;

/**
 * The spacing of ascending times: the gap that more than half of the neighbours have; else, where
 * times jitter, the usual spacing within 10 % of the median gap; else the most common gap, the
 * smaller of two equally common. Null when there are fewer than two different times.
 *
 * @param timesSeconds epoch seconds, ascending, doubles allowed
 */
export function commonStepSeconds(timesSeconds: Float64Array): number | null {
  const gapsMs: number[] = [];
  for (let i = 1; i < timesSeconds.length; i++) {
    const gapMs = Math.round(
      1000 * ((timesSeconds[i] as number) - (timesSeconds[i - 1] as number)),
    );
    if (gapMs > 0) gapsMs.push(gapMs);
  }
  if (gapsMs.length === 0) return null;
  const common = mostCommon(gapsMs);
  if (2 * common.count > gapsMs.length) return common.gapMs / 1000;
  return (usualGapMs(gapsMs) ?? common.gapMs) / 1000;
}

/**
 * The spacing of ascending times when it is whole seconds.
 *
 * @throws KedastralError option_invalid when the step must be given
 */
export function wholeStepSeconds(timesSeconds: Float64Array): number {
  const stepSeconds = commonStepSeconds(timesSeconds);
  if (stepSeconds !== null && Number.isInteger(stepSeconds)) return stepSeconds;
  const why =
    stepSeconds === null
      ? 'the CSV has fewer than two different times'
      : `the rows of the CSV are ${stepSeconds} s apart, not whole seconds`;
  throw adapterFault('option_invalid', `${why}: give --step`);
}

function mostCommon(gapsMs: readonly number[]): { gapMs: number; count: number } {
  const countByGapMs = new Map<number, number>();
  for (const gapMs of gapsMs) countByGapMs.set(gapMs, (countByGapMs.get(gapMs) ?? 0) + 1);
  let best = { gapMs: Number.POSITIVE_INFINITY, count: 0 };
  for (const [gapMs, count] of countByGapMs) {
    const isBetter = count > best.count || (count === best.count && gapMs < best.gapMs);
    if (isBetter) best = { gapMs, count };
  }
  return best;
}

function usualGapMs(gapsMs: readonly number[]): number | undefined {
  const ascending = gapsMs.toSorted((a, b) => a - b);
  const median = ascending[(ascending.length - 1) >> 1] as number;
  return USUAL_GAPS_MS.find((usual) => Math.abs(median - usual) <= JITTER_SHARE_MAX * usual);
}
