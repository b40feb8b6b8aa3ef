import type { Snapshot } from '../forecast/snapshot.ts';
import type { Store, Turn } from './store.ts';

/** Nothing is shared: the snapshots in force are the only ones, and notes end with the process. */
export class MemoryStore implements Store {
  readonly name = 'memory';
  readonly isShared = false;
  readonly #notes = new Map<string, string>();

  async put(snapshot: Snapshot): Promise<Snapshot> {
    return snapshot;
  }

  async turn(): Promise<Turn> {
    return { kind: 'lead' };
  }

  async release(): Promise<void> {}

  async note(workload: string, name: string): Promise<string | null> {
    return this.#notes.get(`${workload}:${name}`) ?? null;
  }

  /** Without time to live: who reads a note judges by what it says. */
  async replaceNote(
    workload: string,
    name: string,
    expected: string | null,
    text: string,
  ): Promise<boolean> {
    const key = `${workload}:${name}`;
    if ((this.#notes.get(key) ?? null) !== expected) return false;
    this.#notes.set(key, text);
    return true;
  }

  async close(): Promise<void> {
    this.#notes.clear();
  }
}
