import type { Clock } from '../clock.ts';
import { asFault, KedastralError } from '../errors.ts';
import { type Override, readOverride } from '../forecast/override.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Workloads } from './workloads.ts';

export interface OverridesParts {
  readonly store: Pick<Store, 'isShared' | 'note' | 'setNote'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** How soon an order given to one replica counts on the others. */
const LOOK_INTERVAL_MS = 2_000;
const NOTE = 'override';
/** The note outlives the order, which ends by the clocks of those who serve it. */
const NOTE_GRACE_MS = 10_000;

/** The orders of people for the workloads of this process, shared with the other replicas. */
export class Overrides {
  readonly #byWorkload = new Map<string, Override>();
  /** Changes made here, so that a look begun before one does not undo it. */
  readonly #changes = new Map<string, number>();
  #isFailing = false;

  constructor(private readonly parts: OverridesParts) {}

  /** The order in force. */
  of(workload: string): Override | null {
    const override = this.#byWorkload.get(workload);
    return override && this.#isInForce(override) ? override : null;
  }

  /** @throws KedastralError store_unreachable: then nothing has changed */
  async set(workload: string, override: Override): Promise<void> {
    const { store, clock, metrics } = this.parts;
    const lastsMs = Date.parse(override.until) - clock.nowMs();
    const ttlMs = Math.max(0, Math.ceil(lastsMs)) + NOTE_GRACE_MS;
    await store.setNote(workload, NOTE, JSON.stringify(override), ttlMs);
    this.#changed(workload);
    this.#byWorkload.set(workload, override);
    metrics.override(workload, override.kind);
    this.parts.log.warn('override ordered', { workload, ...override });
  }

  /** Takes the order away, if there is one.
   *  @throws KedastralError store_unreachable: then nothing has changed */
  async clear(workload: string, by: string): Promise<void> {
    await this.parts.store.setNote(workload, NOTE, null, 1);
    this.#changed(workload);
    const override = this.of(workload);
    this.#byWorkload.delete(workload);
    if (!override) return;
    this.parts.metrics.override(workload, 'cleared');
    this.parts.log.warn('override cleared', { workload, ...override, by });
  }

  /** Looks for what other replicas were ordered, and says what has ended. */
  async run(workloads: Workloads, signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    while (!signal.aborted) {
      await this.look(workloads);
      await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
    }
  }

  /** One look. What cannot be read stays as it is known. */
  async look(workloads: Workloads): Promise<void> {
    this.#endExpired();
    const { store, log, metrics } = this.parts;
    if (!store.isShared) return;
    let failed: KedastralError | null = null;
    for (const { identity: workload } of workloads) {
      try {
        const before = this.#changes.get(workload);
        const text = await store.note(workload, NOTE);
        if (this.#changes.get(workload) === before) this.#take(workload, text);
      } catch (thrown) {
        failed = asFault(thrown, 'store');
        metrics.forWorkload(workload).error(failed);
        // The others are in the same store.
        if (failed.code === 'store_unreachable') break;
      }
    }
    if (failed && !this.#isFailing) {
      const { code, message: reason } = failed;
      log.warn('override not read, what is known stays', { code, reason });
    }
    this.#isFailing = failed !== null;
  }

  #take(workload: string, text: string | null): void {
    const known = this.#byWorkload.get(workload);
    if (text === null) {
      if (known) this.parts.log.warn('override cleared elsewhere', { workload, ...known });
      this.#byWorkload.delete(workload);
      return;
    }
    const override = readOverride(text);
    if (!override) throw new KedastralError('store_value', 'store', 'the override is not readable');
    if (!this.#isInForce(override) || text === JSON.stringify(known)) return;
    this.#byWorkload.set(workload, override);
    this.parts.log.warn('override ordered elsewhere', { workload, ...override });
  }

  #endExpired(): void {
    for (const [workload, override] of this.#byWorkload) {
      if (this.#isInForce(override)) continue;
      this.#byWorkload.delete(workload);
      this.parts.metrics.override(workload, 'expired');
      this.parts.log.warn('override expired', { workload, ...override });
    }
  }

  #isInForce({ until }: Override): boolean {
    return this.parts.clock.nowMs() < Date.parse(until);
  }

  #changed(workload: string): void {
    this.#changes.set(workload, (this.#changes.get(workload) ?? 0) + 1);
  }
}
