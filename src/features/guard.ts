import { DOUBTS, type DoubtReason, type Guarded } from './doubt.ts';
import { markFrozen } from './frozen.ts';
import { LEVEL_WINDOW, medianOf, referenceOf } from './reference.ts';
import type { Series } from './series.ts';
import { briefZerosOf } from './zeros.ts';

/** Fewer observed values are too few to judge by, … */
const JUDGED_VALUES_MIN = 5;
/** … and to know how far from the level they usually are. */
const USUAL_VALUES_MIN = 30;
/** A value this many times as far from the level as usual is doubted, … */
const USUAL_FACTOR = 2;
/** … when it is also this share of the level away from it. */
const LEVEL_SHARE = 0.25;
/** So is one that is off by that share of the usual level, and this many times the level or less
 *  than that part of it, … */
const OFF_FACTOR = 4;
/** … when it is this many times as high or low as any of other days at that time. */
const NEW_FACTOR = 2;
/** The value that makes a run of doubted ones this long is a new level, and so are the others. */
const LEVEL_STEPS = 4;
const SECONDS_PER_DAY = 86_400;
/** Times of day this near are the same. */
const SAME_TIME_SECONDS = 1800;
/** What looks like a dead exporter, another unit or a frozen value is a level after about a day:
 *  before its own first steps are what the same time of another day knows. */
const PATIENCE_SECONDS = SECONDS_PER_DAY - 2 * SAME_TIME_SECONDS;
/** A distance of this share on another day makes one known to its time of day. */
const KNOWN_SHARE = 0.5;
/** Above this share of negative values the metric is one that can be negative. */
const SIGNED_SHARE = 0.1;
/** Another unit: a thousandfold within the first factor to begin with, then within the second. */
const UNIT_FACTOR = 1000;
const UNIT_TOLERANCE = 3;
const UNIT_TOLERANCE_LATER = 30;
/** A metric with more zeros than this share of its values may be 0 at any time. */
const ZEROS_SHARE = 0.5;
/** Doubted steps that may yet turn out to be a new level. */
interface Run {
  readonly first: number;
  readonly level: number;
  readonly isUp: boolean;
  isUnit: boolean;
  /** All of them, and those that speak for a new level: neither zero nor of another unit. */
  steps: number;
  levelSteps: number;
}

/**
 * Judges each step by what the kept history knows up to the cutoff, and by nothing else, so that
 * replicas and restarts come to the same verdicts.
 *
 * - negative: of a metric that otherwise is not
 * - spike: far from the level of the steps before, for fewer than four steps: then a new level
 * - zero: gone all at once, or not come back, at a time of day that never was; a level after a day
 * - unit: about a thousand times the level, or a thousandth; a level after a day
 * - frozen: one value far more often than the series ever repeats one; a level after a day
 * - exporter_down: not above the level while the exporter is known to be down
 *
 * @param up one element a step: > 0 the exporter lives, ≤ 0 it does not, NaN unknown
 */
export function guard(series: Series, up: Float64Array | null = null): Guarded {
  return new Judge(series, up).guarded();
}

class Judge {
  readonly #values: Float64Array;
  readonly #marks: Uint8Array;
  readonly #levels: Float64Array;
  readonly #usualRise: number;
  readonly #usualFall: number;
  readonly #usualLevel: number;
  /** Steps in which a level's values usually lie. */
  readonly #usualSpan: number;
  /** The last accepted steps, one place for each value of a level. */
  readonly #kept = new Int32Array(LEVEL_WINDOW);
  #keptCount = 0;
  readonly #daySteps: number;
  readonly #sameTimeSteps: number;
  readonly #patienceSteps: number;
  /** Zeros that are no evidence: 1 each. */
  readonly #briefZeros: Uint8Array;
  readonly #knowsUsual: boolean;
  #run: Run | null = null;
  /** A level is of steps since the last new one. */
  #since = 0;
  #lastMarked = Number.NEGATIVE_INFINITY;
  #accepted = 0;
  #acceptedZeros = 0;

