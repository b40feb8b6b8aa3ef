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

/** One moment on both clocks. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function instantOf(clock: Clock): Instant {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

/**
 * The wall clock's time, never less than `then` and what has passed since on the monotonic clock: a
 * wall clock that was set back makes nothing younger. After a suspension, in which the monotonic
 * clock of Linux stands still, the wall clock is the one that is right.
 */
export function timeSinceMs(then: Instant, clock: Clock): number {
  const passedMs = clock.monotonicMs() - then.monotonicMs;
  return Math.max(clock.nowMs(), then.wallMs + passedMs);
}

/** RFC 3339 in UTC, to the millisecond. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Node's timers end at once when they are asked for more: 24.8 days. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (durationMs, signal) => {
    let leftMs = durationMs;
    do {
      await delay(Math.min(leftMs, TIMER_MS_MAX), undefined, signal ? { signal } : {});
      leftMs -= TIMER_MS_MAX;
    } while (leftMs > 0);
  },
};
