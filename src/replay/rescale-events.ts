/** The event recorder's defaults (client-go, tools/record/events_cache.go). */
const BURST = 25;
const TOKENS_PER_SECOND = Math.fround(1 / 300);
const DISTINCT_MAX = 10;
const DISTINCT_SECONDS = 600;

/**
 * The SuccessfulRescale events that reach the API server as new ones. The recorder counts up an
 * event whose message it has seen, folds the tenth different one within ten minutes into one
 * "combined" event, and drops what comes faster than its bucket fills.
 */
export class RescaleEvents {
  readonly #seen = new Set<string>();
  #distinct = new Set<string>();
  #lastSeconds = Number.NEGATIVE_INFINITY;
  #isCombined = false;
  #tokens = BURST;
  #filledAtSeconds = 0;

  /** The message of the event that is created, or null when none is. */
  record(message: string, nowSeconds: number): string | null {
    if (nowSeconds - this.#lastSeconds > DISTINCT_SECONDS) this.#distinct = new Set();
    this.#lastSeconds = nowSeconds;
    this.#distinct.add(message);
    const isCombined = this.#distinct.size >= DISTINCT_MAX;
    // The recorder takes out an arbitrary one; here it is the oldest.
    if (isCombined) this.#distinct.delete(this.#distinct.values().next().value as string);
    const isNew = isCombined ? !this.#isCombined : !this.#seen.has(message);
    if (isCombined) this.#isCombined = true;
    else this.#seen.add(message);
    if (!this.#takeToken(nowSeconds) || !isNew) return null;
    return isCombined ? `(combined from similar events): ${message}` : message;
  }

  #takeToken(nowSeconds: number): boolean {
    const gained = (nowSeconds - this.#filledAtSeconds) * TOKENS_PER_SECOND;
    this.#tokens = Math.min(BURST, this.#tokens + gained);
    this.#filledAtSeconds = nowSeconds;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
