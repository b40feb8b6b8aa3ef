import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { KedastralError } from '../errors.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { decodeSnapshot, encodeSnapshot } from './codec.ts';
import type { Store } from './store.ts';

/** How long a connection or one command may take before the store counts as unreachable. */
const ANSWER_MS_MAX = 1_000;
const DEFAULT_PORT = 6379;

export interface RedisStoreOptions {
  /**
   * `host:port`, or a redis:// or rediss:// URL; its password and database yield to those below.
   */
  readonly address: string;
  /** Empty = the URL's. */
  readonly password: string;
  /** 0 = the URL's. */
  readonly db: number;
  /** How long a snapshot lives. */
  readonly ttlSeconds: number;
}

/**
 * Snapshots in Redis: key `kedastral:v1:<namespace>/<name>` (the namespace is empty for a workload
 * without one), value the snapshot's JSON.
 *
 * While there is no connection every command fails at once; ioredis connects again by itself, after
 * at most about 5 s. Nothing of ioredis' errors is passed on but their kind: they hold the commands
 * and so the password.
 */
export class RedisStore implements Store {
  readonly name = 'redis';
  readonly #client: Redis;
  readonly #ttlMs: number;
  readonly #firstTry: Promise<unknown>;
  #reason = 'no connection';
  /** Redis answered, but not for the database that was asked for. */
  #isRefused = false;

  constructor(options: RedisStoreOptions) {
    this.#ttlMs = options.ttlSeconds * 1_000;
    this.#client = new Redis({
      ...endpointOf(options),
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      connectTimeout: ANSWER_MS_MAX,
      commandTimeout: ANSWER_MS_MAX,
    });
    this.#client.on('connect', () => {
      this.#isRefused = false;
    });
    this.#client.on('error', (error) => {
      this.#reason = reasonOf(error);
      // ioredis would go on with database 0.
      if (commandOf(error) === 'select') this.#isRefused = true;
    });
    this.#firstTry = this.#client.connect().catch(() => undefined);
  }

  async put(snapshot: Snapshot): Promise<void> {
    const key = keyOf(snapshot.workload);
    await this.#run(() => this.#client.set(key, encodeSnapshot(snapshot), 'PX', this.#ttlMs));
  }

  async get(workload: string): Promise<Snapshot | null> {
    const text = await this.#run(() => this.#client.get(keyOf(workload)));
    return text === null ? null : decodeSnapshot(text, workload);
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }

  async #run<T>(command: () => Promise<T>): Promise<T> {
    await this.#firstTry;
    if (this.#client.status !== 'ready' || this.#isRefused) throw this.#unreachable();
    try {
      return await command();
    } catch (thrown) {
      this.#reason = reasonOf(thrown);
      throw this.#unreachable();
    }
  }

  #unreachable(): KedastralError {
    const { host, port, db } = this.#client.options;
    const message = `Redis at ${host}:${port}, database ${db}: ${this.#reason}`;
    return new KedastralError('store_unreachable', 'store', message);
  }
}

function endpointOf({ address, password, db }: RedisStoreOptions) {
  const url = new URL(address.includes('://') ? address : `redis://${address}`);
  // URL keeps the brackets of an IPv6 address.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: Number(url.port || DEFAULT_PORT),
    username: decodeURIComponent(url.username) || undefined,
    password: password || decodeURIComponent(url.password) || undefined,
    db: db || Number(url.pathname.slice(1)),
    ...(url.protocol === 'rediss:' ? { tls: { servername: isIP(host) ? '' : host } } : {}),
  };
}

function keyOf(workload: string): string {
  return `kedastral:v1:${workload.includes('/') ? workload : `/${workload}`}`;
}

/**
 * The kind of an error: a system code such as ECONNREFUSED, or Redis' first word, e.g. WRONGPASS.
 */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code) return code;
  if (message === 'Command timed out') return `no answer within ${ANSWER_MS_MAX} ms`;
  return /^[A-Z]+\b/.exec(message)?.[0] ?? 'connection lost';
}

function commandOf(error: Error): string | undefined {
  return (error as { command?: { name?: string } }).command?.name;
}
