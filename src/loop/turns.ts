import type { Clock } from '../clock.ts';
import { asFault, KedastralError } from '../errors.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import type { LeaseTerm, Replica, SnapshotOrder, Store, Turn } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ReplicaRole, WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import type { Ticks } from './ticks.ts';

/**
 * How long after the tick the others ask, so that the writer of the tick before, whose history is
 * warm, is the first; and how often they look whether it has written. At most a part of the
 * interval.
 */
const LOOK_MS = 1_000;
const LOOKS_PER_INTERVAL_MIN = 4;
/** Within so many looks after a tick everybody has asked once who was there. */
const FIRST_LOOKS = 3;
/** Ticks in a row at which the store must answer before it is said to be back. */
const GOOD_TICKS = 2;

export interface TurnsParts {
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly metrics: Pick<WorkloadMetrics, 'error' | 'replicaRole'>;
  readonly log: Logger;
  /** The newest snapshot known here, or null. */
  readonly newest: () => SnapshotOrder | null;
  /** Takes a snapshot that another replica has made. */
  readonly take: (snapshot: Snapshot) => void;
}

/**
 * Says at each tick whether this replica makes the snapshot or takes that of another one.
 *
 * The lease is taken at a tick and ends at the next. So who has it is first again, and when it has
 * died another one has the lease at the next tick. While the store does not answer each replica is
 * alone: it makes every snapshot by itself and, being a pure function of the samples, the same one.
 * So it does, and stores it, where one has the lease at two ticks in a row and stores nothing.
 */
export class Turns {
  #role: ReplicaRole = 'alone';
  /** It could not make, or not store, the last snapshot that it had the lease for. */
  #hasFailed = false;
  /** Token of the replica that had the lease for a whole interval and stored nothing. */
  #silent: string | null = null;
  /** It makes what another one has the lease for. */
  #standsIn = false;
  /** Null while the store answers, else at how many ticks in a row it has answered again. */
  #goodTicks: number | null = null;

  constructor(
    private readonly replica: Replica,
    private readonly parts: TurnsParts,
  ) {
    // Where nothing is shared there is nobody to be apart from.
    if (parts.store.isShared) this.#become('alone');
  }

  /**
   * Resolves once it is known who makes the snapshot of this tick: `reader` when it was taken from
   * the store, or was not there before the next tick; else this replica is to make it.
   */
  async at(tickMs: number, signal: AbortSignal): Promise<ReplicaRole> {
    const { store, clock, ticks } = this.parts;
    if (!store.isShared) return 'alone';
    const lookMs = Math.min(LOOK_MS, ticks.intervalMs / LOOKS_PER_INTERVAL_MIN);
    const nextMs = tickMs + ticks.intervalMs;
    const waitMs = this.#hasFailed ? 2 * lookMs : this.#role === 'reader' ? lookMs : 0;
    this.#hasFailed = false;
    this.#standsIn = false;
    let holder: string | null = null;
    let heldSinceMs = 0;
    await this.#sleep(tickMs + waitMs - clock.nowMs(), waitMs, signal);
    for (let looks = 0; !signal.aborted; looks++) {
      const nowMs = clock.nowMs();
      // A clock that was set meanwhile has other ticks; timers may be a little early.
      if (nowMs < tickMs - lookMs) break;
      const newest = this.#newestAt(nowMs);
      if (newest && newest.generatedAtSeconds * 1000 >= tickMs) return this.#become('reader');
      if (looks > 0 && nowMs + lookMs > nextMs) {
        // Who took the lease later, or was seen later, may well be at work still.
        if (heldSinceMs < tickMs + FIRST_LOOKS * lookMs) this.#silent = holder;
        break;
      }
      const lastsMs = ticks.afterMs(Math.max(nowMs, tickMs)) - nowMs;
      const turn = await this.#ask(newest, { nowMs, lastsMs }, looks === 0);
      if (!turn) return this.#become('alone');
      const seen = turn.kind === 'wait' ? turn.holder : null;
      if (seen !== holder) heldSinceMs = nowMs;
      holder = seen;
      if (holder !== null && holder === this.#silent) return this.#standIn();
      this.#silent = null;
      if (turn.kind === 'lead') return this.#become('writer');
      this.#become('reader');
      if (turn.kind === 'newer') this.parts.take(turn.snapshot);
      // To a clock that is behind, the same is new again and again: it must not ask without pause.
      const isFuture = turn.kind === 'newer' && Date.parse(turn.snapshot.generatedAt) > nowMs;
      if (turn.kind === 'wait' || isFuture) await this.#sleep(lookMs, lookMs, signal);
    }
    return this.#become('reader');
  }

  /**
   * Keeps what this replica has made.
   *
   * @returns the snapshot to serve: another one where a replica with the same right was first
   */
  async keep(snapshot: Snapshot): Promise<Snapshot> {
    if (this.#role !== 'writer' && !this.#standsIn) return snapshot;
    try {
      return await this.parts.store.put(snapshot);
    } catch (thrown) {
      this.#failed(thrown);
      // Who cannot store must not keep the others from it.
      await this.end();
      this.#hasFailed = true;
      this.#become('alone');
      return snapshot;
    }
  }

  /** After a tick that failed: at the next one the others come first. */
  yield(): void {
    if (this.#role !== 'writer') return;
    this.#become('reader');
    this.#hasFailed = true;
  }

  /** Gives the lease back, so that another replica can go on with this very tick. */
  async end(): Promise<void> {
    if (this.#role !== 'writer') return;
    await this.parts.store.release(this.replica).catch(() => undefined);
  }

  #standIn(): ReplicaRole {
    const message = 'the replica with the lease has stored nothing for an interval';
    this.#failed(new KedastralError('writer_silent', 'store', message));
    this.#standsIn = true;
    return this.#become('alone');
  }

  async #ask(
    newest: SnapshotOrder | null,
    lease: LeaseTerm,
    isFirstOfTick: boolean,
  ): Promise<Turn | null> {
    try {
      const turn = await this.parts.store.turn(this.replica, newest, lease);
      if (isFirstOfTick) this.#answered();
      return turn;
    } catch (thrown) {
      this.#failed(thrown);
      return null;
    }
  }

  /** What was made in a future that is no more, for the clock was set back, is not the newest. */
  #newestAt(nowMs: number): SnapshotOrder | null {
    const newest = this.parts.newest();
    return newest && newest.generatedAtSeconds * 1000 <= nowMs ? newest : null;
  }

  async #sleep(durationMs: number, longestMs: number, signal: AbortSignal): Promise<void> {
    if (durationMs <= 0) return;
    const boundMs = Math.min(durationMs, longestMs);
    await this.parts.clock.sleep(boundMs, signal).catch(() => undefined);
  }

  #become(role: ReplicaRole): ReplicaRole {
    const { metrics, log } = this.parts;
    if (role !== this.#role) log.debug('role among the replicas', { role, before: this.#role });
    this.#role = role;
    metrics.replicaRole(role);
    return role;
  }

  #failed(thrown: unknown): void {
    const { metrics, log } = this.parts;
    const fault = asFault(thrown, 'store');
    metrics.error(fault);
    if (this.#goodTicks === null) {
      const { code, component, message: reason } = fault;
      log.warn('no shared store, forecasting alone', { code, component, reason });
    }
    this.#goodTicks = 0;
  }

  #answered(): void {
    if (this.#goodTicks === null) return;
    this.#goodTicks++;
    if (this.#goodTicks < GOOD_TICKS) return;
    this.#goodTicks = null;
    this.parts.log.info('shared store again', { goodTicks: GOOD_TICKS });
  }
}
