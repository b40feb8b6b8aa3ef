import { asFault } from '../errors.ts';
import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { calendarSeasons } from './calendar.ts';
import { findPeriods } from './periods.ts';
import { CALENDAR_SECONDS, type Season } from './seasons.ts';

/** Windows end on multiples of a power of two of steps, about so many to a history. */
const EPOCHS = 64;
/** Means over stretches of steps are searched, about so many: the search of all takes 30 times as
 *  long. */
const BLOCKS = 2048;
/** Robust deviations beyond which a value is cut off; 1.4826 makes the median one a deviation. */
const CUT = 5 * 1.4826;
/** Steps around twice a lag at which the longer one is looked for. */
const REACH = 2;
const DAY_SECONDS = 86_400;
/** A season that differs by this part of itself from one of which it has whole numbers is in it. */
const WITHIN = 0.02;
/** Of a season that stands for the day, and of its likeness to what was found. */
const STAND_IN_STRENGTH = 0.4;
const STAND_IN_LIKENESS = 0.9;
/** Part of what was found that the season is sought within, on both sides. */
const STAND_IN_REACH = 0.03;

/** What was searched for seasons, and found. */
export interface SeasonSearch {
  /** The strongest first, of a window that ends with the last epoch. */
  readonly found: readonly Season[];
  /** Those of them that no season of the calendar holds. */
  readonly odd: readonly Season[];
  /**
   * Seconds of the clock that all of these are by to one of the true. It is not 1 where the history
   * holds no two days and a season of its own stands for the day.
   */
  readonly timeScale: number;
  /** Why nothing was searched; empty when it was. */
  readonly refusal: string;
}

export const NOTHING_FOUND: SeasonSearch = { found: [], odd: [], timeScale: 1, refusal: '' };

/**
 * A search for seasons of any length, made once an epoch: a function of the values of a window that
 * stays the same meanwhile, so every process comes to the same seasons. Runs inside
 * `kernel.exclusive`.
 */
export function seasonSearch(kernel: Kernel): (series: Series) => Promise<SeasonSearch> {
  let known = new Float64Array();
  let knownStepSeconds = 0;
  let result = NOTHING_FOUND;
  return async (series) => {
    const window = windowOf(series);
    const isKnown = knownStepSeconds === series.stepSeconds && isEqual(window, known);
    if (isKnown) return result;
    result = await search(kernel, { ...series, values: window });
    known = window.slice();
    knownStepSeconds = series.stepSeconds;
    return result;
  };
}

/** The same steps by a clock that is so many times as fast. */
export function atTimeScale(series: Series, timeScale: number): Series {
  // Exact: a day is cut into whole seconds a step.
  const stepSeconds = Math.round(series.stepSeconds * timeScale);
  const cutoffSeconds = (series.cutoffSeconds / series.stepSeconds) * stepSeconds;
  return { ...series, stepSeconds, cutoffSeconds };
}

/** As the guest chooses what is learnt from (assembly/select/epoch.ts): it stays for an epoch, also
 *  where a full history loses a step at each tick. */
function windowOf({ values, stepSeconds, cutoffSeconds }: Series): Float64Array {
  const epoch = 2 ** Math.max(0, Math.floor(Math.log2(values.length / EPOCHS)));
  const end = values.length - ((cutoffSeconds / stepSeconds) % epoch);
  const length = Math.floor((values.length - epoch + 1) / epoch) * epoch;
  return values.subarray(Math.max(0, end - length), Math.max(0, end));
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  const bytes = (x: Float64Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return bytes(a).equals(bytes(b));
}

async function search(kernel: Kernel, series: Series): Promise<SeasonSearch> {
  const { values, stepSeconds } = series;
  const blockSteps = blockStepsOf(values.length, stepSeconds);
  const blocks = { ...series, values: blockMeans(values, blockSteps) };
  const blockSeconds = blockSteps * stepSeconds;
  try {
    const rough = await findPeriods(kernel, { ...blocks, stepSeconds: blockSeconds });
    const flat = flattened(values);
    const isCalendar = (seconds: number) => CALENDAR_SECONDS.includes(seconds);
    for (const { seconds } of rough) {
      if (isCalendar(seconds)) removePhases(flat, seconds / stepSeconds);
    }
    const spanSeconds = values.length * stepSeconds;
    const seasons = rough.map(({ seconds, strength }) => {
      if (isCalendar(seconds)) return { seconds, strength };
      const precise = refined(flat, seconds / stepSeconds, blockSteps) * stepSeconds;
      const rival = isHeld(precise, spanSeconds) ? undefined : rivalOf(flat, precise, stepSeconds);
      return { seconds: rival ?? precise, strength };
    });
    const found = seasons
      .filter(({ seconds }, k) => seasons.findIndex((other) => other.seconds === seconds) === k)
      .sort((a, b) => b.strength - a.strength);
    const odd = found.filter(({ seconds }) => !isHeld(seconds, spanSeconds));
    const isOfCalendar = spanSeconds >= 2 * DAY_SECONDS || odd.length < found.length;
    const standInSteps = isOfCalendar ? 0 : standIn(flat, odd[0], stepSeconds);
    if (standInSteps === 0) return { found, odd, timeScale: 1, refusal: '' };
    const timeScale = DAY_SECONDS / standInSteps / stepSeconds;
    return { ...(await search(kernel, atTimeScale(series, timeScale))), timeScale };
  } catch (thrown) {
    const { code, message } = asFault(thrown, 'model');
    if (code !== 'series_too_short') throw thrown;
    return { ...NOTHING_FOUND, refusal: message };
  }
}

/** A divisor of the day where there is one, so that a day stays a whole number of blocks. */
function blockStepsOf(points: number, stepSeconds: number): number {
  const { daySteps } = calendarSeasons(stepSeconds);
  let steps = Math.ceil(points / BLOCKS);
  while (daySteps % steps !== 0 && steps < daySteps) steps++;
  return steps;
}

/** Means of so many values each, the newest whole; NaN where none is observed. */
function blockMeans(values: Float64Array, blockSteps: number): Float64Array {
  const count = Math.floor(values.length / blockSteps);
  const skipped = values.length - count * blockSteps;
  return Float64Array.from({ length: count }, (_, b) => {
    let sum = 0;
    let observed = 0;
    for (let i = skipped + b * blockSteps, end = i + blockSteps; i < end; i++) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      observed++;
    }
    return observed > 0 ? sum / observed : Number.NaN;
  });
}

