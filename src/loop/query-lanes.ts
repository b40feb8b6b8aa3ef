import type { DataAdapter } from '../adapters/adapter.ts';
import type { Clock } from '../clock.ts';

/** Queries at a time, in each lane. */
const LANE_WIDTH = 8;
/** A query that takes longer no longer keeps the others of its lane waiting. */
const PATIENCE_MS = 1_000;
/** Half of an adapter's deadline: nobody who answers takes as long. */
const SLOW_MS = 5_000;

/** Lets so many tasks run at a time; the others wait in the order in which they came. */
class Lane {
  readonly #waiting: (() => void)[] = [];
  #free = LANE_WIDTH;

  /** @param task is told how to give its place up before it ends */
  async run<T>(task: (leave: () => void) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
    return task(leave).finally(leave);
  }
}

/**
 * Spreads the queries of many workloads. One that hangs lets the others go on soon, and asks in a
 * lane of its like from then on, so that the others wait for none of them. So a source has at most
 * 8 queries for each second of an adapter's deadline, and 8 of the slow lane.
 */
export class QueryLanes {
  readonly #quick = new Lane();
  readonly #slow = new Lane();

  constructor(private readonly clock: Clock) {}

  /** The same source, asked in turn. */
  spread(adapter: DataAdapter): DataAdapter {
    let isSlow = false;
    const ask: DataAdapter['collect'] = async (range, signal) => {
      signal.throwIfAborted();
      const startedMs = this.clock.monotonicMs();
      try {
        return await adapter.collect(range, signal);
      } finally {
        isSlow = this.clock.monotonicMs() - startedMs >= SLOW_MS;
      }
    };
    const askQuickly: DataAdapter['collect'] = (range, signal) =>
      this.#quick.run(async (leave) => {
        const ended = new AbortController();
        this.clock.sleep(PATIENCE_MS, ended.signal).then(leave, () => undefined);
        return ask(range, signal).finally(() => ended.abort());
      });
    return {
      name: adapter.name,
      collect: (range, signal) =>
        isSlow ? this.#slow.run(() => ask(range, signal)) : askQuickly(range, signal),
    };
  }
}
