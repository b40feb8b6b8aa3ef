/** Observed steps that the level of a series is the median of. */
export const LEVEL_WINDOW = 15;

/** What a step's value is compared with, and how far from it this series usually lies. */
export interface Reference {
  /** Median of the `LEVEL_WINDOW` observed values before each step; NaN where there is none. */
  readonly levels: Float64Array;
  /** Quantile of the distances above and below that level; 0 without any. */
  readonly usualRise: number;
  readonly usualFall: number;
  /** Median of the levels; NaN without any. */
  readonly usualLevel: number;
  readonly observedSteps: number;
}

/** Share of the distances that are usual: rarer ones are judged. */
const USUAL_SHARE = 0.995;

/**
 * The running Hampel identifier's two parts (Hampel 1974; Pearson et al., "Generalized Hampel
 * Filters", 2016), with the median of past values alone, so that the newest step is judged like any
 * other. In place of the MAD stands a high quantile of the series' own distances: what a bursty
 * series does often is no outlier of it.
 *
 * @param values NaN = missing
 */
export function referenceOf(values: Float64Array): Reference {
  const count = values.length;
  const levels = new Float64Array(count).fill(Number.NaN);
  const distances = new Float64Array(count);
  const window = new SlidingMedian();
  let rises = 0;
  let falls = 0;
  for (let k = 0; k < count; k++) {
    const value = values[k] as number;
    if (Number.isNaN(value)) {
      levels[k] = window.median;
      continue;
    }
    const level = window.median;
    levels[k] = level;
    // Rises are kept from the front, falls from the back.
    if (value > level) distances[rises++] = value - level;
    else if (value <= level) distances[count - ++falls] = level - value;
    window.push(value);
  }
  return {
    levels,
    usualRise: quantile(distances.subarray(0, rises), rises + falls),
    usualFall: quantile(distances.subarray(count - falls), rises + falls),
    usualLevel: medianOf(levels.filter((level) => !Number.isNaN(level))),
    observedSteps: window.pushed,
  };
}

/** That which all but `1 − USUAL_SHARE` of `total` steps are below; reorders `distances`. */
function quantile(distances: Float64Array, total: number): number {
  const above = Math.floor(total * (1 - USUAL_SHARE));
  return nthOf(distances, distances.length - 1 - above) ?? 0;
}

/** The upper median; NaN of nothing. Reorders `values`. */
export function medianOf(values: Float64Array): number {
  return nthOf(values, values.length >> 1) ?? Number.NaN;
}

/** The value that would be at `index` in ascending order (Hoare's FIND, 1961). */
function nthOf(values: Float64Array, index: number): number | undefined {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[index] as number;
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = swapped;
    }
    if (j < index) left = i;
    if (i > index) right = j;
  }
  return values[index];
}

/** Median of the last `LEVEL_WINDOW` values pushed. */
class SlidingMedian {
  readonly #ring = new Float64Array(LEVEL_WINDOW);
  readonly #sorted = new Float64Array(LEVEL_WINDOW);
  #pushed = 0;

  get pushed(): number {
    return this.#pushed;
  }

  get median(): number {
    const count = Math.min(this.#pushed, LEVEL_WINDOW);
    return count === 0 ? Number.NaN : (this.#sorted[count >> 1] as number);
  }

  push(value: number): void {
    const slot = this.#pushed % LEVEL_WINDOW;
    const sorted = this.#sorted;
    let i = Math.min(this.#pushed, LEVEL_WINDOW - 1);
    if (this.#pushed >= LEVEL_WINDOW) {
      // The oldest value's place becomes the gap that the new one is moved to.
      const oldest = this.#ring[slot] as number;
      for (i = 0; sorted[i] !== oldest; ) i++;
      while (i < LEVEL_WINDOW - 1 && (sorted[i + 1] as number) < value) {
        sorted[i] = sorted[++i] as number;
      }
    }
    while (i > 0 && (sorted[i - 1] as number) > value) sorted[i] = sorted[--i] as number;
    sorted[i] = value;
    this.#ring[slot] = value;
    this.#pushed++;
  }
}
