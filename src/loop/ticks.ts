/** FNV-1a, 32 bits (Fowler, Noll & Vo): spreads names evenly and is the same on every machine. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/**
 * The nominal times at which one workload is forecast: `phase + k·interval`, the same on all of its
 * replicas, spread over workloads.
 */
export class Ticks {
  readonly intervalMs: number;
  readonly #phaseMs: number;

  constructor(identity: string, intervalSeconds: number) {
    this.intervalMs = intervalSeconds * 1000;
    this.#phaseMs = hashOf(identity) % this.intervalMs;
  }

  /** The last tick at or before `timeMs`. */
  atOrBeforeMs(timeMs: number): number {
    const k = Math.floor((timeMs - this.#phaseMs) / this.intervalMs);
    return this.#phaseMs + k * this.intervalMs;
  }

  /** The first tick after `timeMs`. */
  afterMs(timeMs: number): number {
    return this.atOrBeforeMs(timeMs) + this.intervalMs;
  }
}