  constructor(
    { values, stepSeconds }: Series,
    private readonly up: Float64Array | null,
  ) {
    this.#values = values;
    this.#marks = new Uint8Array(values.length);
    this.#daySteps = Math.round(SECONDS_PER_DAY / stepSeconds);
    this.#sameTimeSteps = Math.max(1, Math.round(SAME_TIME_SECONDS / stepSeconds));
    this.#patienceSteps = Math.max(LEVEL_STEPS, Math.round(PATIENCE_SECONDS / stepSeconds));
    const { levels, usualLevel, usualRise, usualFall, observedSteps } = referenceOf(values);
    this.#levels = levels;
    this.#usualRise = usualRise;
    this.#usualFall = usualFall;
    this.#usualLevel = usualLevel;
    this.#usualSpan = (LEVEL_WINDOW * values.length) / observedSteps;
    this.#knowsUsual = observedSteps >= USUAL_VALUES_MIN;
    this.#briefZeros = briefZerosOf(values, stepSeconds, observedSteps);
    if (observedSteps < JUDGED_VALUES_MIN) return;
    markFrozen(values, this.#patienceSteps, (k) => this.#mark(k, 'frozen'));
    this.#markNegative(observedSteps);
    this.#lastMarked = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < values.length; k++) {
      if (Number.isNaN(values[k])) continue;
      if (this.#marks[k]) this.#lastMarked = k;
      else this.#judge(k);
      if (!this.#marks[k]) this.#kept[this.#keptCount++ % LEVEL_WINDOW] = k;
    }
  }

  guarded(): Guarded {
    const memory = this.#values.slice();
    for (let k = 0; k < memory.length; k++) if (this.#marks[k]) memory[k] = Number.NaN;
    const observed = memory.slice();
    const reason = DOUBTS[(this.#marks.at(-1) ?? 0) - 1];
    const isHigh = this.#isHigh(reason);
    if (isHigh) observed[observed.length - 1] = this.#values.at(-1) as number;
    const doubt = reason ? { reason, isLow: !isHigh } : null;
    return { memory, observed, marks: this.#marks, doubt };
  }

  /** One that is frozen is high when it is above the level that was, and above the usual one. */
  #isHigh(reason: DoubtReason | undefined): boolean {
    if (reason === 'spike' || reason === 'unit') return this.#run?.isUp === true;
    const last = this.#values.length - 1;
    const value = this.#values[last] as number;
    return reason === 'frozen' && value > this.#usualLevel && value >= this.#levelAt(last);
  }

  #markNegative(observedSteps: number): void {
    const values = this.#values;
    let negative = 0;
    for (let k = 0; k < values.length; k++) if ((values[k] as number) < 0) negative++;
    if (negative === 0 || negative > SIGNED_SHARE * observedSteps) return;
    for (let k = 0; k < values.length; k++) {
      if ((values[k] as number) < 0) this.#mark(k, 'negative');
    }
  }

  #judge(k: number): void {
    if (this.#run && this.#goesOn(this.#run, k)) return;
    this.#run = null;
    const level = this.#levelAt(k);
    const value = this.#values[k] as number;
    if (!(value > level) && (this.up?.[k] as number) <= 0) {
      this.#mark(k, 'exporter_down');
    } else if (this.#isOdd(k, level)) {
      this.#run = { first: k, level, isUp: value > level, isUnit: false, steps: 0, levelSteps: 0 };
      this.#take(this.#run, k);
    } else {
      this.#accepted++;
      if (value === 0) this.#acceptedZeros++;
    }
  }

  /** Whether step k belongs to the run; when the run has become a level its steps are accepted. */
  #goesOn(run: Run, k: number): boolean {
    const value = this.#values[k] as number;
    const { level, isUp } = run;
    if (isUp !== value > level) return false;
    const isStillGone = level === 0 && value === 0;
    if (!isStillGone && !this.#isFar(k, level) && !isOff(value, level, OFF_FACTOR)) return false;
    this.#take(run, k);
    if (run.levelSteps >= LEVEL_STEPS || run.steps >= this.#patienceSteps) {
      this.#marks.fill(0, run.first, k + 1);
      this.#since = run.first;
      this.#run = null;
    }
    return true;
  }

  #take(run: Run, k: number): void {
    const kind = this.#kindOf(run, k);
    run.isUnit ||= kind === 'unit';
    run.steps++;
    if (kind === 'spike') run.levelSteps++;
    this.#mark(k, kind);
  }

  #kindOf(run: Run, k: number): DoubtReason {
    const value = this.#values[k] as number;
    if (value === 0) {
      const isOften = run.level > 0 && this.#acceptedZeros > ZEROS_SHARE * this.#accepted;
      return this.#isAlive(k) || isOften ? 'spike' : 'zero';
    }
    const tolerance = run.isUnit ? UNIT_TOLERANCE_LATER : UNIT_TOLERANCE;
    const isThousandfold =
      isOff(value, run.level, UNIT_FACTOR / tolerance) &&
      !isOff(value, run.level, UNIT_FACTOR * tolerance);
    if (!isThousandfold) return 'spike';
    return run.isUnit || !this.#has(0, run.first - 1, k, run.level) ? 'unit' : 'spike';
  }

  /**
   * Whether a value is farther from the level than moves of this series usually go, and than they
   * went on other days at this time; or a value such as no other day had at this time; or still
   * zero, when every other day was back by then.
   */
  #isOdd(k: number, level: number): boolean {
    const value = this.#values[k] as number;
    if (value === 0 && level === 0) {
      return !this.#isAlive(k) && !this.#hasAtSameTime(k, level, null);
    }
    if (this.#isFar(k, level) && !this.#hasAtSameTime(k, level, this.#levels)) return true;
    const isLarge = Math.abs(value - level) > LEVEL_SHARE * this.#usualLevel;
    return isLarge && isOff(value, level, OFF_FACTOR) && !this.#hasAtSameTime(k, level, null);
  }

  #isAlive(k: number): boolean {
    return (this.up?.[k] as number) > 0;
  }

  /** After a gap the level is of long ago, and a value may have gone on for as much longer. */
  #isFar(k: number, level: number): boolean {
    const value = this.#values[k] as number;
    const usual = value > level ? this.#usualRise : this.#usualFall;
    const distance = Math.abs(value - level);
    if (!this.#knowsUsual || distance <= LEVEL_SHARE * Math.abs(level)) return false;
    const longer = Math.max(1, this.#spanAt(k) / this.#usualSpan);
    return distance > USUAL_FACTOR * longer * usual;
  }

  /** Steps since the oldest value of the level. */
  #spanAt(k: number): number {
    if (this.#keptCount < LEVEL_WINDOW) return this.#usualSpan;
    return k - (this.#kept[this.#keptCount % LEVEL_WINDOW] as number);
  }

  /** Median of the accepted steps before k; NaN, which nothing is far from, when there is none. */
  #levelAt(k: number): number {
    if (k - LEVEL_WINDOW > Math.max(this.#lastMarked, this.#since)) {
      return this.#levels[k] as number;
    }
    const accepted: number[] = [];
    for (let i = k - 1; i >= this.#since && accepted.length < LEVEL_WINDOW; i--) {
      const value = this.#values[i] as number;
      if (this.#marks[i] === 0 && !Number.isNaN(value)) accepted.push(value);
    }
    return medianOf(Float64Array.from(accepted));
  }

  /**
   * Whether other days, at about the time of step k, had what it has; while no other day was
   * observed, whether any earlier step had.
   *
   * @param levels to compare moves from the level; null to compare values
   */
  #hasAtSameTime(k: number, level: number, levels: Float64Array | null): boolean {
    const day = this.#daySteps;
    const near = this.#sameTimeSteps;
    let hasOtherDay = false;
    for (let at = k % day; at < this.#values.length + near; at += day) {
      if (at === k) continue;
      const found = this.#has(at - near, at + near, k, level, levels);
      if (found) return true;
      hasOtherDay ||= found === false;
    }
    return !hasOtherDay && this.#has(0, k - 1, k, level, levels) === true;
  }

  /** Whether an accepted step of from..to is like step k; null when none was observed there. */
  #has(
    from: number,
    to: number,
    k: number,
    level: number,
    levels: Float64Array | null = null,
  ): boolean | null {
    const values = this.#values;
    const value = values[k] as number;
    const isUp = value > level;
    const moved = KNOWN_SHARE * (value - level);
    const low = value === 0 ? level / OFF_FACTOR : value * NEW_FACTOR;
    const bound = isUp ? value / NEW_FACTOR : low;
    const end = Math.min(to, values.length - 1);
    let found: boolean | null = null;
    for (let i = Math.max(0, from); i <= end; i++) {
      const other = values[i] as number;
      if (this.#marks[i] !== 0 || Number.isNaN(other)) continue;
      found = false;
      if (this.#briefZeros[i]) continue;
      const there = levels === null ? other : other - (levels[i] as number);
      const least = levels === null ? bound : moved;
      if (isUp ? there >= least : there <= least) return true;
      if (value === 0 && other === 0) return true;
    }
    return found;
  }

  #mark(k: number, reason: DoubtReason): void {
    this.#marks[k] = 1 + DOUBTS.indexOf(reason);
    this.#lastMarked = k;
  }
}

/** Whether a value is so many times the level, or less than that part of it. */
function isOff(value: number, level: number, factor: number): boolean {
  return level > 0 && (value >= level * factor || value <= level / factor);
}
