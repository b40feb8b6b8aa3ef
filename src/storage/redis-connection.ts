import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import { KedastralError } from '../errors.ts';

/** How long a connection or one command may take before the store counts as unreachable. */
export const ANSWER_MS_MAX = 1_000;
const DEFAULT_PORT = 6379;
/** Errors of a server that another connection may not lead to: a failover, or one that hangs. */
const CONNECT_ANEW = ['READONLY', 'MASTERDOWN', 'LOADING', `no answer within ${ANSWER_MS_MAX} ms`];

export interface RedisEndpoint {
  /**
   * `host:port`, or a redis:// or rediss:// URL; its password and database yield to those below.
   */
  readonly address: string;
  /** Empty = the URL's. */
  readonly password: string;
  /** 0 = the URL's. */
  readonly db: number;
}

/**
 * A connection to one Redis. While there is none every command fails at once; ioredis connects
 * again by itself, after at most about 5 s. Nothing of ioredis' errors is passed on but their kind:
 * they hold the commands and so the password.
 */
export class RedisConnection {
  readonly #client: Redis;
  readonly #firstTry: Promise<unknown>;
  #reason = 'no connection';
  /** Redis answered, but not for the database that was asked for. */
  #isRefused = false;

  constructor(endpoint: RedisEndpoint) {
    this.#client = new Redis({
      ...addressOf(endpoint),
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

  /** @throws KedastralError store_unreachable */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    await this.#firstTry;
    if (this.#client.status !== 'ready' || this.#isRefused) throw this.#unreachable();
    try {
      return await command(this.#client);
    } catch (thrown) {
      this.#reason = reasonOf(thrown);
      if (CONNECT_ANEW.includes(this.#reason)) this.#client.disconnect(true);
      throw this.#unreachable();
    }
  }

  /** Runs a Lua script, which is sent whole only when Redis does not know it. */
  async script(
    lua: string,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const sha = createHash('sha1').update(lua).digest('hex');
    return this.run(async (client) => {
      try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
      } catch (thrown) {
        if (reasonOf(thrown) !== 'NOSCRIPT') throw thrown;
        return client.eval(lua, keys.length, ...keys, ...args);
      }
    });
  }

  close(): void {
    this.#client.disconnect();
  }

  #unreachable(): KedastralError {
    const { host, port, db } = this.#client.options;
    const message = `Redis at ${host}:${port}, database ${db}: ${this.#reason}`;
    return new KedastralError('store_unreachable', 'store', message);
  }
}

function addressOf({ address, password, db }: RedisEndpoint) {
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
