/** So many equal values in a row are never taken as frozen. */
const FROZEN_STEPS_MIN = 12;
/** A run this many times as long as the usual longest ones is. */
const FROZEN_FACTOR = 4;
/** A series that has changed less often than this may be one that stands still. */
const CHANGES_MIN = 30;
/** The run whose length is the usual longest: of longer ones there may have been faults. */
const USUAL_RANK = 3;

/**
 * Marks the runs of one repeated value, not 0, that are far longer than those that the series
 * otherwise has: an exporter that repeats itself. The first value of a run is a measurement.
 *
 * @param values NaN = missing, which does not end a run
 * @param stepsMax a longer run is a new level
 * @param mark told of each step of such a run but its first
 */
export function markFrozen(
  values: Float64Array,
  stepsMax: number,
  mark: (step: number) => void,
): void {
  const { runs, changes } = equalRuns(values);
  if (changes < CHANGES_MIN) return;
  const usual = usualLongest(runs);
  const stepsMin = Math.max(FROZEN_STEPS_MIN, FROZEN_FACTOR * usual);
  for (const { first, last, steps } of runs) {
    if (steps < stepsMin || steps > stepsMax) continue;
    for (let k = first + 1; k <= last; k++) if (!Number.isNaN(values[k])) mark(k);
  }
}

interface Run {
  readonly first: number;
  readonly last: number;
  /** Observed steps in it. */
  readonly steps: number;
}

/** The runs of two or more equal values that are not 0, and how often values changed. */
function equalRuns(values: Float64Array): { runs: readonly Run[]; changes: number } {
  const runs: Run[] = [];
  let changes = 0;
  let first = 0;
  let last = 0;
  let steps = 0;
  for (let k = 0; k < values.length; k++) {
    const value = values[k] as number;
    if (Number.isNaN(value)) continue;
    if (steps > 0 && value === values[first]) {
      steps++;
    } else {
      if (steps > 1 && values[first] !== 0) runs.push({ first, last, steps });
      first = k;
      steps = 1;
      changes++;
    }
    last = k;
  }
  if (steps > 1 && values[first] !== 0) runs.push({ first, last, steps });
  return { runs, changes };
}

function usualLongest(runs: readonly Run[]): number {
  const longest = new Array<number>(USUAL_RANK).fill(1);
  for (const { steps } of runs) {
    const rank = longest.findIndex((length) => steps > length);
    if (rank < 0) continue;
    longest.splice(rank, 0, steps);
    longest.pop();
  }
  return longest[USUAL_RANK - 1] as number;
}
