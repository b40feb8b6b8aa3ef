import type { DataAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock.ts';

/** Queries at a time, in each lane. */
const LANE_WIDTH = 8;
/** Half of an adapter's deadline: nobody who answers takes as long. */
const SLOW_MS = 5_000;

/** Lets so many tasks run at a time; the others wait in the order in which they came. */
class Lane {
  readonly #waiting: (() => void)[] = [];
  #free = LANE_WIDTH;

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/**
 * Spreads the queries of many workloads. A workload whose last query hung asks in a lane of its
 * like, so that the others wait for none of them.
 */
export class QueryLanes {
  readonly #quick = new Lane();
  readonly #slow = new Lane();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same source, asked in turn. */
  spread(adapter: DataAdapter): DataAdapter {
    let isSlow = false;
    return {
      name: adapter.name,
      collect: (range, signal) =>
        (isSlow ? this.#slow : this.#quick).run(async () => {
          signal.throwIfAborted();
          const startedMs = this.#clock.monotonicMs();
          try {
            return await adapter.collect(range, signal);
          } finally {
            isSlow = this.#clock.monotonicMs() - startedMs >= SLOW_MS;
          }
        }),
    };
  }
}
