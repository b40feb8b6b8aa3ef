import type { Series } from '../features/series.ts';
import { calendarSeasons } from './calendar.ts';
import type { Prediction } from './model.ts';

/** Longer steps show no short spikes. */
const STEP_SECONDS_MAX = 900;
/** Surroundings: the median of the medians of so long, of so many on each side. */
const BLOCK_SECONDS = 900;
const BLOCKS_ASIDE = 3;
/** An excess is a spike above so many usual ones of its day and this part of the level. */
const USUAL_TIMES = 8;
const LEVEL_SHARE = 0.2;
const WEEK_DAYS = 7;
/** Days that a weekly spike lies back, and a day that must not be known to lack it: heavy tails and
 *  flash crowds fall into a slot of three weeks by chance now and then. */
const WEEKS_BACK = [7, 14, 21];
const WEEK_BEFORE = 28;
/** The fewest spikes that tell, and how many there are to a day without one: to one that is free
 *  each week, and to any other. */
const SEEN_MIN = 3;
const PER_FREE_DAY = 2.5;
const PER_MISS = 5;
/** The least height as a part of the middle one: what differs more is better told by the hour
 *  before. */
const ALIKE = 0.7;
const MEDIAN = 0.5;
/** Values of a day that its usual size is the median of, at most. */
const SIZES_OF_DAY = 300;
const NO_HEIGHTS = new Float64Array();

/** A spike that is expected. */
export interface RecurringSpike {
  /** Steps after the cutoff, from 1 on. */
  readonly step: number;
  /** By how much it rose above its surroundings when it was seen, ascending; three at least. */
  readonly heights: Float64Array;
}

export interface Recurring {
  /** Those that are expected, in the order of time. */
  readonly spikes: readonly RecurringSpike[];
  /** What the last value lies around, and how many steps on each side are surroundings. */
  readonly level: number;
  readonly aside: number;
}

/** Values and what they exceed: value i lies in slot (first + i) mod daySteps of a day. */
interface Excesses {
  readonly first: number;
  readonly daySteps: number;
  /** First day of which every step is there. */
  readonly firstDay: number;
  readonly levels: Float64Array;
  /** Value − level, NaN = missing. */
  readonly heights: Float64Array;
  readonly isSpike: Uint8Array;
}

/**
 * Finds short spikes that come again at the same step of the day or of the week: a backup, a cron
 * job. Means, medians of members and robust regressions all discard what lasts five minutes of a
 * day, and walk-forward errors at some hundred origins hardly ever meet it.
 *
 * A spike is measured from the median of its surroundings of the same day, so a new level takes its
 * spikes along.
 */
export function findRecurring(series: Series, horizonSteps: number): Recurring {
  const { values, stepSeconds, cutoffSeconds } = series;
  const { daySteps } = calendarSeasons(stepSeconds);
  if (daySteps === 0 || stepSeconds > STEP_SECONDS_MAX) return { spikes: [], level: 0, aside: 0 };
  const next = cutoffSeconds / stepSeconds;
  const excesses = excessesOf(values, next - values.length, daySteps, stepSeconds);
  const slots = slotsOf(excesses);
  const { levels } = excesses;
  const today = Math.floor(next / daySteps);
  const spikes: RecurringSpike[] = [];
  for (let step = 1; step <= horizonSteps && slots.size > 0; step++) {
    const slot = (next + step - 1) % daySteps;
    if (!slots.has(slot)) continue;
    const heights = heightsOf(excesses, slot, (next + step - 1 - slot) / daySteps, today);
    if (heights.length > 0) spikes.push({ step, heights });
  }
  const aside = Math.floor(BLOCK_SECONDS / stepSeconds) * BLOCKS_ASIDE;
  return { spikes, level: levels.at(-1) as number, aside };
}

/** The forecast, raised to its surroundings and the spike where it says less than was ever seen;
 *  higher quantiles are nowhere below them, and take that of the heights. */
export function withRecurring(
  { point, standardErrors, calibrated }: Prediction,
  { spikes, level, aside }: Recurring,
): Prediction {
  const isSpike = new Set(spikes.map(({ step }) => step - 1));
  const around = (values: Float64Array, step: number): number => {
    const known = values.map((value, i) => (isSpike.has(i) ? Number.NaN : value));
    const usual = median(known, step - 1 - aside, step + aside);
    return Number.isNaN(usual) ? level : usual;
  };
  const missed = spikes.filter(({ step, heights }) => {
    const height = (point[step - 1] as number) - around(point, step);
    return height < (heights[0] as number);
  });
  const raised = (values: Float64Array, share: number): Float64Array => {
    const sum = values.slice();
    for (const { step, heights } of share > MEDIAN ? spikes : missed) {
      const floor = around(values, step) + between(heights, share * (heights.length + 1) - 1);
      sum[step - 1] = Math.max(sum[step - 1] as number, floor);
    }
    return sum;
  };
  const bands = Object.entries(calibrated?.bands ?? {}).map(
    ([name, values]) => [name, raised(values, Number(name))] as const,
  );
  return {
    point: raised(point, MEDIAN),
    standardErrors,
    ...(calibrated && { calibrated: { ...calibrated, bands: Object.fromEntries(bands) } }),
  };
}

