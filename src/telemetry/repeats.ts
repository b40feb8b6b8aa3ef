import type { Clock } from '../clock.ts';

const REPEAT_MS = 600_000;
const KEPT_MAX = 16;

/** What was said lately: what lasts is told once in ten minutes, not at each tick. */
export class Repeats {
  readonly #saidMs = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** Whether `text` is to be said now; then it was. */
  isDue(text: string): boolean {
    const nowMs = this.clock.monotonicMs();
    const saidMs = this.#saidMs.get(text);
    if (saidMs !== undefined && nowMs - saidMs < REPEAT_MS) return false;
    if (this.#saidMs.size >= KEPT_MAX) this.#saidMs.clear();
    this.#saidMs.set(text, nowMs);
    return true;
  }

  /** What comes after is new. */
  clear(): void {
    this.#saidMs.clear();
  }
}
