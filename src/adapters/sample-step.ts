/**
 * The most common gap between neighbours of ascending times, the smaller of two equally common, or
 * null when there are fewer than two different times.
 *
 * @param timesSeconds epoch seconds, ascending, doubles allowed
 */
export function commonStepSeconds(timesSeconds: Float64Array): number | null {
  const countByGapMs = new Map<number, number>();
  for (let i = 1; i < timesSeconds.length; i++) {
    const gapMs = Math.round(
      1000 * ((timesSeconds[i] as number) - (timesSeconds[i - 1] as number)),
    );
    if (gapMs > 0) countByGapMs.set(gapMs, (countByGapMs.get(gapMs) ?? 0) + 1);
  }
  let bestGapMs: number | null = null;
  let bestCount = 0;
  for (const [gapMs, count] of countByGapMs) {
    if (count > bestCount || (count === bestCount && gapMs < (bestGapMs ?? 0))) {
      bestGapMs = gapMs;
      bestCount = count;
    }
  }
  return bestGapMs === null ? null : bestGapMs / 1000;
}
