import type { ActiveSnapshot } from '../forecast/active.ts';

/**
 * How long after its tick a snapshot comes into force: replicas that tick together change together.
 */
export const ACTIVATION_DELAY_MS = 5_000;

/** The snapshot in force and those that wait for their instant. */
export class ActiveSlot {
  #current: ActiveSnapshot | null = null;
  /** Oldest first; as many as there are ticks in the activation delay. */
  readonly #waiting: ActiveSnapshot[] = [];

  /** The snapshot in force at `nowMs`. */
  at(nowMs: number): ActiveSnapshot | null {
    for (let next = this.#waiting[0]; next && nowMs >= inForceMs(next); next = this.#waiting[0]) {
      this.#current = next;
      this.#waiting.shift();
    }
    return this.#current;
  }

  /** The newest one held: in force, or waiting for it. */
  get newest(): ActiveSnapshot | null {
    return this.#waiting.at(-1) ?? this.#current;
  }

  /**
   * Takes a snapshot. One not newer than the newest held is dropped, unless the clock was set back:
   * what a future made that is no more gives way at once.
   */
  put(active: ActiveSnapshot, nowMs: number): void {
    const { newest } = this;
    // Taken once: what comes back from the store is no younger.
    if (newest && isSame(active, newest)) return;
    if (newest && newest.generatedAtSeconds * 1000 > nowMs) {
      this.#waiting.length = 0;
      this.#current = active;
    } else if (!newest || isNewer(active, newest)) this.#waiting.push(active);
  }
}

/** By cutoff, then by tick. */
export function isNewer(active: ActiveSnapshot, than: ActiveSnapshot): boolean {
  const later = active.cutoffSeconds - than.cutoffSeconds;
  return later > 0 || (later === 0 && active.generatedAtSeconds > than.generatedAtSeconds);
}

function isSame({ snapshot }: ActiveSnapshot, other: ActiveSnapshot): boolean {
  const { id, generatedAt } = other.snapshot;
  return snapshot.id === id && snapshot.generatedAt === generatedAt;
}

function inForceMs(active: ActiveSnapshot): number {
  return active.generatedAtSeconds * 1000 + ACTIVATION_DELAY_MS;
}
