import type { Clock } from '../../src/clock.ts';
import { KedastralError } from '../../src/errors.ts';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import type { LeaseTerm, Replica, SnapshotOrder, Store, Turn } from '../../src/storage/store.ts';

const TIMEOUT_MS = 1_000;

/** What a Redis with one workload does, on a virtual clock, with faults set by the test. */
export class ModelStore {
  /** One way. */
  latencyMs = 5;
  fault: 'none' | 'down' | 'hang' | 'read-only' = 'none';
  commands = 0;
  #snapshot: Snapshot | null = null;
  #lease: { readonly token: string; readonly endMs: number } | null = null;

  constructor(readonly clock: Clock) {}

  flush(): void {
    this.#snapshot = null;
    this.#lease = null;
  }

  /** A failover to a server that did not have the last writes. */
  lose(before: Snapshot | null): void {
    this.#snapshot = before;
    this.#lease = null;
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }

  /** The connection of one replica; `isCut` takes it away from this one alone. */
  connect(isCut: () => boolean = () => false): Store {
    const run = async <T>(write: boolean, command: () => T): Promise<T> => {
      const fail = (reason: string) => new KedastralError('store_unreachable', 'store', reason);
      if (isCut() || this.fault === 'down') throw fail('connection refused');
      if (this.fault === 'hang') {
        await this.clock.sleep(TIMEOUT_MS);
        throw fail('no answer');
      }
      await this.clock.sleep(this.latencyMs);
      if (isCut()) throw fail('connection lost');
      if (write && this.fault === 'read-only') throw fail('READONLY');
      this.commands++;
      const answer = command();
      await this.clock.sleep(this.latencyMs);
      if (isCut()) throw fail('connection lost');
      return answer;
    };
    return {
      name: 'model',
      isShared: true,
      put: (snapshot) => run(true, () => this.#put(snapshot)),
      turn: (...asked) => run(!this.#isNewerThan(asked[1]), () => this.#turn(...asked)),
      release: ({ token }) =>
        run(true, () => {
          if (this.#lease?.token === token) this.#lease = null;
        }),
      note: async () => null,
      replaceNote: async () => true,
      close: async () => undefined,
    };
  }

  #isNewerThan(order: SnapshotOrder | null): boolean {
    if (!this.#snapshot) return false;
    if (!order) return true;
    const cutoff = Date.parse(this.#snapshot.cutoff) / 1000 - order.cutoffSeconds;
    const made = Date.parse(this.#snapshot.generatedAt) / 1000 - order.generatedAtSeconds;
    return cutoff > 0 || (cutoff === 0 && made > 0);
  }

  #put(snapshot: Snapshot): Snapshot {
    const order = {
      cutoffSeconds: Date.parse(snapshot.cutoff) / 1000,
      generatedAtSeconds: Date.parse(snapshot.generatedAt) / 1000 - 1e-3,
    };
    if (this.#isNewerThan(order)) return this.#snapshot as Snapshot;
    this.#snapshot = snapshot;
    return snapshot;
  }

  #turn({ token }: Replica, newerThan: SnapshotOrder | null, { lastsMs }: LeaseTerm): Turn {
    if (this.#isNewerThan(newerThan))
      return { kind: 'newer', snapshot: this.#snapshot as Snapshot };
    const nowMs = this.clock.nowMs();
    const isFree = !this.#lease || this.#lease.endMs <= nowMs || this.#lease.token === token;
    if (!isFree) return { kind: 'wait', holder: this.#lease?.token ?? '' };
    this.#lease = { token, endMs: nowMs + lastsMs };
    return { kind: 'lead' };
  }
}
