import type { Demand } from './demand.ts';
import type { Timeline } from './outcome.ts';

const DAY_SECONDS = 86_400;
/** Leads and delays beyond this are told as this. */
const LEAD_SECONDS_MAX = 3_600;

interface Capacity {
  readonly capacityPerPod: number;
  readonly maxReplicas: number;
}

/**
 * Median over the days of how long before the day's highest step began the pods it needs were
 * ready, and stayed so until then; negative when they came after its begin. Null without a day in
 * which demand is known.
 */
export function peakLeadSeconds(
  demand: Demand,
  timeline: Timeline,
  capacity: Capacity,
): number | null {
  const daySteps = Math.max(1, Math.round(DAY_SECONDS / demand.stepSeconds));
  const leads: number[] = [];
  for (let from = 0; from < demand.values.length; from += daySteps) {
    const day = demand.values.subarray(from, from + daySteps);
    const peak = indexOfMax(day);
    if (peak < 0) continue;
    const pods = Math.ceil((day[peak] as number) / capacity.capacityPerPod - 1e-9);
    const beginSeconds = demand.startSeconds + (from + peak) * demand.stepSeconds;
    leads.push(leadOf(timeline, beginSeconds, Math.min(pods, capacity.maxReplicas)));
  }
  if (leads.length === 0) return null;
  leads.sort((a, b) => a - b);
  return leads[leads.length >> 1] as number;
}

function indexOfMax(values: Float64Array): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > (best < 0 ? 0 : (values[best] as number))) best = i;
  }
  return best;
}

function leadOf({ timesSeconds, readyPods }: Timeline, beginSeconds: number, pods: number): number {
  let at = lastAtOrBefore(timesSeconds, beginSeconds);
  if ((readyPods[at] as number) >= pods) {
    while (at > 0 && (readyPods[at - 1] as number) >= pods) at--;
    const sinceSeconds = at === 0 ? Number.NEGATIVE_INFINITY : (timesSeconds[at] as number);
    return Math.min(beginSeconds - sinceSeconds, LEAD_SECONDS_MAX);
  }
  while (at < readyPods.length && (readyPods[at] as number) < pods) at++;
  const cameSeconds = timesSeconds[at] ?? Number.POSITIVE_INFINITY;
  return Math.max(beginSeconds - cameSeconds, -LEAD_SECONDS_MAX);
}

function lastAtOrBefore(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) > time) high = middle;
    else low = middle + 1;
  }
  return Math.max(low - 1, 0);
}
