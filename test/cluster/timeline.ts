import { setTimeout as delay } from 'node:timers/promises';
import type { Sidecar } from '../parts/sidecar.ts';
import type { ScaledWorkload } from './scaled-workload.ts';

const EVERY_MS = 1_000;

/** A second of a run; demand is in replicas: what the load, with its headroom, needs. */
export interface Moment {
  /** Epoch seconds. */
  readonly atSeconds: number;
  /** Newest sample. */
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
    const inReplicas = (value: number) => (value * headroom) / targetPerPod;
    const cutoffSeconds = Date.parse(snapshot.cutoff) / 1_000;
    const stepAt = (time: number) => Math.floor((time - cutoffSeconds) / stepSeconds);
    const ahead = values[stepAt(atSeconds + leadSeconds)];
    if (ahead !== undefined) foreseen.set(atSeconds + leadSeconds, inReplicas(ahead));
    moments.push({
      ...{ atSeconds, replicas, ready },
      load: inReplicas(plan.sample),
      forecast: foreseen.get(atSeconds) ?? Number.NaN,
      plan: desiredReplicas[stepAt(atSeconds)] ?? Number.NaN,
      asked: asked ?? Number.NaN,
    });
    await delay(EVERY_MS - (Date.now() % EVERY_MS));
  }
  return moments;
}

/**
 * How long before the load needed them the pods of the steepest climb could serve, in seconds: one
 * number for each pod of it, the first one first; below 0 for one that came late.
 */
export function leadsOf(moments: readonly Moment[], withinSeconds: number): number[] {
  const climbs = moments.map(({ atSeconds, load }, i) => {
    const later = moments.slice(i).filter((each) => each.atSeconds <= atSeconds + withinSeconds);
    return { i, from: Math.ceil(load), to: Math.ceil(Math.max(...later.map((each) => each.load))) };
  });
  const steepest = climbs.reduce((a, b) => (b.to - b.from > a.to - a.from ? b : a));
  const { load, replicas } = moments[steepest.i] as Moment;
  const before = Math.max(Math.ceil(load), Math.min(replicas, steepest.from));
  const firstAt = (reached: (moment: Moment) => boolean, from: number): number =>
    moments.slice(from).find(reached)?.atSeconds ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: steepest.to - before }, (_, k) => {
    const pods = before + k + 1;
    const lastShort = moments.slice(0, steepest.i).findLastIndex(({ ready }) => ready < pods);
    const needed = firstAt((each) => each.load > pods - 1, steepest.i);
    return needed - firstAt(({ ready }) => ready >= pods, Math.max(0, lastShort));
  });
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}
