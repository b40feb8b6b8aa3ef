import type { DataAdapter } from '../adapters/adapter.ts';
import { asFault, KedastralError } from '../errors.ts';
import { MAX_MAGNITUDE } from '../features/quality.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';

/** What a query beside the forecast's said, and the time that it said it of. */
export interface Reading {
  readonly atSeconds: number;
  readonly value: number;
}

/** The readings of one tick; null = not asked for, or missing. */
export interface TickReadings {
  readonly reactive: Reading | null;
  readonly replicas: Reading | null;
}

export interface ReadingsOptions {
  readonly intervalSeconds: number;
  readonly settleSeconds: number;
  readonly horizonSeconds: number;
}

/** Queries beside the one that is forecast; null where there is none. */
export interface SideQueries {
  readonly reactive: DataAdapter | null;
  readonly replicas: DataAdapter | null;
}

export interface ReadingsParts extends SideQueries {
  readonly metrics: WorkloadMetrics;
  /** Told of each reading that is missing. */
  readonly onWarning: (warning: string) => void;
}

/** As many ticks back a reactive value is looked for; the horizon's, if those are fewer. */
const TICKS_BACK_MAX = 60;

/**
 * Reads the queries of `reactive-query` and `replicas-query` on each tick, at a time that is
 * settled and the same for all replicas.
 *
 * Where the reactive one is silent now, what it said at the last tick that it answered counts on:
 * the ticks before are asked for again with each query, so that a process that has just started
 * knows as much as one that remembers.
 */
export class Readings {
  readonly #spacingSeconds: number;
  readonly #ticksBack: number;
  #reactive: Reading | null = null;
  /** The tick that was read last, and what came of it. */
  #last: { readonly tickSeconds: number; readonly read: Promise<TickReadings> } | null = null;

  constructor(
    private readonly options: ReadingsOptions,
    private readonly parts: ReadingsParts,
  ) {
    const { intervalSeconds, horizonSeconds } = options;
    this.#spacingSeconds = Math.max(1, Math.round(intervalSeconds));
    const inHorizon = Math.floor(horizonSeconds / this.#spacingSeconds);
    this.#ticksBack = Math.min(inHorizon, TICKS_BACK_MAX);
  }

  /** Asks once a tick. Never rejects: what is missing is counted, and null. */
  at(tickSeconds: number, signal: AbortSignal): Promise<TickReadings> {
    if (this.#last?.tickSeconds !== tickSeconds) {
      this.#last = { tickSeconds, read: this.#readAll(tickSeconds, signal) };
    }
    return this.#last.read;
  }

  async #readAll(tickSeconds: number, signal: AbortSignal): Promise<TickReadings> {
    const atSeconds = Math.floor(tickSeconds - this.options.settleSeconds);
    const [reactive, replicas] = await Promise.all([
      this.#read('reactive', atSeconds, this.#ticksBack, signal),
      this.#read('replicas', atSeconds, 0, signal),
    ]);
    if (reactive) this.#reactive = reactive;
    const oldestSeconds = atSeconds - this.#ticksBack * this.#spacingSeconds;
    const held = this.#reactive;
    const isHeld = held && held.atSeconds >= oldestSeconds && held.atSeconds <= atSeconds;
    return { reactive: isHeld ? held : null, replicas };
  }

  /** The newest reading that is one; missing when that is not of `atSeconds`. */
  async #read(
    query: keyof SideQueries,
    atSeconds: number,
    ticksBack: number,
    signal: AbortSignal,
  ): Promise<Reading | null> {
    const adapter = this.parts[query];
    if (!adapter) return null;
    const stepSeconds = this.#spacingSeconds;
    const startSeconds = atSeconds - ticksBack * stepSeconds;
    const range = { startSeconds, endSeconds: atSeconds, stepSeconds };
    let newest: Reading | null = null;
    let fault = new KedastralError('adapter_no_data', 'adapter', 'the query returns no sample');
    try {
      const { timesSeconds, values } = await adapter.collect(range, signal);
      timesSeconds.forEach((time, i) => {
        const value = values[i] as number;
        const isTaken = Math.abs(value) <= MAX_MAGNITUDE && time <= atSeconds;
        if (isTaken && time >= (newest?.atSeconds ?? startSeconds)) {
          newest = { atSeconds: time, value };
        }
      });
    } catch (thrown) {
      if (signal.aborted) return null;
      fault = asFault(thrown, 'adapter');
    }
    const read = newest as Reading | null;
    if (read?.atSeconds === atSeconds) return read;
    this.parts.metrics.readingMissing(query);
    this.parts.onWarning(`${query}-query is missing: ${fault.message} (${fault.code})`);
    return read;
  }
}