/** The values less their median, cut where they are far from it, 0 where missing. */
function flattened(values: Float64Array): Float64Array {
  const middle = medianOf(values);
  const bound = CUT * medianOf(values.map((value) => Math.abs(value - middle)));
  const most = bound > 0 ? bound : Number.POSITIVE_INFINITY;
  return values.map((value) => {
    return Number.isNaN(value) ? 0 : Math.min(Math.max(value - middle, -most), most);
  });
}

/** Takes the mean of each phase out: what the calendar holds would draw other periods to it. */
function removePhases(values: Float64Array, period: number): void {
  for (let phase = 0; phase < period; phase++) {
    let sum = 0;
    let count = 0;
    for (let i = phase; i < values.length; i += period, count++) sum += values[i] as number;
    for (let i = phase; i < values.length; i += period) {
      values[i] = (values[i] as number) - sum / count;
    }
  }
}

function medianOf(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[sorted.length >> 1] as number;
}

/** The period to a part of a step: the lag near it at which the values are most alike, then near
 *  multiples of that, until they are half as long as the values. */
function refined(values: Float64Array, period: number, reach: number): number {
  let lag = mostAlike(values, Math.round(period), reach);
  let cycles = 1;
  while (4 * lag <= values.length) {
    lag = mostAlike(values, 2 * lag, Math.min(REACH, lag >> 2));
    cycles *= 2;
  }
  return lag / cycles;
}

function mostAlike(values: Float64Array, lag: number, reach: number): number {
  let best = lag;
  let height = Number.NEGATIVE_INFINITY;
  for (let other = Math.max(2, lag - reach); other <= lag + reach; other++) {
    const likeness = likenessAt(values, other);
    if (likeness <= height) continue;
    best = other;
    height = likeness;
  }
  return best;
}

/** Mean product of values so many steps apart. */
function likenessAt(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < values.length; i++) {
    sum += (values[i] as number) * (values[i - lag] as number);
  }
  return sum / (values.length - lag);
}

/** The season of the calendar, held twice, at which values are as much alike as at this one. */
function rivalOf(values: Float64Array, seconds: number, stepSeconds: number): number | undefined {
  const likeness = likenessAt(values, Math.round(seconds / stepSeconds));
  return CALENDAR_SECONDS.find((season) => {
    const lag = season / stepSeconds;
    if (!Number.isInteger(lag) || lag < 2 || 2 * lag > values.length) return false;
    return likenessAt(values, lag) >= likeness;
  });
}

/**
 * Steps of the season that can stand for the day: a strong one, into which a day can be cut at some
 * whole number of seconds a step. Noise makes the period that was found rough, so one near by will
 * do, if the values are about as much alike at its multiples; 0 = none.
 */
function standIn(values: Float64Array, odd: Season | undefined, stepSeconds: number): number {
  if (!odd || odd.strength < STAND_IN_STRENGTH) return 0;
  const period = odd.seconds / stepSeconds;
  let best = 0;
  let height = STAND_IN_LIKENESS * combOf(values, period);
  const reach = STAND_IN_REACH * period;
  for (let steps = Math.ceil(period - reach); steps <= period + reach; steps++) {
    if (DAY_SECONDS % steps !== 0) continue;
    const likeness = combOf(values, steps);
    if (likeness <= height) continue;
    best = steps;
    height = likeness;
  }
  return best;
}

/** Mean likeness at the multiples of a period that half the values hold. */
function combOf(values: Float64Array, period: number): number {
  let sum = 0;
  let teeth = 0;
  for (; 2 * (teeth + 1) * period <= values.length; teeth++) {
    sum += likenessAt(values, Math.round((teeth + 1) * period));
  }
  return teeth > 0 ? sum / teeth : 0;
}

/** Whether a season of the calendar that the history holds twice holds whole numbers of it. */
function isHeld(seconds: number, spanSeconds: number): boolean {
  return CALENDAR_SECONDS.some((season) => {
    const cycles = Math.max(1, Math.round(season / seconds));
    const apart = Math.abs(cycles * seconds - season);
    return spanSeconds >= 2 * season && apart <= WITHIN * seconds;
  });
}
