import type { Snapshot } from '../forecast/snapshot.ts';

/** Keeps the last snapshot of each workload. */
export interface Store {
  readonly name: string;
  /** @throws KedastralError store_unreachable */
  put(snapshot: Snapshot): Promise<void>;
  /** The last snapshot put, equal in every field, or null when there is none.
   *  @throws KedastralError store_unreachable, store_value */
  get(workload: string): Promise<Snapshot | null>;
  close(): Promise<void>;
}
