import type { PlanGrid } from '../capacity/window.ts';
import type { Clock } from '../clock.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot in force, with what every answer needs of it worked out once. */
export interface ActiveSnapshot extends PlanGrid {
  readonly snapshot: Snapshot;
  readonly generatedAtSeconds: number;
  /** Its age by what has passed since it was taken, whatever the wall clock was set to. */
  readonly elapsedSeconds: () => number;
  /** The JSON body of `GET /forecast/current`, ready to send. */
  readonly body: Buffer;
}

/** @param clock of the process that takes it, now */
export function activate(snapshot: Snapshot, clock: Clock): ActiveSnapshot {
  const generatedAtMs = Date.parse(snapshot.generatedAt);
  const ageMs = Math.max(0, clock.nowMs() - generatedAtMs);
  const takenMs = clock.monotonicMs();
  return {
    snapshot,
    generatedAtSeconds: generatedAtMs / 1000,
    elapsedSeconds: () => (ageMs + clock.monotonicMs() - takenMs) / 1000,
    cutoffSeconds: Date.parse(snapshot.cutoff) / 1000,
    stepSeconds: snapshot.stepSeconds,
    horizonSteps: snapshot.values.length,
    body: Buffer.from(JSON.stringify(snapshot)),
  };
}
