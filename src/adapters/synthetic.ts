import type { Clock } from '../clock.ts';
import type { DataAdapter, GridRange, Samples } from './adapter.ts';
import { hashText, noiseAt, smoothNoiseAt } from './integer-noise.ts';

export interface SyntheticOptions {
  /** Different workloads have different noise and a different size. */
  readonly workload: { readonly namespace?: string | null | undefined; readonly name: string };
  /** Any integer; the same seed and workload give the same values everywhere. */
  readonly seed?: number | undefined;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const KNOT_SECONDS = 300;
/** 1970-01-01 was a Thursday: the epoch's day 0 is day 3 of a week that starts on Monday. */
const EPOCH_WEEKDAY = 3;

/** Requests per second at the start of each hour (UTC), of a shop that works by day. */
const WEEKDAY_RPS: readonly number[] = [
  620, 470, 390, 350, 345, 400, 620, 1080, 1720, 2290, 2620, 2710, 2560, 2480, 2570, 2600, 2490,
  2340, 2310, 2450, 2380, 1960, 1390, 930,
];
const WEEKEND_RPS: readonly number[] = [
  760, 600, 490, 420, 385, 380, 430, 560, 790, 1090, 1370, 1560, 1640, 1610, 1560, 1530, 1550, 1640,
  1790, 1930, 1870, 1580, 1210, 930,
];
/** Monday to Sunday. */
const WEEKDAY_FACTOR: readonly number[] = [1.04, 1, 0.99, 1.01, 0.95, 0.97, 1.03];

/**
 * The embedded source, so that everything runs without a metrics server: `http_rps` with the shape
 * of a day and a week, slow drift and noise, a few hundred by night and some thousands by day.
 *
 * A pure function of (time, seed, workload): any range can be asked for at any time, and replicas
 * agree. Nothing is given that lies after the clock's now.
 */
export function syntheticAdapter(options: SyntheticOptions, clock: Clock): DataAdapter {
  const { namespace, name } = options.workload;
  const demand = new SyntheticDemand(hashText(`${options.seed ?? 1}/${namespace ?? ''}/${name}`));
  return {
    name: 'synthetic',
    collect: async (range, signal) => {
      signal.throwIfAborted();
      return sampled(range, clock.nowMs() / 1000, demand);
    },
  };
}

function sampled(range: GridRange, nowSeconds: number, demand: SyntheticDemand): Samples {
  const { startSeconds, stepSeconds } = range;
  const endSeconds = Math.min(range.endSeconds, nowSeconds);
  const count = Math.max(0, Math.floor((endSeconds - startSeconds) / stepSeconds) + 1);
  const timesSeconds = new Float64Array(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const time = startSeconds + i * stepSeconds;
    timesSeconds[i] = time;
    values[i] = demand.at(time);
  }
  return { timesSeconds, values, warnings: [] };
}

/**
 * Demand of one workload: all that is smooth at knots of five minutes, joined by straight lines,
 * and jitter on top. The two knots last used are remembered, for times are mostly asked for in
 * order; the values do not depend on that.
 */
class SyntheticDemand {
  readonly #seed: number;
  #knot = Number.NaN;
  #left = 0;
  #right = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Requests per second at `timeSeconds`, > 0, to 3 decimals. */
  at(timeSeconds: number): number {
    const knot = Math.floor(timeSeconds / KNOT_SECONDS);
    if (knot !== this.#knot) {
      this.#left = knot === this.#knot + 1 ? this.#right : this.#smoothAt(knot);
      this.#right = this.#smoothAt(knot + 1);
      this.#knot = knot;
    }
    const smooth = this.#left + (this.#right - this.#left) * (timeSeconds / KNOT_SECONDS - knot);
    const jitter = 0.012 * noiseAt(this.#seed, Math.floor(timeSeconds));
    return Math.round(smooth * (1 + jitter) * 1000) / 1000;
  }

  #smoothAt(knot: number): number {
    const seed = this.#seed;
    const timeSeconds = knot * KNOT_SECONDS;
    const size = 1 + 0.08 * noiseAt(seed ^ 1, 0);
    const drift = 1 + 0.05 * smoothNoiseAt(seed ^ 2, timeSeconds, 3 * DAY_SECONDS);
    const swell = 1 + 0.04 * smoothNoiseAt(seed ^ 3, timeSeconds, 2 * HOUR_SECONDS);
    const ripple = 1 + 0.02 * noiseAt(seed ^ 4, knot);
    return shapeAt(timeSeconds) * size * drift * swell * ripple;
  }
}

/** The hourly tables joined by Catmull–Rom splines, across midnight and across the weekend too. */
function shapeAt(timeSeconds: number): number {
  const hour = Math.floor(timeSeconds / HOUR_SECONDS);
  const u = timeSeconds / HOUR_SECONDS - hour;
  const before = rpsAtHour(hour - 1);
  const left = rpsAtHour(hour);
  const right = rpsAtHour(hour + 1);
  const after = rpsAtHour(hour + 2);
  const slope = right - before;
  const bend = 2 * before - 5 * left + 4 * right - after;
  const cubic = 3 * left - before - 3 * right + after;
  return left + 0.5 * u * (slope + u * (bend + u * cubic));
}

function rpsAtHour(hour: number): number {
  const day = Math.floor(hour / 24);
  const weekday = (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
  const table = weekday >= 5 ? WEEKEND_RPS : WEEKDAY_RPS;
  return (table[hour - day * 24] as number) * (WEEKDAY_FACTOR[weekday] as number);
}
