import type { Clock } from '../../../src/clock.ts';
import { KedastralError } from '../../../src/errors.ts';
import type { Snapshot } from '../../../src/forecast/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/storage/codec.ts';
import type { Store } from '../../../src/storage/store.ts';

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

export function redisFault(reason: string): KedastralError {
  return new KedastralError('store_unreachable', 'store', `Redis at redis:6379: ${reason}`);
}

/** A Redis that all processes share: texts by key, written and read by the real codec. */
export class SimulatedRedis {
  readonly troubles = new Set<RedisTrouble>();
  readonly values = new Map<string, string>();

  storeFor(name: string, clock: Clock): Store {
    const reach = async (isWrite: boolean): Promise<void> => {
      await clock.sleep(ANSWER_MS);
      for (const { who, transport, refusesWrites } of [...this.troubles]) {
        if (who && !who.includes(name)) continue;
        await transport?.(clock);
        if (isWrite && refusesWrites) throw redisFault(refusesWrites);
      }
    };
    return {
      name: 'redis',
      put: async (snapshot: Snapshot) => {
        const text = encodeSnapshot(snapshot);
        await reach(true);
        this.values.set(snapshot.workload, text);
      },
      get: async (workload) => {
        await reach(false);
        const text = this.values.get(workload);
        return text === undefined ? null : decodeSnapshot(text, workload);
      },
      close: async () => undefined,
    };
  }
}
