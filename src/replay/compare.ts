import type { Comparison, Outcome } from './outcome.ts';

/** Bounds of the rival's headroom. */
const HEADROOM_MIN = 0.5;
const HEADROOM_MAX = 8;
const BISECTIONS = 18;
/** Relative difference at which two amounts count as equal. */
const EQUAL = 2e-4;
const REMOVED_MIN = -10;
/** Whole pods: costs as near to each other as this pass for the same. */
const SAME_COST = 0.02;

/**
 * Our policy beside the fair rival: reactive, with the flat headroom that makes its pod-hours equal
 * to ours; and what a rival costs that leaves as much unserved as we do.
 *
 * @param reactive plays the reactive policy with a headroom, all else equal
 */
export function compare(ours: Outcome, reactive: (headroom: number) => Outcome): Comparison {
  const rivalHeadroom = headroomAtPodHours(ours.podHours, reactive);
  const rival = reactive(rivalHeadroom);
  const equal = headroomAtUnserved(ours.unservedTotal, reactive);
  return {
    ours,
    rival,
    rivalHeadroom,
    isSameCost: Math.abs(rival.podHours / ours.podHours - 1) <= SAME_COST,
    unservedRemoved: removedShare(ours, rival),
    podHoursRatio: equal === null ? null : ours.podHours / reactive(equal).podHours,
    equalUnservedHeadroom: equal,
  };
}

/** Share of what the rival leaves unserved that we serve; floored at −10. */
export function removedShare(ours: Outcome, rival: Outcome): number {
  if (ours.unservedTotal === rival.unservedTotal) return 0;
  return Math.max(1 - ours.unservedTotal / rival.unservedTotal, REMOVED_MIN);
}

/** The headroom at which the reactive policy costs `podHours`, by bisection within its bounds. */
export function headroomAtPodHours(
  podHours: number,
  reactive: (headroom: number) => Outcome,
): number {
  return bisect((headroom) => reactive(headroom).podHours / podHours - 1);
}

/** The least headroom that leaves at most `unservedTotal`, or null when none within bounds does. */
export function headroomAtUnserved(
  unservedTotal: number,
  reactive: (headroom: number) => Outcome,
): number | null {
  if (reactive(HEADROOM_MAX).unservedTotal > unservedTotal) return null;
  return bisect((headroom) => (reactive(headroom).unservedTotal > unservedTotal ? -1 : 1));
}

/** Where a function that grows with the headroom goes through 0: the upper end of the bracket. */
function bisect(above: (headroom: number) => number): number {
  let low = HEADROOM_MIN;
  let high = HEADROOM_MAX;
  for (let i = 0; i < BISECTIONS; i++) {
    // Geometric: headrooms are factors.
    const middle = Math.sqrt(low * high);
    const excess = above(middle);
    if (Math.abs(excess) < EQUAL) return middle;
    if (excess < 0) low = middle;
    else high = middle;
  }
  return high;
}
