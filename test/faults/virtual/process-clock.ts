import type { Clock } from '../../../src/clock.ts';
import type { VirtualClock } from '../../virtual-clock.ts';

/**
 * The clock of one process: the world's time, wrong by an offset, and standing still for a process
 * that is frozen (SIGSTOP), suspended with its machine, or dead.
 */
export class ProcessClock implements Clock {
  readonly #world: VirtualClock;
  #offsetMs = 0;
  #suspendedMs = 0;
  /** Since when the machine sleeps; null while it does not. */
  #suspendedSinceMs: number | null = null;
  #gate: Promise<void> = Promise.resolve();
  #open: (() => void) | null = null;

  constructor(world: VirtualClock) {
    this.#world = world;
  }

  nowMs(): number {
    return this.#world.nowMs() + this.#offsetMs;
  }

  /** Linux' monotonic clock does not count the time in which the machine is suspended. */
  monotonicMs(): number {
    const untilMs = this.#suspendedSinceMs ?? this.#world.monotonicMs();
    return untilMs - this.#suspendedMs;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    const dueMs = this.monotonicMs() + durationMs;
    do {
      await this.#world.sleep(Math.max(0, dueMs - this.monotonicMs()), signal);
      await this.#gate;
    } while (this.monotonicMs() < dueMs);
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Sets the wall clock wrong by so much; 0 = right. */
  setOffset(offsetMs: number): void {
    this.#offsetMs = offsetMs;
  }

  get isFrozen(): boolean {
    return this.#open !== null;
  }

  /** Nobody who sleeps wakes until `thaw`. */
  freeze(): void {
    if (this.#open) return;
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  thaw(): void {
    if (this.#suspendedSinceMs !== null) {
      this.#suspendedMs += this.#world.monotonicMs() - this.#suspendedSinceMs;
      this.#suspendedSinceMs = null;
    }
    this.#open?.();
    this.#open = null;
  }

  /** As `freeze`, and the monotonic clock stands. */
  suspend(): void {
    this.freeze();
    this.#suspendedSinceMs ??= this.#world.monotonicMs();
  }

  /** Waits while the process is frozen. */
  running(): Promise<void> {
    return this.#gate;
  }
}
