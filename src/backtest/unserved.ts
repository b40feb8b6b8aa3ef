import type { Demand } from '../replay/demand.ts';
import type { Timeline } from '../replay/outcome.ts';

/**
 * The demand that ready pods left unserved, in each unit of time.
 *
 * @param demand on the grid that was played; unit 0 begins with it
 * @param unitSteps steps of a unit; a last one that is not whole is left out
 */
export function unservedByUnit(
  demand: Demand,
  timeline: Timeline,
  capacityPerPod: number,
  unitSteps: number,
): Float64Array {
  const { values, startSeconds, stepSeconds } = demand;
  const { timesSeconds, readyPods } = timeline;
  const units = new Float64Array(Math.floor(values.length / unitSteps));
  let at = 0;
  for (let i = 0; i < units.length * unitSteps; i++) {
    const value = values[i] as number;
    let time = startSeconds + i * stepSeconds;
    const end = time + stepSeconds;
    while (time < end) {
      while (at + 1 < timesSeconds.length && (timesSeconds[at + 1] as number) <= time) at++;
      const until = Math.min(end, timesSeconds[at + 1] ?? Number.POSITIVE_INFINITY);
      const short = value - (readyPods[at] as number) * capacityPerPod;
      const unit = Math.floor(i / unitSteps);
      if (short > 0) units[unit] = (units[unit] as number) + short * (until - time);
      time = until;
    }
  }
  return units;
}
