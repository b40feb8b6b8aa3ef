import { KedastralError } from '../errors.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from './codec.ts';
import { ANSWER_MS_MAX, RedisConnection, type RedisEndpoint } from './redis-connection.ts';
import { PUT, RELEASE, REPLACE_NOTE, TURN } from './redis-scripts.ts';
import type { LeaseTerm, Replica, SnapshotOrder, Store, Turn } from './store.ts';

export interface RedisStoreOptions extends RedisEndpoint {
  /** How long a snapshot lives. */
  readonly ttlSeconds: number;
}

/**
 * Snapshots and leases in Redis. The namespace in a key is empty for a workload without one.
 *
 * - `kedastral:v1:<namespace>/<name>`: JSON of the newest snapshot, for whoever wants to read it
 * - `…:<optionsId>`: the newest snapshot made with these options; during a rolling update two such
 *   keys live side by side
 * - `…:<optionsId>:lease`: the token of the replica that makes the next one
 * - `…:<note>`: a note
 */
export class RedisStore implements Store {
  readonly name = 'redis';
  readonly isShared = true;
  readonly #redis: RedisConnection;
  readonly #ttlMs: number;

  constructor({ ttlSeconds, ...endpoint }: RedisStoreOptions) {
    this.#ttlMs = ttlSeconds * 1_000;
    this.#redis = new RedisConnection(endpoint);
  }

  async put(snapshot: Snapshot): Promise<Snapshot> {
    const { workload, optionsId, cutoff, generatedAt, renewedAt = generatedAt } = snapshot;
    const keys = [snapshotKey(snapshot), keyOf(workload)];
    const order = [Date.parse(cutoff), Date.parse(renewedAt)];
    const args = [...order, encodeSnapshot(snapshot), this.#ttlMs];
    const [answer, stored] = listOf(await this.#redis.script(PUT, keys, args)) as [string, string?];
    if (answer === 'ahead') {
      const message = `the snapshot of ${workload} lies over 30 s in the future of Redis' clock`;
      throw new KedastralError('store_clock', 'store', message);
    }
    return stored === undefined ? snapshot : decodeStored(stored, { workload, optionsId });
  }

  async turn(
    replica: Replica,
    newerThan: SnapshotOrder | null,
    { nowMs, lastsMs }: LeaseTerm,
  ): Promise<Turn> {
    const { cutoffSeconds, generatedAtSeconds } = newerThan ?? NOTHING_YET;
    const keys = [snapshotKey(replica), leaseKey(replica)];
    const order = [cutoffSeconds * 1_000, generatedAtSeconds * 1_000];
    const args = [...order, replica.token, Math.ceil(lastsMs), Math.round(nowMs)];
    const [kind, text] = listOf(await this.#redis.script(TURN, keys, args)) as TurnAnswer;
    if (kind === 'newer') return { kind, snapshot: decodeStored(text, replica) };
    if (kind === 'wait') return { kind, holder: text };
    if (kind === 'lead') return { kind };
    throw new KedastralError('store_clock', 'store', 'this clock is over 30 s off that of Redis');
  }

  async release(replica: Replica): Promise<void> {
    await this.#redis.script(RELEASE, [leaseKey(replica)], [replica.token]);
  }

  async note(workload: string, name: string): Promise<string | null> {
    return this.#redis.run((client) => client.get(`${keyOf(workload)}:${name}`));
  }

  /** A command that Redis reads late, as after a pause, does nothing: it carries its own end. */
  async replaceNote(
    workload: string,
    name: string,
    expected: string | null,
    text: string,
    ttlMs: number,
  ): Promise<boolean> {
    const [seconds, micros] = listOf(await this.#redis.run((client) => client.time()));
    const endMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000) + ANSWER_MS_MAX;
    const args = [expected ?? '', text, Math.ceil(ttlMs), endMs];
    const keys = [`${keyOf(workload)}:${name}`];
    const answer = await this.#redis.script(REPLACE_NOTE, keys, args);
    if (answer !== 'late') return answer === 'kept';
    throw new KedastralError(
      'store_unreachable',
      'store',
      'Redis was too late: nothing is written',
    );
  }

  async close(): Promise<void> {
    this.#redis.close();
  }
}

type TurnAnswer = [kind: Turn['kind'] | 'clock', text: string];
type Generation = Pick<Replica, 'workload' | 'optionsId'>;

const NOTHING_YET: SnapshotOrder = { cutoffSeconds: -1, generatedAtSeconds: -1 };

function keyOf(workload: string): string {
  return `kedastral:v1:${workload.includes('/') ? workload : `/${workload}`}`;
}

function snapshotKey({ workload, optionsId }: Generation): string {
  return `${keyOf(workload)}:${optionsId}`;
}

function leaseKey(generation: Generation): string {
  return `${snapshotKey(generation)}:lease`;
}

/** A proxy before Redis that knows not all of its commands answers with something else. */
function listOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer;
  throw new KedastralError('store_unreachable', 'store', 'Redis answered out of its protocol');
}

/** What stands before the JSON is for the scripts (redis-scripts.ts). */
function decodeStored(stored: string, { workload, optionsId }: Generation): Snapshot {
  const snapshot = decodeSnapshot(stored.slice(stored.indexOf('\n') + 1), workload);
  if (snapshot.optionsId !== optionsId) {
    const message = `the stored snapshot of ${workload} is of other options`;
    throw new KedastralError('store_value', 'store', message);
  }
  return snapshot;
}
