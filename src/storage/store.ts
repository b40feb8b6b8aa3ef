import type { Snapshot } from '../forecast/snapshot.ts';

/** One of the processes that forecast a workload. With other options it is a stranger. */
export interface Replica {
  /** `[namespace/]name`. */
  readonly workload: string;
  readonly optionsId: string;
  /** Any text that no other replica has. */
  readonly token: string;
}

/** Snapshots of one workload and the same options are ordered by cutoff, then by their tick. */
export interface SnapshotOrder {
  readonly cutoffSeconds: number;
  /** The tick that made it, or that renewed its readings. */
  readonly generatedAtSeconds: number;
}

/** What a replica that asks for its turn says of the lease. */
export interface LeaseTerm {
  /** Its wall clock now. */
  readonly nowMs: number;
  /** How long the lease is to hold from now on, ≥ 1. */
  readonly lastsMs: number;
}

/**
 * What a replica is to do: take a newer snapshot, make one (the lease is its own), or wait for the
 * replica that has the lease, `holder` by its token.
 */
export type Turn =
  | { readonly kind: 'newer'; readonly snapshot: Snapshot }
  | { readonly kind: 'lead' }
  | { readonly kind: 'wait'; readonly holder: string };

/**
 * Keeps the newest snapshot of each workload and set of options, and says which replica makes the
 * next one. All methods throw KedastralError store_unreachable when there is no answer.
 */
export interface Store {
  readonly name: string;
  /** False: what is kept here is seen by this process alone, which always leads. */
  readonly isShared: boolean;

  /**
   * Keeps a snapshot, unless a newer one, or one as new, is kept: checked and done as one.
   *
   * @returns the snapshot that stands: equal to the one given, or the one that was kept before
   * @throws KedastralError store_clock when it was made in what is the store's future
   */
  put(snapshot: Snapshot): Promise<Snapshot>;

  /**
   * Asks what to do. The lease goes to the first replica that asks while nobody has it; who has it
   * and asks again keeps it. A snapshot is equal in every field to the one put.
   *
   * @param newerThan the newest snapshot that the replica knows; null for none
   * @throws KedastralError store_value; store_clock when nothing is newer and its clock is over
   *   30 s off the store's: then it gets no lease, and has none any more
   */
  turn(replica: Replica, newerThan: SnapshotOrder | null, lease: LeaseTerm): Promise<Turn>;

  /** Gives the lease back; nothing happens when another replica has it. */
  release(replica: Replica): Promise<void>;

  /** A short text kept beside the snapshots of a workload, whatever their options; null for none.
   *  @param name of the note, in a-z */
  note(workload: string, name: string): Promise<string | null>;

  /**
   * Writes a note for `ttlMs`, if it still says what is expected: checked and done as one, and
   * never after this has failed for want of an answer in time.
   *
   * @param expected null for no note
   * @returns whether it did
   * @throws KedastralError store_unreachable: then it is not written, unless the answer was lost
   */
  replaceNote(
    workload: string,
    name: string,
    expected: string | null,
    text: string,
    ttlMs: number,
  ): Promise<boolean>;

  close(): Promise<void>;
}
