import type { Snapshot } from '../forecast/snapshot.ts';
import type { Store } from './store.ts';

/** Snapshots of this process alone; they end with it. */
export class MemoryStore implements Store {
  readonly name = 'memory';
  readonly #byWorkload = new Map<string, Snapshot>();

  async put(snapshot: Snapshot): Promise<void> {
    this.#byWorkload.set(snapshot.workload, snapshot);
  }

  async get(workload: string): Promise<Snapshot | null> {
    return this.#byWorkload.get(workload) ?? null;
  }

  async close(): Promise<void> {
    this.#byWorkload.clear();
  }
}
