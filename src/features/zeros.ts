/** A zero that was over sooner may be of an exporter that restarted: it vouches for no other, … */
const BRIEF_SECONDS = 1800;
/** … unless such zeros are more than this share of the values. */
const BRIEF_ZEROS_SHARE = 0.05;

/**
 * Which steps are zeros that are no evidence for another: 1, else 0.
 *
 * @param values NaN = missing, which does not end a run of zeros
 */
export function briefZerosOf(
  values: Float64Array,
  stepSeconds: number,
  observedSteps: number,
): Uint8Array {
  const stepsMin = Math.round(BRIEF_SECONDS / stepSeconds);
  const brief = new Uint8Array(values.length);
  let zeros = 0;
  for (let first = values.indexOf(0); first >= 0; ) {
    let end = first + 1;
    while (values[end] === 0 || Number.isNaN(values[end])) end++;
    if (end - first < stepsMin) {
      brief.fill(1, first, end);
      zeros += end - first;
    }
    first = values.indexOf(0, end);
  }
  return zeros > BRIEF_ZEROS_SHARE * observedSteps ? brief.fill(0) : brief;
}
