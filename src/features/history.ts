import type { GridRange, Samples } from '../adapters/adapter.ts';
import { stepIndexOf, TIME_FUZZ_SECONDS } from './grid.ts';
import { MAX_MAGNITUDE, noReasons, type ReasonCounts, STEP_FLAGS } from './quality.ts';
import type { Series } from './series.ts';

export interface HistoryOptions {
  /** Whole seconds ≥ 1. */
  readonly stepSeconds: number;
  /** How much is kept, a multiple of `stepSeconds`. */
  readonly historySeconds: number;
  /** How much every tick asks for anew, to catch samples that came late. */
  readonly windowSeconds: number;
}

/** What one answer of the source did to the history. */
export interface AddReport {
  /** Steps of the range that the answer gave a value. */
  readonly acceptedSteps: number;
  /** Each sample and step is counted once: when its step is asked for the first time. */
  readonly counts: ReasonCounts;
}

/** The kept history at one cutoff, counted from what is kept alone. */
export interface HistoryQuality {
  /** Grid steps from the oldest observed one to the cutoff. */
  readonly points: number;
  readonly missing: number;
  /** Steps in which a sample was refused, by reason. */
  readonly rejected: { duplicate: number; not_finite: number; out_of_range: number };
}

/**
 * One metric's kept history on the grid: a ring of steps, NaN = missing.
 *
 * A pure function of the samples: one warm start and any number of overlapping answers of the same
 * source leave the same bytes. Within a step, samples of different times are averaged in the order
 * of their times, of those with one time the largest counts. What a later answer says of a step
 * replaces what an earlier one said, but a step on which it is silent, or not finite, keeps its
 * value: doubt takes nothing away.
 */
export class History {
  readonly #stepSeconds: number;
  readonly #windowSeconds: number;
  readonly #capacity: number;
  /** Slot of step k: k mod capacity. */
  readonly #values: Float64Array;
  readonly #flags: Uint8Array;
  /** First and last step that was asked for without a hole; the ring ends at the last one. */
  #firstIndex = 0;
  #lastIndex = Number.NEGATIVE_INFINITY;

  constructor(options: HistoryOptions) {
    this.#stepSeconds = options.stepSeconds;
    this.#windowSeconds = options.windowSeconds;
    this.#capacity = Math.max(1, Math.round(options.historySeconds / options.stepSeconds));
    this.#values = new Float64Array(this.#capacity).fill(Number.NaN);
    this.#flags = new Uint8Array(this.#capacity);
  }

  /** End of the newest observed step in epoch seconds, or null when nothing was observed. */
  get newestSeconds(): number | null {
    const index = this.#newestIndex();
    return index === null ? null : index * this.#stepSeconds;
  }

