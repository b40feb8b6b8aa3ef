import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Asks again until `check` gives something truthy, and returns it.
 *
 * @param what named in the error when `timeoutMs` passes first
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await delay(POLL_MS);
  }
}

/** `fetch`, with null while nobody answers. */
export async function tryFetch(url: string, init?: RequestInit): Promise<Response | null> {
  return fetch(url, init).catch(() => null);
}
