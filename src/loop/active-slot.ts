import type { Clock } from '../clock.ts';
import { type ActiveSnapshot, servingSeconds } from '../forecast/active.ts';

/**
 * How long after its tick a snapshot comes into force: replicas that tick together change together.
 */
export const ACTIVATION_DELAY_MS = 5_000;

/** Age of a forecast when the next one comes into force. */
export function replacedAtSeconds(intervalSeconds: number): number {
  return intervalSeconds + ACTIVATION_DELAY_MS / 1000;
}

/** The snapshot in force and those that wait for their instant. */
export class ActiveSlot {
  #current: ActiveSnapshot | null = null;
  /** Oldest first; as many as there are ticks in the activation delay. */
  readonly #waiting: ActiveSnapshot[] = [];

  constructor(private readonly clock: Clock) {}

  /** The snapshot in force now. */
  get current(): ActiveSnapshot | null {
    for (let next = this.#waiting[0]; next && this.#isDue(next); next = this.#waiting[0]) {
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
   * what a future made that is no more gives way at once. One that is held already keeps the age it
   * has here.
   */
  put(active: ActiveSnapshot): void {
    const { newest } = this;
    if (newest?.generatedAtSeconds === active.generatedAtSeconds) {
      this.#renew(newest, active);
    } else if (newest && newest.generatedAtSeconds * 1000 > active.taken.wallMs) {
      this.#waiting.length = 0;
      this.#current = active;
    } else if (!newest || isNewer(active, newest)) this.#waiting.push(active);
  }

  #renew(newest: ActiveSnapshot, active: ActiveSnapshot): void {
    if (isNewer(active, newest)) this.#waiting.push({ ...active, taken: newest.taken });
  }

  #isDue(next: ActiveSnapshot): boolean {
    const inForceMs = next.renewedAtSeconds * 1000 + ACTIVATION_DELAY_MS;
    return servingSeconds(next, this.clock) * 1000 >= inForceMs;
  }
}

/** By cutoff, then by the time of its making, then by that of its readings. */
export function isNewer(active: ActiveSnapshot, than: ActiveSnapshot): boolean {
  const later =
    active.cutoffSeconds - than.cutoffSeconds ||
    active.generatedAtSeconds - than.generatedAtSeconds ||
    active.renewedAtSeconds - than.renewedAtSeconds;
  return later > 0;
}
