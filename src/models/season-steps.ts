const DAY_SECONDS = 86_400;

/**
 * The season that is looked for where none is named, in steps, ≥ 2: the day, or the week where a
 * day has not two steps.
 */
export function seasonSteps(stepSeconds: number): number {
  const daySteps = Math.round(DAY_SECONDS / stepSeconds);
  return daySteps >= 2 ? daySteps : Math.max(2, Math.round((7 * DAY_SECONDS) / stepSeconds));
}
