import type { PlanGrid } from '../capacity/window.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot in force, with what every answer needs of it worked out once. */
export interface ActiveSnapshot extends PlanGrid {
  readonly snapshot: Snapshot;
  readonly generatedAtSeconds: number;
  /** The JSON body of `GET /forecast/current`, ready to send. */
  readonly body: Buffer;
}

export function activate(snapshot: Snapshot): ActiveSnapshot {
  return {
    snapshot,
    generatedAtSeconds: Date.parse(snapshot.generatedAt) / 1000,
    cutoffSeconds: Date.parse(snapshot.cutoff) / 1000,
    stepSeconds: snapshot.stepSeconds,
    horizonSteps: snapshot.values.length,
    body: Buffer.from(JSON.stringify(snapshot)),
  };
}
