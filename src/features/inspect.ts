import type { GridRange, Samples } from '../adapters/adapter.ts';
import { commonStepSeconds } from '../adapters/sample-step.ts';
import { stepIndexOf, stepsIn } from './grid.ts';
import { MAX_MAGNITUDE } from './quality.ts';

export type FindingCode =
  | 'empty'
  | 'coarse'
  | 'gaps'
  | 'duplicate'
  | 'not_finite'
  | 'out_of_range'
  | 'negative'
  | 'constant'
  | 'frozen'
  | 'counter';

/** One thing that looks wrong, in a sentence for people. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
}

/** What an answer of a source looks like, before anything is done to it. */
export interface Inspection {
  readonly points: number;
  /** Epoch seconds of the oldest and the newest sample; null without samples. */
  readonly firstSeconds: number | null;
  readonly lastSeconds: number | null;
  /** Most common gap between samples; null with fewer than two. */
  readonly sampleStepSeconds: number | null;
  /** Grid steps between the oldest and the newest sample that have none, and the longest run. */
  readonly missingSteps: number;
  readonly longestGapSteps: number;
  readonly notFinite: number;
  readonly findings: readonly Finding[];
}

/** Below this many values no statement is made on what kind of metric it is. */
const JUDGED_VALUES_MIN = 20;
/** A gauge seldom rises this often in a row; a counter falls only when its process restarts. */
const COUNTER_FALLS_SHARE_MAX = 0.02;
const COUNTER_RISES_SHARE_MIN = 0.3;
const FROZEN_VALUES_MIN = 15;

/** Looks at what came for `range`; nothing is changed and nothing refused. */
export function inspect(samples: Samples, range: GridRange): Inspection {
  const order = Array.from(samples.timesSeconds.keys()).sort(
    (a, b) => (samples.timesSeconds[a] as number) - (samples.timesSeconds[b] as number),
  );
  const timesSeconds = Float64Array.from(order, (i) => samples.timesSeconds[i] as number);
  const values = Float64Array.from(order, (i) => samples.values[i] as number);
  const observed = values.filter((value) => Number.isFinite(value));
  const notFinite = values.length - observed.length;
  const sampleStepSeconds = commonStepSeconds(timesSeconds);
  const gaps = gapsOf(timesSeconds, values, range.stepSeconds);
  return {
    points: values.length,
    firstSeconds: timesSeconds[0] ?? null,
    lastSeconds: timesSeconds.at(-1) ?? null,
    sampleStepSeconds,
    ...gaps,
    notFinite,
    findings: [
      ...emptiness(values, range),
      ...timing(timesSeconds, sampleStepSeconds, gaps, range.stepSeconds),
      ...valueFaults(observed, notFinite),
      ...kindOf(observed),
    ],
  };
}

interface Gaps {
  readonly missingSteps: number;
  readonly longestGapSteps: number;
}

function gapsOf(timesSeconds: Float64Array, values: Float64Array, stepSeconds: number): Gaps {
  let missingSteps = 0;
  let longestGapSteps = 0;
  let previous: number | null = null;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    const index = stepIndexOf(timesSeconds[i] as number, stepSeconds);
    const gap = previous === null ? 0 : Math.max(0, index - previous - 1);
    missingSteps += gap;
    longestGapSteps = Math.max(longestGapSteps, gap);
    previous = index;
  }
  return { missingSteps, longestGapSteps };
}

function emptiness(values: Float64Array, range: GridRange): Finding[] {
  if (values.length > 0) return [];
  const hours = Math.round((stepsIn(range) * range.stepSeconds) / 360) / 10;
  return [{ code: 'empty', message: `no sample in the last ${hours} h` }];
}

function timing(
  timesSeconds: Float64Array,
  sampleStepSeconds: number | null,
  gaps: Gaps,
  stepSeconds: number,
): Finding[] {
  const findings: Finding[] = [];
  if (sampleStepSeconds !== null && sampleStepSeconds > stepSeconds) {
    const found = `samples come every ${sampleStepSeconds} s`;
    const message = `${found}, step is ${stepSeconds} s: raise step`;
    findings.push({ code: 'coarse', message });
  } else if (gaps.missingSteps > 0) {
    const longest = `the longest run is ${gaps.longestGapSteps}`;
    const message = `steps without a value: ${gaps.missingSteps}; ${longest}`;
    findings.push({ code: 'gaps', message });
  }
  let duplicates = 0;
  for (let i = 1; i < timesSeconds.length; i++) {
    if (timesSeconds[i] === timesSeconds[i - 1]) duplicates++;
  }
  if (duplicates > 0) {
    const message = `samples with the time of another one: ${duplicates}; the largest counts`;
    findings.push({ code: 'duplicate', message });
  }
  return findings;
}

function valueFaults(observed: Float64Array, notFinite: number): Finding[] {
  const findings: Finding[] = [];
  if (notFinite > 0) {
    const message = `values that are NaN or infinite: ${notFinite}; does the query divide by zero?`;
    findings.push({ code: 'not_finite', message });
  }
  const outOfRange = observed.filter((value) => Math.abs(value) > MAX_MAGNITUDE).length;
  if (outOfRange > 0) {
    const message = `values over ${MAX_MAGNITUDE}, taken as missing: ${outOfRange}`;
    findings.push({ code: 'out_of_range', message });
  }
  const negative = observed.filter((value) => value < 0).length;
  if (negative > 0) {
    const message = `negative values: ${negative}; demand has none, so look at the query`;
    findings.push({ code: 'negative', message });
  }
  return findings;
}

/** What kind of metric the values look like: a counter, one that stands still, or neither. */
function kindOf(observed: Float64Array): Finding[] {
  if (observed.length < JUDGED_VALUES_MIN) return [];
  const last = observed.at(-1) as number;
  const lastChange = observed.findLastIndex((value) => value !== last);
  if (lastChange < 0) {
    return [{ code: 'constant', message: `all ${observed.length} values are ${last}` }];
  }
  if (isCounterLike(observed)) {
    const message =
      'the values only rise, but for resets, as a counter does: use rate() or increase()';
    return [{ code: 'counter', message }];
  }
  const equal = observed.length - 1 - lastChange;
  if (equal >= FROZEN_VALUES_MIN && last !== 0) {
    const message = `the newest ${equal} values are all ${last}: does the exporter still measure?`;
    return [{ code: 'frozen', message }];
  }
  return [];
}

/** Rises often, falls almost never, and each fall is a reset: to less than half. */
function isCounterLike(observed: Float64Array): boolean {
  let rises = 0;
  let falls = 0;
  for (let i = 1; i < observed.length; i++) {
    const before = observed[i - 1] as number;
    const value = observed[i] as number;
    if (value > before) rises++;
    if (value >= before) continue;
    if (value < 0 || value > before / 2) return false;
    falls++;
  }
  const changes = observed.length - 1;
  return rises >= COUNTER_RISES_SHARE_MIN * changes && falls <= COUNTER_FALLS_SHARE_MAX * changes;
}