  /**
   * What to ask the source for at this cutoff: the whole history while a part of it was never
   * asked for or nothing was observed, else the window, and all since the newest observed step, so
   * that the hole of an outage closes when the source has it filled. After ticks that asked nothing
   * the window begins before them, as it would have for a process that missed none.
   */
  rangeFor(cutoffSeconds: number): GridRange {
    const step = this.#stepSeconds;
    const endIndex = Math.round(cutoffSeconds / step);
    const oldestIndex = endIndex - this.#capacity + 1;
    const newestIndex = this.#newestIndex();
    let startIndex = oldestIndex;
    if (newestIndex !== null && this.#firstIndex <= oldestIndex) {
      const windowSteps = Math.max(1, Math.ceil(this.#windowSeconds / step));
      const settledIndex = Math.min(endIndex, this.#lastIndex + 1) - windowSteps;
      const recentIndex = Math.min(settledIndex, newestIndex) + 1;
      startIndex = Math.max(oldestIndex, recentIndex);
    }
    return { startSeconds: startIndex * step, endSeconds: endIndex * step, stepSeconds: step };
  }

  /** All that is kept at this cutoff. */
  wholeRange(cutoffSeconds: number): GridRange {
    const stepSeconds = this.#stepSeconds;
    const startSeconds = cutoffSeconds - (this.#capacity - 1) * stepSeconds;
    return { startSeconds, endSeconds: cutoffSeconds, stepSeconds };
  }

  /**
   * Lets go of what lies before `timeSeconds`, the oldest that the source still has, so that a
   * process that starts now knows the same. A source that has lost over half is not believed.
   *
   * @returns how many observed steps were let go
   */
  forgetBefore(timeSeconds: number): number {
    const firstIndex = this.#firstObserved(this.#lastIndex);
    const endIndex = stepIndexOf(timeSeconds, this.#stepSeconds) - 1;
    if (2 * (endIndex - firstIndex + 1) > this.#lastIndex - firstIndex + 1) return 0;
    let forgotten = 0;
    for (let k = firstIndex; k <= endIndex; k++) {
      if (!Number.isNaN(this.#values[this.#slot(k)])) forgotten++;
      this.#values[this.#slot(k)] = Number.NaN;
      this.#flags[this.#slot(k)] = 0;
    }
    return forgotten;
  }

  /** Puts the source's answer to `range` onto the grid. */
  add(samples: Samples, range: GridRange): AddReport {
    const firstAskedIndex = Math.round(range.startSeconds / this.#stepSeconds);
    const endIndex = Math.round(range.endSeconds / this.#stepSeconds);
    const closedIndex = this.#lastIndex;
    this.#cover(firstAskedIndex, endIndex);
    const startIndex = Math.max(firstAskedIndex, endIndex - this.#capacity + 1);

    const counts = noReasons();
    const { timesSeconds, values } = inOrderOfTime(samples);
    const step = this.#stepSeconds;
    let acceptedSteps = 0;
    let to = 0;
    let previous = Number.NaN;
    let slot = 0;
    while (to < timesSeconds.length) {
      const from = to++;
      const k = stepIndexOf(timesSeconds[from] as number, step);
      const endSeconds = k * step + TIME_FUZZ_SECONDS;
      while (to < timesSeconds.length && (timesSeconds[to] as number) <= endSeconds) to++;
      if (!(k >= startIndex && k <= endIndex)) {
        counts.outside += to - from;
        continue;
      }
      slot = k === previous + 1 ? this.#after(slot) : this.#slot(k);
      previous = k;
      const counted = k > closedIndex ? counts : undefined;
      const value = this.#reduce(slot, timesSeconds, values, from, to, counted);
      if (Number.isNaN(value)) continue;
      acceptedSteps++;
      if (k <= closedIndex && Number.isNaN(this.#values[slot])) counts.late++;
      this.#values[slot] = value;
    }
    counts.missing = this.#missingAfter(closedIndex, endIndex);
    return { acceptedSteps, counts };
  }

  /**
   * The series at `cutoffSeconds`: exactly the steps of (cutoff − history, cutoff], without the
   * missing ones before the first observed; empty when nothing was observed.
   */
  series(cutoffSeconds: number): Series {
    const endIndex = Math.round(cutoffSeconds / this.#stepSeconds);
    const firstIndex = this.#firstObserved(endIndex);
    const values = new Float64Array(endIndex - firstIndex + 1);
    let kept = 0;
    for (const [from, to] of this.#slots(firstIndex, endIndex)) {
      values.set(this.#values.subarray(from, to), kept);
      kept += to - from;
    }
    values.fill(Number.NaN, kept);
    return { values, stepSeconds: this.#stepSeconds, cutoffSeconds: endIndex * this.#stepSeconds };
  }

  /** Counts over `series(cutoffSeconds)`. */
  quality(cutoffSeconds: number): HistoryQuality {
    const endIndex = Math.round(cutoffSeconds / this.#stepSeconds);
    const firstIndex = this.#firstObserved(endIndex);
    const rejected = { duplicate: 0, not_finite: 0, out_of_range: 0 };
    const points = endIndex - firstIndex + 1;
    let observed = 0;
    for (const [from, to] of this.#slots(firstIndex, endIndex)) {
      for (let slot = from; slot < to; slot++) {
        if (!Number.isNaN(this.#values[slot])) observed++;
        const flags = this.#flags[slot] as number;
        if (flags === 0) continue;
        if (flags & STEP_FLAGS.duplicate) rejected.duplicate++;
        if (flags & STEP_FLAGS.not_finite) rejected.not_finite++;
        if (flags & STEP_FLAGS.out_of_range) rejected.out_of_range++;
      }
    }
    return { points, missing: points - observed, rejected };
  }

  #newestIndex(): number | null {
    for (let k = this.#lastIndex; k > this.#lastIndex - this.#capacity; k--) {
      if (!Number.isNaN(this.#values[this.#slot(k)])) return k;
    }
    return null;
  }

  #slot(index: number): number {
    const remainder = index % this.#capacity;
    return remainder < 0 ? remainder + this.#capacity : remainder;
  }

  /** The kept steps firstIndex..endIndex as the two runs of slots they lie in: [from, to). */
  #slots(firstIndex: number, endIndex: number): readonly (readonly [number, number])[] {
    const kept = Math.max(0, Math.min(endIndex, this.#lastIndex) - firstIndex + 1);
    const slot = this.#slot(firstIndex);
    const untilWrap = Math.min(kept, this.#capacity - slot);
    return [
      [slot, slot + untilWrap],
      [0, kept - untilWrap],
    ];
  }

  #after(slot: number): number {
    return slot + 1 === this.#capacity ? 0 : slot + 1;
  }

  /** First observed step of the window that ends at `endIndex`; endIndex + 1 when there is none. */
  #firstObserved(endIndex: number): number {
    const oldestKept = Math.max(endIndex, this.#lastIndex) - this.#capacity + 1;
    let index = oldestKept;
    for (const [from, to] of this.#slots(oldestKept, endIndex)) {
      for (let slot = from; slot < to; slot++, index++) {
        if (!Number.isNaN(this.#values[slot])) return index;
      }
    }
    return endIndex + 1;
  }

  /**
   * Moves the ring's end to `endIndex`: forward it drops what is older than the history, backward
   * (the clock was set back) what is now in the future.
   */
  #cover(startIndex: number, endIndex: number): void {
    const moved = Math.abs(endIndex - this.#lastIndex);
    const isEmpty = this.#lastIndex === Number.NEGATIVE_INFINITY;
    if (isEmpty || moved >= this.#capacity) {
      this.#values.fill(Number.NaN);
      this.#flags.fill(0);
    } else {
      const from = Math.min(this.#lastIndex, endIndex) + 1;
      for (let k = from; k < from + moved; k++) {
        this.#values[this.#slot(k)] = Number.NaN;
        this.#flags[this.#slot(k)] = 0;
      }
    }
    const isApart = isEmpty || startIndex > this.#lastIndex + 1 || endIndex < this.#firstIndex;
    const firstIndex = isApart ? startIndex : Math.min(this.#firstIndex, startIndex);
    this.#firstIndex = Math.max(firstIndex, endIndex - this.#capacity + 1);
    this.#lastIndex = endIndex;
  }

  /** The value of samples from..to − 1, all of one step; NaN when none of them can be taken. */
  #reduce(
    slot: number,
    timesSeconds: Float64Array,
    values: Float64Array,
    from: number,
    to: number,
    counts: ReasonCounts | undefined,
  ): number {
    let flags = 0;
    let sum = 0;
    let taken = 0;
    let lastTime = Number.NaN;
    let lastValue = 0;
    for (let i = from; i < to; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) {
        flags |= STEP_FLAGS.not_finite;
        if (counts) counts.not_finite++;
      } else if (Math.abs(value) > MAX_MAGNITUDE) {
        flags |= STEP_FLAGS.out_of_range;
        if (counts) counts.out_of_range++;
      } else if (timesSeconds[i] === lastTime) {
        flags |= STEP_FLAGS.duplicate;
        if (counts) counts.duplicate++;
        lastValue = Math.max(lastValue, value);
      } else {
        sum += lastValue;
        taken++;
        lastTime = timesSeconds[i] as number;
        lastValue = value;
      }
    }
    this.#flags[slot] = flags;
    return taken === 0 ? Number.NaN : (sum + lastValue) / taken;
  }

  /** Missing steps among those closed since `closedIndex`, from the first observed one on. */
  #missingAfter(closedIndex: number, endIndex: number): number {
    const firstIndex = this.#firstObserved(endIndex);
    const fromIndex = Math.max(firstIndex, closedIndex + 1);
    let missing = 0;
    let slot = this.#slot(fromIndex);
    for (let k = fromIndex; k <= endIndex; k++, slot = this.#after(slot)) {
      if (Number.isNaN(this.#values[slot])) missing++;
    }
    return missing;
  }
}

/** The samples by ascending time; equal times stay in the order in which they came. */
function inOrderOfTime(samples: Samples): Pick<Samples, 'timesSeconds' | 'values'> {
  const { timesSeconds, values } = samples;
  let isSorted = true;
  for (let i = 1; i < timesSeconds.length && isSorted; i++) {
    isSorted = (timesSeconds[i] as number) >= (timesSeconds[i - 1] as number);
  }
  if (isSorted) return samples;
  const order = Array.from(timesSeconds.keys()).sort(
    (a, b) => (timesSeconds[a] as number) - (timesSeconds[b] as number),
  );
  return {
    timesSeconds: Float64Array.from(order, (i) => timesSeconds[i] as number),
    values: Float64Array.from(order, (i) => values[i] as number),
  };
}
