import type { Snapshot } from '../../src/forecast/snapshot.ts';
import type { Store } from '../../src/storage/store.ts';
import { OPTIONS_ID } from './snapshots.ts';

/** What a replica that knows nothing yet is given; null when there is nothing. */
export async function stored(
  store: Store,
  workload: string,
  optionsId = OPTIONS_ID,
): Promise<Snapshot | null> {
  const replica = { workload, optionsId, token: 'test' };
  const turn = await store.turn(replica, null, { nowMs: Date.now(), lastsMs: 1_000 });
  await store.release(replica);
  return turn.kind === 'newer' ? turn.snapshot : null;
}
