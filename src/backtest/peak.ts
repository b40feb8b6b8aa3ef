import type { GridSeries } from './grid-series.ts';
import type { PeakScores } from './result.ts';

const WINDOW_SECONDS = 300;

/**
 * What an autoscaler feels: the highest forecast of the first five minutes (one step at least)
 * beside the highest actual, over the origins of which these steps are fully observed.
 */
export class PeakSums {
  readonly #steps: number;
  #origins = 0;
  #below = 0;
  #under = 0;
  #over = 0;
  #actual = 0;

  constructor(private readonly series: GridSeries) {
    const steps = Math.max(1, Math.ceil(WINDOW_SECONDS / series.stepSeconds));
    this.#steps = Math.min(steps, series.horizonSteps);
  }

  add(cutoff: number, forecast: ArrayLike<number>): void {
    let actual = Number.NEGATIVE_INFINITY;
    let said = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.#steps; i++) {
      const value = this.series.values[cutoff + 1 + i] ?? Number.NaN;
      if (Number.isNaN(value)) return;
      actual = Math.max(actual, value);
      said = Math.max(said, forecast[i] as number);
    }
    this.#origins++;
    if (said < actual) this.#below++;
    this.#under += Math.max(actual - said, 0);
    this.#over += Math.max(said - actual, 0);
    this.#actual += actual;
  }

  scores(): PeakScores {
    return {
      underRate: this.#below / this.#origins,
      under: this.#under / this.#actual,
      over: this.#over / this.#actual,
    };
  }
}
