import type { Snapshot } from '../forecast/snapshot.ts';
import type { Store, Turn } from './store.ts';

/** Snapshots and notes of this process alone; they end with it. */
export class MemoryStore implements Store {
  readonly name = 'memory';
  readonly isShared = false;
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #notes = new Map<string, string>();

  /** The last one put stands: there is no other replica that could be behind. */
  async put(snapshot: Snapshot): Promise<Snapshot> {
    this.#snapshots.set(`${snapshot.workload}:${snapshot.optionsId}`, snapshot);
    return snapshot;
  }

  async get(workload: string, optionsId: string): Promise<Snapshot | null> {
    return this.#snapshots.get(`${workload}:${optionsId}`) ?? null;
  }

  async turn(): Promise<Turn> {
    return { kind: 'lead' };
  }

  async release(): Promise<void> {}

  async note(workload: string, name: string): Promise<string | null> {
    return this.#notes.get(`${workload}:${name}`) ?? null;
  }

  /** Without time to live: who reads a note judges by what it says. */
  async setNote(workload: string, name: string, text: string | null): Promise<void> {
    if (text === null) this.#notes.delete(`${workload}:${name}`);
    else this.#notes.set(`${workload}:${name}`, text);
  }

  async close(): Promise<void> {
    this.#snapshots.clear();
    this.#notes.clear();
  }
}
