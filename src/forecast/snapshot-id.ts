import { createHash } from 'node:crypto';
import type { Series } from '../features/series.ts';
import type { Snapshot } from './snapshot.ts';

/** Equal options and inputs have equal hashes, on every replica and after every restart. */
export function hashOfInputs(optionsId: string, series: Series, up: Series | null): string {
  const hash = createHash('sha256').update(`${optionsId} ${series.cutoffSeconds} `);
  for (const { values } of up ? [series, up] : [series]) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}

/**
 * Covers what came out, too: an external model may answer two replicas differently, and equal ids
 * have equal values.
 */
export function snapshotId(
  inputs: string,
  made: Pick<Snapshot, 'quantiles' | 'desiredReplicas'>,
): string {
  const { quantiles, desiredReplicas } = made;
  const text = JSON.stringify([inputs, quantiles, desiredReplicas]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
