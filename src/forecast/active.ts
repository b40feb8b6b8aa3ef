import type { PlanGrid } from '../capacity/window.ts';
import { type Clock, type Instant, instantOf, timeSinceMs } from '../clock.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot in force, with what every answer needs of it worked out once. */
export interface ActiveSnapshot extends PlanGrid {
  readonly snapshot: Snapshot;
  readonly generatedAtSeconds: number;
  /** When this process got it; from then on its age counts on the monotonic clock too. */
  readonly taken: Instant;
  /** The JSON body of `GET /forecast/current`, ready to send. */
  readonly body: Buffer;
}

export function activate(snapshot: Snapshot, clock: Clock): ActiveSnapshot {
  return {
    snapshot,
    generatedAtSeconds: Date.parse(snapshot.generatedAt) / 1000,
    taken: instantOf(clock),
    cutoffSeconds: Date.parse(snapshot.cutoff) / 1000,
    stepSeconds: snapshot.stepSeconds,
    horizonSteps: snapshot.values.length,
    body: Buffer.from(JSON.stringify(snapshot)),
  };
}

/** The time at which a snapshot is served: its age and its lead-time window count from this. */
export function servingSeconds({ taken }: ActiveSnapshot, clock: Clock): number {
  return timeSinceMs(taken, clock) / 1000;
}
