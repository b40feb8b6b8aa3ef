import { createHash } from 'node:crypto';
import { liftOver } from '../capacity/deadband.ts';
import { planCapacity } from '../capacity/planner.ts';
import type { CapacityPolicy } from '../capacity/policy.ts';
import { isoTime } from '../clock.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { Reading, TickReadings } from './readings.ts';
import type { Deadband, Reactive, Snapshot } from './snapshot.ts';

/**
 * A forecast with what the queries beside its own say: the lifts judged against the pods that were
 * counted, and the reactive floor. Without a count the derived pods stay.
 */
export async function withReadings(
  snapshot: Snapshot,
  { reactive, replicas }: TickReadings,
  kernel: Kernel,
): Promise<Snapshot> {
  if (!reactive && !replicas) return snapshot;
  const { policy } = snapshot.plan;
  const deadband = counted(snapshot.deadband, replicas);
  const lift = (count: number): number =>
    deadband ? liftOver(count, deadband.present, policy.maxReplicas) : count;
  const floor = reactive ? await reactiveNeed(reactive, policy, kernel) : snapshot.reactive;
  const hash = createHash('sha256').update(JSON.stringify([deadband?.present, floor]));
  return {
    ...snapshot,
    id: `${snapshot.id.split('-')[0]}-${hash.digest('hex').slice(0, 8)}`,
    ...(deadband ? { deadband, desiredReplicas: deadband.without.map(lift) } : {}),
    ...(floor ? { reactive: { ...floor, replicas: lift(floor.bounded) } } : {}),
  };
}

/** The snapshot with newer readings; null when these are none. */
export async function renewed(
  snapshot: Snapshot,
  read: TickReadings,
  tickSeconds: number,
  kernel: Kernel,
): Promise<Snapshot | null> {
  const knownSeconds = snapshot.reactive ? Date.parse(snapshot.reactive.at) / 1000 : 0;
  const reactive = read.reactive && read.reactive.atSeconds > knownSeconds ? read.reactive : null;
  const replicas = snapshot.deadband ? read.replicas : null;
  if (!reactive && !replicas) return null;
  const renewedAt = isoTime(tickSeconds);
  return { ...(await withReadings(snapshot, { reactive, replicas }, kernel)), renewedAt };
}

function counted(deadband: Deadband | undefined, replicas: Reading | null): Deadband | undefined {
  if (!deadband || !replicas) return deadband;
  return { ...deadband, present: [Math.max(0, Math.round(replicas.value))], from: 'query' };
}

/** The planner's own need and bounds; no clamp on changes, as it is no plan but a floor. */
function reactiveNeed(
  { atSeconds, value }: Reading,
  policy: CapacityPolicy,
  kernel: Kernel,
): Promise<Omit<Reactive, 'replicas'>> {
  return kernel.exclusive(() => {
    const plan = planCapacity(kernel, policy, new Float64Array(), Float64Array.of(value));
    const at = isoTime(atSeconds);
    return { at, value, need: plan.need[0] ?? 0, bounded: plan.bounded[0] ?? 0 };
  });
}
