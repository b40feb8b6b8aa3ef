import type { PlanGrid } from '../capacity/window.ts';
import type { Snapshot } from './snapshot.ts';

/** A snapshot in force, with what every answer needs of it worked out once. */
export interface ActiveSnapshot extends PlanGrid {
  readonly snapshot: Snapshot;
  readonly generatedAtSeconds: number;
  /** The tick of its newest part: of the forecast, or of readings that came after it. */
  readonly renewedAtSeconds: number;
  readonly reactive: { readonly atSeconds: number; readonly replicas: number } | null;
  /** The JSON body of `GET /forecast/current`, ready to send. */
  readonly body: Buffer;
}

export function activate(snapshot: Snapshot): ActiveSnapshot {
  const { generatedAt, renewedAt = generatedAt, reactive } = snapshot;
  return {
    snapshot,
    generatedAtSeconds: secondsOf(generatedAt),
    renewedAtSeconds: secondsOf(renewedAt),
    cutoffSeconds: secondsOf(snapshot.cutoff),
    reactive: reactive ? { atSeconds: secondsOf(reactive.at), replicas: reactive.replicas } : null,
    stepSeconds: snapshot.stepSeconds,
    horizonSteps: snapshot.values.length,
    body: Buffer.from(JSON.stringify(snapshot)),
  };
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}
