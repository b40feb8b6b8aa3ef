import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Tests put a virtual one in its place (test/virtual-clock.ts). */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Monotonic clock, milliseconds since an arbitrary start; never steps back. */
  monotonicMs(): number;
  /** Resolves after `durationMs`, or rejects with the signal's reason when it is aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (durationMs, signal) => {
    await delay(durationMs, undefined, signal ? { signal } : {});
  },
};
