import type { DataAdapter, GridRange, Samples } from '../../../src/adapters/adapter.ts';
import { adapterFault } from '../../../src/adapters/faults.ts';
import { HttpClient } from '../../../src/adapters/http-client.ts';
import { type MatrixReply, parseMatrix } from '../../../src/adapters/prometheus-reply.ts';
import type { Clock } from '../../../src/clock.ts';

/** What can be wrong on the way to Prometheus and with what it says; ends when it is removed. */
export interface SourceTrouble {
  /** Names of the processes it is about; absent = all. */
  readonly who?: readonly string[];
  /** Before an answer comes: may wait or throw. */
  readonly transport?: (clock: Clock, signal: AbortSignal) => Promise<void>;
  /** The body instead of the honest one. */
  readonly body?: (points: readonly Point[]) => string;
  /** Seconds by which samples come later than they should. */
  readonly lagSeconds?: number;
}

export type Point = readonly [seconds: number, value: string];

/** What the exporter did to the samples of [from, to), for ever. */
export interface Scar {
  readonly fromSeconds: number;
  toSeconds: number;
  /** The sample as it was recorded instead; null = none. */
  readonly record: (value: number, seconds: number) => string | null;
}

/** A reply is under way for so long when nothing is wrong. */
const ANSWER_MS = 20;
/** And a sample is there so soon after its instant. */
const INGESTED_AFTER_SECONDS = 1;
/** Asked for the future, Prometheus gives the newest value for so long (its look-back). */
const LOOK_BACK_SECONDS = 300;

/** Prometheus, the network before it and the exporter behind it. */
export class SimulatedPrometheus {
  readonly troubles = new Set<SourceTrouble>();
  readonly scars: Scar[] = [];
  /** Who asked, and when, epoch seconds. */
  readonly queries: { readonly atSeconds: number; readonly by: string }[] = [];

  constructor(
    readonly demandAt: (seconds: number) => number,
    private readonly nowSeconds: () => number,
  ) {}

  /** The source as one process sees it. */
  adapterFor(name: string, clock: Clock): DataAdapter {
    const client = new HttpClient({}, clock);
    return {
      name: 'prometheus',
      collect: (range, signal) =>
        client.within(signal, (deadline) => this.#answer(name, range, clock, deadline)),
    };
  }

  /** The source without any trouble: what a clean history says. */
  get clean(): DataAdapter {
    return cleanSource(this.demandAt);
  }

  async #answer(
    name: string,
    range: GridRange,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<Samples> {
    this.queries.push({ atSeconds: this.nowSeconds(), by: name });
    await clock.sleep(ANSWER_MS, signal);
    const troubles = [...this.troubles].filter(({ who }) => who?.includes(name) ?? true);
    for (const { transport } of troubles) await transport?.(clock, signal);
    const lag = Math.max(INGESTED_AFTER_SECONDS, ...troubles.map((one) => one.lagSeconds ?? 0));
    const points = this.#points(range, lag);
    const written = troubles.find((one) => one.body)?.body ?? matrix;
    const answeredAtSeconds = Math.floor(this.nowSeconds());
    return { ...samplesOf(parseMatrix(written(points), 'http_rps')), answeredAtSeconds };
  }

  #points(range: GridRange, lagSeconds: number): Point[] {
    const nowSeconds = this.nowSeconds();
    const newestSeconds = nowSeconds - lagSeconds;
    const points: Point[] = [];
    for (const at of gridOf(range)) {
      const isFuture = at > nowSeconds && at <= newestSeconds + LOOK_BACK_SECONDS;
      if (at > newestSeconds && !isFuture) continue;
      const text = this.#recorded(isFuture ? newestSeconds : at);
      if (text !== null) points.push([at, text]);
    }
    return points;
  }

  #recorded(at: number): string | null {
    let text: string | null = String(this.demandAt(at));
    for (const { fromSeconds, toSeconds, record } of this.scars) {
      if (at >= fromSeconds && at < toSeconds) text = record(this.demandAt(at), at);
    }
    return text;
  }
}

/** A source that has the demand of every instant of the grid. */
export function cleanSource(demandAt: (seconds: number) => number): DataAdapter {
  return {
    name: 'prometheus',
    collect: async (range) => {
      const points = gridOf(range).map((at): Point => [at, String(demandAt(at))]);
      return samplesOf(parseMatrix(matrix(points), ''));
    },
  };
}

function gridOf({ startSeconds, endSeconds, stepSeconds }: GridRange): number[] {
  const count = Math.max(0, Math.round((endSeconds - startSeconds) / stepSeconds) + 1);
  return Array.from({ length: count }, (_, i) => startSeconds + i * stepSeconds);
}

/** A range query's reply. */
export function matrix(points: readonly Point[], more: object = {}): string {
  const result = points.length > 0 ? [{ metric: {}, values: points }] : [];
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...more });
}

function samplesOf({ series, warnings }: MatrixReply): Samples {
  const [first, second] = series;
  if (second)
    throw adapterFault('adapter_several_series', 'the query returns more than one series');
  const none = new Float64Array(0);
  return {
    timesSeconds: first?.timesSeconds ?? none,
    values: first?.values ?? none,
    warnings,
  };
}
