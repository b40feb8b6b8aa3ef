import { readFile } from 'node:fs/promises';
import { KedastralError } from '../errors.ts';
import { MemoryStore } from './memory.ts';
import type { Store } from './store.ts';

/** The options of src/config/options.ts that choose a store. */
export interface StoreOptions {
  readonly storage: 'memory' | 'redis';
  readonly redisAddr: string;
  readonly redisPassword?: string | null | undefined;
  readonly redisPasswordFile?: string | null | undefined;
  readonly redisDb: number;
  readonly redisTtlSeconds: number;
}

/**
 * Opens the store that was asked for. It does not wait for Redis, which may come later.
 *
 * @throws KedastralError option_invalid when the password's file cannot be read
 */
export async function createStore(options: StoreOptions): Promise<Store> {
  if (options.storage === 'memory') return new MemoryStore();
  const { RedisStore } = await import('./redis.ts');
  return new RedisStore({
    address: options.redisAddr,
    password: await passwordOf(options),
    db: options.redisDb,
    ttlSeconds: options.redisTtlSeconds,
  });
}

async function passwordOf({ redisPassword, redisPasswordFile }: StoreOptions): Promise<string> {
  if (!redisPasswordFile) return redisPassword ?? '';
  try {
    return (await readFile(redisPasswordFile, 'utf8')).trim();
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code;
    const message = `redis-password-file: ${redisPasswordFile} could not be read: ${why}`;
    throw new KedastralError('option_invalid', 'store', message);
  }
}
