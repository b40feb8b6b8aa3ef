import { formatDuration } from '../config/duration.ts';
import type { Series } from '../features/series.ts';
import type { Snapshot } from './snapshot.ts';

const HOUR_SECONDS = 3_600;
/** What is remembered: the last 24 whole hours and the one that is not over. */
const HOURS = 24;
/** Horizons that are watched beside the first step, the lead time and the last step. */
const USUAL_HORIZONS_SECONDS = [HOUR_SECONDS, 6 * HOUR_SECONDS, 24 * HOUR_SECONDS];

export interface AccuracyOptions {
  readonly stepSeconds: number;
  readonly horizonSteps: number;
  readonly leadTimeSeconds: number;
}

/** How forecasts of one horizon did that this process made, over the last 24 hours. */
export interface HorizonAccuracy {
  /** Such as `5m`. */
  readonly horizon: string;
  readonly horizonSeconds: number;
  /** Forecasts whose time has come and was observed. */
  readonly forecasts: number;
  /** Σ |actual − median| / Σ |actual|; null without forecasts, or when all was 0. */
  readonly wape: number | null;
  /** Share of actuals at or below each quantile, by level; empty without forecasts. */
  readonly coverage: Readonly<Record<string, number>>;
}

/** One forecast of a step that has not been observed yet. */
interface Pending {
  readonly median: number;
  readonly quantiles: Readonly<Record<string, number>>;
}

/** Sums over the forecasts whose step lies in one hour. */
interface Hour {
  readonly hour: number;
  forecasts: number;
  errors: number;
  actuals: number;
  readonly covered: Record<string, number>;
}

/**
 * Measures the forecasts that were served against what came, at a few horizons.
 *
 * Memory is bounded: a forecast of each watched horizon for each step not yet observed, and one set
 * of sums an hour for 25 hours. It is of this process alone and starts empty: what a snapshot says
 * of its own errors (`risk`) derives from the history instead.
 */
export class Accuracy {
  readonly #stepSeconds: number;
  readonly #horizons: readonly number[];
  /** By horizon, then by the index of the step that was forecast. */
  readonly #pending: readonly Map<number, Pending>[];
  readonly #hours: Hour[][];
  #newestIndex = Number.NEGATIVE_INFINITY;

  constructor({ stepSeconds, horizonSteps, leadTimeSeconds }: AccuracyOptions) {
    this.#stepSeconds = stepSeconds;
    const wanted = [stepSeconds, leadTimeSeconds, ...USUAL_HORIZONS_SECONDS];
    const steps = wanted.map((seconds) => Math.max(1, Math.ceil(seconds / stepSeconds)));
    const known = [...steps, horizonSteps].filter((count) => count <= horizonSteps);
    this.#horizons = [...new Set(known)].sort((a, b) => a - b);
    this.#pending = this.#horizons.map(() => new Map());
    this.#hours = this.#horizons.map(() => []);
  }

  /** Takes in the forecast of a cutoff; a later one of the same cutoff says nothing new. */
  note({ cutoff, values, quantiles }: Snapshot): void {
    const index = Math.round(Date.parse(cutoff) / 1000 / this.#stepSeconds);
    this.#horizons.forEach((steps, k) => {
      const median = values[steps - 1];
      const pending = this.#pending[k];
      if (median === undefined || pending?.has(index + steps)) return;
      const at = Object.entries(quantiles).map(([level, row]) => [level, row[steps - 1] ?? median]);
      pending?.set(index + steps, { median, quantiles: Object.fromEntries(at) });
    });
  }

  /** Compares with what was observed; a step that is missing in the series is left out. */
  observe({ values, cutoffSeconds }: Series): void {
    const newest = Math.round(cutoffSeconds / this.#stepSeconds);
    this.#newestIndex = newest;
    this.#pending.forEach((pending, k) => {
      for (const [index, forecast] of pending) {
        if (index > newest) continue;
        pending.delete(index);
        const actual = values[values.length - 1 - (newest - index)] ?? Number.NaN;
        if (!Number.isNaN(actual)) score(this.#hourOf(k, index), actual, forecast);
      }
    });
  }

  /** The last 24 hours up to the newest observed step. */
  report(): readonly HorizonAccuracy[] {
    const oldest = Math.floor((this.#newestIndex * this.#stepSeconds) / HOUR_SECONDS) - HOURS;
    return this.#horizons.map((steps, k) => {
      const horizonSeconds = steps * this.#stepSeconds;
      const hours = (this.#hours[k] ?? []).filter(({ hour }) => hour >= oldest);
      const sum = (of: (hour: Hour) => number) => hours.reduce((all, hour) => all + of(hour), 0);
      const forecasts = sum((hour) => hour.forecasts);
      const actuals = sum((hour) => hour.actuals);
      const levels = Object.keys(hours.at(-1)?.covered ?? {});
      const coverage = levels.map((level) => {
        return [level, sum(({ covered }) => covered[level] ?? 0) / forecasts] as const;
      });
      return {
        horizon: formatDuration(horizonSeconds),
        horizonSeconds,
        forecasts,
        wape: actuals > 0 ? sum((hour) => hour.errors) / actuals : null,
        coverage: Object.fromEntries(coverage),
      };
    });
  }

  #hourOf(k: number, index: number): Hour {
    const hours = this.#hours[k] ?? [];
    const hour = Math.floor((index * this.#stepSeconds) / HOUR_SECONDS);
    let found = hours.find((each) => each.hour === hour);
    if (!found) {
      found = { hour, forecasts: 0, errors: 0, actuals: 0, covered: {} };
      hours.push(found);
      if (hours.length > HOURS + 1) hours.shift();
    }
    return found;
  }
}

function score(hour: Hour, actual: number, { median, quantiles }: Pending): void {
  hour.forecasts++;
  hour.errors += Math.abs(actual - median);
  hour.actuals += Math.abs(actual);
  for (const [level, value] of Object.entries(quantiles)) {
    hour.covered[level] = (hour.covered[level] ?? 0) + (actual <= value ? 1 : 0);
  }
}
