import type { Clock } from '../clock.ts';
import { asFault, KedastralError } from '../errors.ts';
import { isLater, type Override, readWord, type Word } from '../forecast/override.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Workloads } from './workloads.ts';

export interface OverridesParts {
  readonly store: Pick<Store, 'isShared' | 'note' | 'replaceNote'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** How soon an order given to one replica counts on the others. */
const LOOK_INTERVAL_MS = 2_000;
const NOTE = 'override';
/** The note outlives the order, which ends by the clocks of those who serve it. */
const NOTE_GRACE_MS = 10_000;
/** How often a change is tried while others change the same. */
const TRIES = 3;

/**
 * The orders of people for the workloads of this process, shared with the other replicas. What was
 * said last counts, also that an order is cleared: so what a store has lost is put back.
 */
export class Overrides {
  readonly #words = new Map<string, Word>();
  /** Notes of which it is not known whether they were written: their sender was told that not. */
  readonly #refused = new Map<string, string>();
  #isFailing = false;

  constructor(private readonly parts: OverridesParts) {}

  /** The order in force. */
  of(workload: string): Override | null {
    const word = this.#words.get(workload);
    return word && word.kind !== 'cleared' && this.#isInForce(word) ? word : null;
  }

  /** @throws KedastralError store_unreachable: then nothing has changed */
  async set(workload: string, override: Override): Promise<void> {
    await this.#say(workload, override);
    this.parts.metrics.override(workload, override.kind);
    this.parts.log.warn('override ordered', { workload, ...override });
  }

  /**
   * Takes the order away, if there is one.
   *
   * @param mostSeconds how long one may be ordered for: so long it is known that there is none
   * @throws KedastralError store_unreachable: then nothing has changed
   */
  async clear(workload: string, by: string, mostSeconds: number): Promise<void> {
    const nowMs = this.parts.clock.nowMs();
    const [at, until] = [iso(nowMs), iso(nowMs + mostSeconds * 1_000)];
    const override = this.of(workload);
    await this.#say(workload, { kind: 'cleared', until, at, by });
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
        await this.#compare(workload, await store.note(workload, NOTE));
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

  /** Writes what a person says over whatever was said before. */
  async #say(workload: string, word: Word): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const text = await this.parts.store.note(workload, NOTE);
      const stored = text === null ? null : readWord(text);
      const knownMs = [stored, this.#words.get(workload)].map((one) => (one ? timeOf(one) : 0));
      const said = { ...word, at: iso(Math.max(timeOf(word), ...knownMs.map((ms) => ms + 1))) };
      if (await this.#write(workload, text, said, true)) return;
    }
    throw new KedastralError('store_unreachable', 'store', 'others change the override just now');
  }

  /** Compares what the store says with what is known: the later of the two counts. */
  async #compare(workload: string, text: string | null): Promise<void> {
    const stored = text === null ? null : readWord(text);
    if (text !== null && !stored) {
      throw new KedastralError('store_value', 'store', 'the override is not readable');
    }
    const known = this.#words.get(workload);
    if (stored && text === this.#refused.get(workload)) return this.#undo(workload, stored);
    if (stored && (!known || isLater(stored, known))) return this.#take(workload, stored);
    if (!known || !this.#isInForce(known) || (stored && !isLater(known, stored))) return;
    const isBack = await this.#write(workload, text, known);
    if (!isBack || known.kind === 'cleared') return;
    this.parts.metrics.override(workload, 'restored');
    this.parts.log.warn('override lost by the store, put back', { workload, ...known });
  }

  #take(workload: string, stored: Word): void {
    const before = this.of(workload);
    if (this.#isInForce(stored)) this.#words.set(workload, stored);
    else this.#words.delete(workload);
    const after = this.of(workload);
    if (after) this.parts.log.warn('override ordered elsewhere', { workload, ...after });
    else if (before) this.parts.log.warn('override cleared elsewhere', { workload, ...before });
  }

  /** What was refused has been written all the same: says again what was said before it. */
  async #undo(workload: string, refused: Word): Promise<void> {
    const { until, by } = refused;
    const before = this.of(workload) ?? ({ kind: 'cleared', until, by } as const);
    const again = { ...before, at: iso(timeOf(refused) + 1) };
    if (!(await this.#write(workload, JSON.stringify(refused), again))) return;
    this.parts.log.warn('override that was refused is undone', { workload, ...refused });
  }

  /** @returns whether the note said what was expected; then it and this process say the word */
  async #write(
    workload: string,
    expected: string | null,
    word: Word,
    isNew = false,
  ): Promise<boolean> {
    const { store, clock } = this.parts;
    const text = JSON.stringify(word);
    const lastsMs = Math.max(0, Date.parse(word.until) - clock.nowMs());
    try {
      const isDone = await store.replaceNote(
        workload,
        NOTE,
        expected,
        text,
        lastsMs + NOTE_GRACE_MS,
      );
      if (!isDone) return false;
    } catch (thrown) {
      if (isNew) this.#refused.set(workload, text);
      throw thrown;
    }
    this.#refused.delete(workload);
    this.#words.set(workload, word);
    return true;
  }

  #endExpired(): void {
    for (const [workload, word] of this.#words) {
      if (this.#isInForce(word)) continue;
      this.#words.delete(workload);
      if (word.kind === 'cleared') continue;
      this.parts.metrics.override(workload, 'expired');
      this.parts.log.warn('override expired', { workload, ...word });
    }
  }

  #isInForce({ until }: Word): boolean {
    return this.parts.clock.nowMs() < Date.parse(until);
  }
}

function timeOf({ at }: Word): number {
  return Date.parse(at);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
