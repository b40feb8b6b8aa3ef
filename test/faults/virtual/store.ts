import type { Clock } from '../../../src/clock.ts';
import { KedastralError } from '../../../src/errors.ts';
import type { Snapshot } from '../../../src/forecast/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/storage/codec.ts';
import type { LeaseTerm, Replica, SnapshotOrder, Store, Turn } from '../../../src/storage/store.ts';

/** What can be wrong with Redis and the way to it; ends when it is removed. */
export interface RedisTrouble {
  /** Names of the processes it is about; absent = all. */
  readonly who?: readonly string[];
  /** Before a command is done: may wait or throw. */
  readonly transport?: (clock: Clock) => Promise<void>;
  /** Commands that write are refused, with this word of Redis. */
  readonly refusesWrites?: string;
}

const ANSWER_MS = 1;
const NEAR_FUTURE_SECONDS = 30;

export function redisFault(reason: string): KedastralError {
  return new KedastralError('store_unreachable', 'store', `Redis at redis:6379: ${reason}`);
}

/**
 * A Redis that all processes share: texts by key, written and read by the real codec, and what
 * src/storage/redis-scripts.ts does to them. The scripts themselves run in test/flow.
 */
export class SimulatedRedis {
  readonly troubles = new Set<RedisTrouble>();
  readonly values = new Map<string, string>();
  /** How many it was sent. */
  commands = 0;
  /** When a lease ends, epoch seconds. */
  readonly #leaseEnds = new Map<string, number>();

  constructor(private readonly nowSeconds: () => number) {}

  storeFor(name: string, clock: Clock): Store {
    const reach = (isWrite: boolean) => this.#reach(name, clock, isWrite);
    return {
      name: 'redis',
      isShared: true,
      put: async (snapshot) => {
        const text = encodeSnapshot(snapshot);
        await reach(true);
        return this.#put(snapshot, text);
      },
      turn: async (replica, newerThan, lease) => {
        await reach(true);
        return this.#turn(replica, newerThan, lease);
      },
      release: async (replica) => {
        await reach(true);
        const key = leaseKey(replica);
        if (this.values.get(key) === replica.token) this.values.delete(key);
      },
      note: async () => {
        await reach(false);
        return null;
      },
      replaceNote: async () => {
        await reach(true);
        return true;
      },
      close: async () => undefined,
    };
  }

  async #reach(name: string, clock: Clock, isWrite: boolean): Promise<void> {
    await clock.sleep(ANSWER_MS);
    this.commands++;
    for (const { who, transport, refusesWrites } of [...this.troubles]) {
      if (who && !who.includes(name)) continue;
      await transport?.(clock);
      if (isWrite && refusesWrites) throw redisFault(refusesWrites);
    }
  }

  #put(snapshot: Snapshot, text: string): Snapshot {
    const order = orderOf(text);
    if (order && this.#isAhead(order)) {
      throw new KedastralError('store_clock', 'store', 'the snapshot lies in the future');
    }
    const key = keyOf(snapshot);
    const kept = this.#stored(key);
    if (kept && order && !isNewer(order, kept)) {
      return this.#decoded(key, snapshot);
    }
    this.values.set(key, text);
    return snapshot;
  }

  #turn(replica: Replica, newerThan: SnapshotOrder | null, { nowMs, lastsMs }: LeaseTerm): Turn {
    const key = keyOf(replica);
    const kept = this.#stored(key);
    if (kept && (!newerThan || isNewer(kept, newerThan))) {
      return { kind: 'newer', snapshot: this.#decoded(key, replica) };
    }
    const lease = leaseKey(replica);
    const isOver = this.nowSeconds() >= (this.#leaseEnds.get(lease) ?? 0);
    const holder = isOver ? undefined : this.values.get(lease);
    if (Math.abs(nowMs / 1000 - this.nowSeconds()) > NEAR_FUTURE_SECONDS) {
      if (holder === replica.token) this.values.delete(lease);
      throw new KedastralError('store_clock', 'store', 'this clock is off');
    }
    if (holder !== undefined && holder !== replica.token) return { kind: 'wait', holder };
    this.values.set(lease, replica.token);
    this.#leaseEnds.set(lease, this.nowSeconds() + lastsMs / 1000);
    return { kind: 'lead' };
  }

  /** As the scripts see it: one that cannot be read, or lies in the future, counts as none. */
  #stored(key: string): SnapshotOrder | null {
    const order = orderOf(this.values.get(key) ?? '');
    return order && !this.#isAhead(order) ? order : null;
  }

  #isAhead({ generatedAtSeconds }: SnapshotOrder): boolean {
    return generatedAtSeconds > this.nowSeconds() + NEAR_FUTURE_SECONDS;
  }

  #decoded(key: string, { workload, optionsId }: Pick<Replica, 'workload' | 'optionsId'>) {
    const snapshot = decodeSnapshot(this.values.get(key) ?? '', workload);
    if (snapshot.optionsId === optionsId) return snapshot;
    throw new KedastralError('store_value', 'store', 'the stored snapshot is of other options');
  }
}

function keyOf({ workload, optionsId }: Pick<Replica, 'workload' | 'optionsId'>): string {
  return `kedastral:v1:${workload}:${optionsId}`;
}

function leaseKey(replica: Replica): string {
  return `${keyOf(replica)}:lease`;
}

/** Read from the text alone, as it stands in the value's head in a real Redis. */
function orderOf(text: string): SnapshotOrder | null {
  const [, cutoff] = /"cutoff":"([^"]+)"/.exec(text) ?? [];
  const [, generatedAt] = /"generatedAt":"([^"]+)"/.exec(text) ?? [];
  if (!cutoff || !generatedAt) return null;
  const [cutoffSeconds, generatedAtSeconds] = [cutoff, generatedAt].map((time) => {
    return Date.parse(time) / 1000;
  }) as [number, number];
  return { cutoffSeconds, generatedAtSeconds };
}

function isNewer(order: SnapshotOrder, than: SnapshotOrder): boolean {
  const later = order.cutoffSeconds - than.cutoffSeconds;
  return later > 0 || (later === 0 && order.generatedAtSeconds > than.generatedAtSeconds);
}
