import type { Fan } from './result.ts';

const KEPT_MAX = 64;

interface Kept {
  readonly cutoff: number;
  readonly error: number;
  readonly demand: number;
  readonly bands: readonly Float64Array[];
}

/** Chooses the forecasts that are shown, among at most 64 spread evenly over the origins. */
export class FanChooser {
  readonly #kept: Kept[] = [];
  readonly #stride: number;
  #seen = 0;

  /** @param origins how many will come, in ascending order */
  constructor(
    private readonly levels: readonly number[],
    origins: number,
  ) {
    this.#stride = Math.max(1, Math.ceil(origins / KEPT_MAX));
  }

  /**
   * @param error of the origin, NaN when nothing was observed
   * @param demand the highest actual of its horizon
   * @param bands copied when they are kept
   */
  offer(cutoff: number, error: number, demand: number, bands: readonly Float64Array[]): void {
    if (this.#seen++ % this.#stride !== 0 || Number.isNaN(error)) return;
    this.#kept.push({ cutoff, error, demand, bands: bands.map((band) => band.slice()) });
  }

  /** Best, median, worst, latest and busiest, ascending by cutoff, each origin once. */
  fans(): Fan[] {
    const byError = this.#kept.toSorted((a, b) => a.error - b.error || a.cutoff - b.cutoff);
    const byDemand = this.#kept.toSorted((a, b) => a.demand - b.demand || a.cutoff - b.cutoff);
    const chosen = [
      ['worst', byError.at(-1)],
      ['median', byError[byError.length >> 1]],
      ['best', byError[0]],
      ['busiest', byDemand.at(-1)],
      ['latest', this.#kept.at(-1)],
    ] as const;
    const fans = new Map<number, Fan>();
    for (const [why, kept] of chosen) {
      if (!kept || fans.has(kept.cutoff)) continue;
      const { cutoff, bands } = kept;
      fans.set(cutoff, { cutoff, why, levels: this.levels, quantiles: bands });
    }
    return [...fans.values()].sort((a, b) => a.cutoff - b.cutoff);
  }
}
