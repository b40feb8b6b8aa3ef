import { setTimeout as delay } from 'node:timers/promises';
import type { Sidecar } from '../parts/sidecar.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

const EVERY_MS = 1_000;

/** A second of a run. Demand is in replicas: those that it needs, with its headroom. */
export interface Moment {
  /** Epoch seconds. */
  readonly atSeconds: number;
  readonly load: number;
  /** Of now, forecast the lead time ago; NaN before there was such a forecast. */
  readonly forecast: number;
  /** The plan of this step, without lead time. */
  readonly plan: number;
  /** What KEDA tells the HPA; NaN where it has no answer. */
  readonly asked: number;
  /** Replicas of the Deployment, and those of them that serve. */
  readonly replicas: number;
  readonly ready: number;
}

/** Watches a workload and its sidecar for some time, second by second. */
export async function watch(
  workload: ScaledWorkload,
  sidecar: Sidecar,
  seconds: number,
  leadSeconds: number,
): Promise<Moment[]> {
  const moments: Moment[] = [];
  const foreseen = new Map<number, number>();
  // By the time that they are of: a sample is known, and its forecast in force, seconds later.
  const loads = new Map<number, number>();
  const endMs = performance.now() + seconds * 1_000;
  while (performance.now() < endMs) {
    const atSeconds = Math.floor(Date.now() / 1_000);
    const [snapshot, asked, { asked: replicas, ready }] = await Promise.all([
      sidecar.json('/forecast/current'),
      workload.valueOfKeda(),
      workload.replicas(),
    ]);
    const { stepSeconds, values, desiredReplicas, plan } = snapshot;
    const { headroom, targetPerPod } = plan.policy;
    const cutoffSeconds = Date.parse(snapshot.cutoff) / 1_000;
    const inReplicas = (value: number) => (value * headroom) / targetPerPod;
    const stepAt = (time: number) => Math.floor((time - cutoffSeconds) / stepSeconds);
    const ahead = values[stepAt(atSeconds + leadSeconds)];
    if (ahead !== undefined) foreseen.set(atSeconds + leadSeconds, inReplicas(ahead));
    loads.set(cutoffSeconds, inReplicas(plan.sample));
    moments.push({
      ...{ atSeconds, replicas, ready, load: Number.NaN },
      forecast: foreseen.get(atSeconds) ?? Number.NaN,
      plan: desiredReplicas[stepAt(atSeconds)] ?? Number.NaN,
      asked: asked ?? Number.NaN,
    });
    await delay(EVERY_MS - (Date.now() % EVERY_MS));
  }
  return withLoads(moments, loads);
}

/** The last moments, of which the samples were not yet known, are left out. */
function withLoads(moments: readonly Moment[], loads: ReadonlyMap<number, number>): Moment[] {
  const times = [...loads.keys()].sort((a, b) => a - b);
  return moments.flatMap((moment) => {
    const time = times.find((each) => each >= moment.atSeconds);
    return time === undefined ? [] : [{ ...moment, load: loads.get(time) as number }];
  });
}

/** Pods that the load of a moment needs. */
export function needOf({ load }: Moment): number {
  return Math.ceil(load - 1e-9);
}

/**
 * How long before the load needed them the pods of the steepest climb could serve, in seconds: one
 * number for each pod, below 0 for one that came late; pods that were there from the start are left
 * out.
 *
 * @param seconds within which the load climbs
 */
export function leadsOf(moments: readonly Moment[], seconds: number): number[] {
  const needs = moments.map(needOf);
  const needAt = (i: number): number => needs[Math.min(i, needs.length - 1)] as number;
  const rises = needs.map((need, i) => needAt(i + seconds) - need);
  const start = rises.indexOf(Math.max(...rises));
  const leads: number[] = [];
  for (let pods = needAt(start) + 1; pods <= needAt(start + seconds); pods++) {
    const needed = needs.findIndex((need, i) => i >= start && need >= pods);
    const isShort = ({ ready }: Moment): boolean => ready < pods;
    const lastShort = moments.slice(0, needed + 1).findLastIndex(isShort);
    // Short of it still when it is needed: then it comes late.
    const isLate = lastShort === needed;
    const late = moments.findIndex((each, i) => i > needed && !isShort(each));
    const served = isLate ? late : lastShort + 1;
    if (served > 0) leads.push(timeOf(moments, needed) - timeOf(moments, served));
    else if (isLate) leads.push(Number.NEGATIVE_INFINITY);
  }
  return leads;
}

function timeOf(moments: readonly Moment[], index: number): number {
  return moments[index]?.atSeconds ?? Number.NaN;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
