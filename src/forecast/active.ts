import type { PlanGrid } from '../capacity/window.ts';
import { type Clock, type Instant, instantOf, timeSinceMs } from '../clock.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot in force, with what every answer needs of it worked out once. */
export interface ActiveSnapshot extends PlanGrid {
  readonly snapshot: Snapshot;
  readonly generatedAtSeconds: number;
  /** When this process got it; from then on its age counts on the monotonic clock too. */
  readonly taken: Instant;
  /** The tick of its newest part: of the forecast, or of readings that came after it. */
  readonly renewedAtSeconds: number;
  readonly reactive: { readonly atSeconds: number; readonly replicas: number } | null;
  /** The JSON body of `GET /forecast/current`, ready to send. */
  readonly body: Buffer;
}

export function activate(snapshot: Snapshot, clock: Clock): ActiveSnapshot {
  const { generatedAt, renewedAt = generatedAt, reactive } = snapshot;
  return {
    snapshot,
    generatedAtSeconds: secondsOf(generatedAt),
    renewedAtSeconds: secondsOf(renewedAt),
    taken: instantOf(clock),
    cutoffSeconds: secondsOf(snapshot.cutoff),
    reactive: reactive ? { atSeconds: secondsOf(reactive.at), replicas: reactive.replicas } : null,
    stepSeconds: snapshot.stepSeconds,
    horizonSteps: snapshot.values.length,
    body: Buffer.from(JSON.stringify(snapshot)),
  };
}

/** The time at which a snapshot is served: its age and its lead-time window count from this. */
export function servingSeconds(active: ActiveSnapshot | null, clock: Clock): number {
  return (active ? timeSinceMs(active.taken, clock) : clock.nowMs()) / 1000;
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}
