import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../src/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until the test moves it. */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #wallMs: number;
  readonly #sleepers = new Set<Sleeper>();

  /**
   * @param startMs wall clock at the start, milliseconds since the Unix epoch
   * @param isBusy whether somebody computes who has to come to rest before time goes on
   */
  constructor(
    startMs = 0,
    private readonly isBusy = (): boolean => false,
  ) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const sleeper = {
        dueMs: this.#elapsedMs + Math.max(0, durationMs),
        wake: () => {
          signal?.removeEventListener('abort', abandon);
          resolve();
        },
      };
      const abandon = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abandon, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** How many sleep now: a test can wait for a loop to come to rest. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Lets time pass; whoever wakes on the way runs, and may sleep again, at its own instant. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#elapsedMs + durationMs;
    await this.#rest();
    for (;;) {
      const next = this.#nextDue(endMs);
      if (!next) break;
      this.#moveTo(Math.max(next.dueMs, this.#elapsedMs));
      this.#sleepers.delete(next);
      next.wake();
      await this.#rest();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock alone, as an administrator or NTP does. */
  setWall(epochMs: number): void {
    this.#wallMs = epochMs;
  }

  async #rest(): Promise<void> {
    do await setImmediate();
    while (this.isBusy());
  }

  /** Lets the monotonic clock alone leap, as a machine that was moved or suspended does. */
  leapMonotonic(durationMs: number): void {
    this.#elapsedMs += durationMs;
  }

  #moveTo(elapsedMs: number): void {
    this.#wallMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }

  #nextDue(endMs: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.dueMs <= endMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