/** The value at a rank among ascending ones, 0 for the first, between two of them where needed. */
function between(sorted: Float64Array, rank: number): number {
  const place = Math.min(Math.max(rank, 0), sorted.length - 1);
  const low = sorted[Math.floor(place)] as number;
  return low + (place % 1) * ((sorted[Math.ceil(place)] as number) - low);
}

/** Median of ascending values, 0 for none. */
function middle(sorted: Float64Array): number {
  return sorted.length === 0 ? 0 : between(sorted, (sorted.length - 1) / 2);
}

const scratch = new Float64Array(BLOCK_SECONDS);

/** Median of the observed ones of every `stride`-th among values[from..to), NaN for none. */
function median(values: Float64Array, from: number, to: number, stride = 1): number {
  let count = 0;
  const end = Math.min(to, values.length);
  for (let i = Math.max(from, 0); i < end; i += stride) {
    const value = values[i] as number;
    if (!Number.isNaN(value)) scratch[count++] = value;
  }
  return count === 0 ? Number.NaN : middle(scratch.subarray(0, count).sort());
}

/** What each value lies around, without what lasts less than half an hour. */
function levelsOf(values: Float64Array, first: number, stepSeconds: number): Float64Array {
  const width = Math.floor(BLOCK_SECONDS / stepSeconds);
  const lead = first % width;
  const medians = new Float64Array(Math.ceil((lead + values.length) / width));
  for (let b = 0; b < medians.length; b++) {
    medians[b] = median(values, b * width - lead, (b + 1) * width - lead);
  }
  const around = medians.map((_, b) => median(medians, b - BLOCKS_ASIDE, b + BLOCKS_ASIDE + 1));
  const levels = new Float64Array(values.length);
  for (let i = 0; i < levels.length; i++) {
    levels[i] = between(around, (lead + i + 0.5) / width - 0.5);
  }
  return levels;
}

function excessesOf(
  values: Float64Array,
  first: number,
  daySteps: number,
  stepSeconds: number,
): Excesses {
  const levels = levelsOf(values, first, stepSeconds);
  const heights = new Float64Array(values.length);
  const sizes = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    heights[i] = (values[i] as number) - (levels[i] as number);
    sizes[i] = Math.abs(heights[i] as number);
  }
  const isSpike = new Uint8Array(values.length);
  const firstDay = Math.ceil(first / daySteps);
  const stride = Math.ceil(daySteps / SIZES_OF_DAY);
  for (let from = firstDay * daySteps - first; from < values.length; from += daySteps) {
    const usual = median(sizes, from, from + daySteps, stride);
    for (let i = from; i < Math.min(from + daySteps, values.length); i++) {
      const least = Math.max(USUAL_TIMES * usual, LEVEL_SHARE * Math.abs(levels[i] as number));
      if ((heights[i] as number) > least) isSpike[i] = 1;
    }
  }
  return { first, daySteps, firstDay, heights, levels, isSpike };
}

/** Slots with as many spikes as tell. */
function slotsOf({ first, daySteps, isSpike }: Excesses): Set<number> {
  const counts = new Uint16Array(daySteps);
  const slots = new Set<number>();
  for (let i = isSpike.indexOf(1); i >= 0; i = isSpike.indexOf(1, i + 1)) {
    const slot = (first + i) % daySteps;
    counts[slot] = (counts[slot] as number) + 1;
    if (counts[slot] === SEEN_MIN) slots.add(slot);
  }
  return slots;
}

/** Heights of the spike of a slot on a day, as the whole days before day `before` tell of it,
 *  ascending; empty where it does not recur. */
function heightsOf(excesses: Excesses, slot: number, day: number, before: number): Float64Array {
  const { first, daySteps, firstDay, heights, isSpike } = excesses;
  // 1 = a spike, 0 = none, NaN = not known.
  const seen = (other: number): number => {
    const i = other * daySteps + slot - first;
    const isKnown = other >= firstDay && other < before && !Number.isNaN(heights[i]);
    return isKnown ? (isSpike[i] as number) : Number.NaN;
  };
  const collect = (days: readonly number[]) =>
    Float64Array.from(days, (other) => heights[other * daySteps + slot - first] as number).sort();
  const weeks = WEEKS_BACK.map((days) => day - days);
  const isWeekly = weeks.every((other) => seen(other) === 1) && seen(day - WEEK_BEFORE) !== 0;
  if (isWeekly) return alike(collect(weeks));
  const spikes: number[] = [];
  let missed = 0;
  let irregular = 0;
  for (let other = before - 1; other >= before - WEEK_DAYS; other--) {
    const here = seen(other);
    if (here === 1) spikes.push(other);
    if (here !== 0) continue;
    missed++;
    if (seen(other - WEEK_DAYS) !== 0) irregular++;
  }
  const isFree = missed > 1 && seen(day - WEEK_DAYS) === 0;
  const isSeldom = spikes.length < Math.max(SEEN_MIN, PER_FREE_DAY * missed, PER_MISS * irregular);
  if (isSeldom || isFree) return NO_HEIGHTS;
  return alike(collect(spikes));
}

/** The heights, none where they differ too much. */
function alike(heights: Float64Array): Float64Array {
  return (heights[0] as number) >= ALIKE * middle(heights) ? heights : NO_HEIGHTS;
}
