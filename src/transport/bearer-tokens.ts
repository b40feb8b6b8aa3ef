import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { asFault, KedastralError, quoted } from '../errors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { RELOAD_INTERVAL_MS } from './server-tls.ts';

export interface TokenParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whose counter takes the faults. */
  readonly identity: string;
  /** Also for the paths of probes and scrapes. */
  readonly isForAll: boolean;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * The tokens of a file, one a line; any of them opens, so that a new one can be handed out before
 * the old one goes. Kept as digests alone.
 */
export class BearerTokens {
  readonly isForAll: boolean;
  readonly #file: string;
  readonly #parts: TokenParts;
  #digests: readonly Buffer[] = [];
  #refused = '';

  constructor(file: string, parts: TokenParts) {
    this.#file = file;
    this.#parts = parts;
    this.isForAll = parts.isForAll;
  }

  /** @throws KedastralError token_file */
  async load(): Promise<void> {
    this.#digests = await this.#read();
  }

  /** Reads the file again now and then until the signal says stop; a bad one changes nothing. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock, log, metrics, identity } = this.#parts;
    for (;;) {
      await clock.sleep(RELOAD_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.load();
        this.#refused = '';
      } catch (thrown) {
        const fault = asFault(thrown, 'http');
        metrics.forWorkload(identity).error(fault);
        if (fault.message === this.#refused) continue;
        this.#refused = fault.message;
        log.error('the tokens were not read anew, those before stay', { fault });
      }
    }
  }

  /** Compared in constant time, all of them whatever the first says. */
  opens(authorization: string | undefined): boolean {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) return false;
    const given = sha256(token);
    return this.#digests.reduce((found, known) => timingSafeEqual(known, given) || found, false);
  }

  /** The first digits of a token's hash, which tell it from others and give nothing away. */
  nameOf(authorization: string | undefined): string {
    const token = BEARER.exec(authorization ?? '')?.[1] ?? '';
    return sha256(token).toString('hex').slice(0, 8);
  }

  async #read(): Promise<readonly Buffer[]> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (thrown) {
      const { code = 'no reason given' } = thrown as NodeJS.ErrnoException;
      throw this.#fault(`cannot be read (${code})`);
    }
    const tokens = text.split('\n').map((line) => line.trim());
    const given = tokens.filter((token) => token !== '');
    if (given.length === 0) throw this.#fault('is empty');
    if (!given.every((token) => TOKEN.test(token))) {
      throw this.#fault('holds what is no token of printable ASCII without spaces');
    }
    return given.map(sha256);
  }

  #fault(rule: string): KedastralError {
    const message = `http-token-file ${quoted(this.#file)} ${rule}`;
    return new KedastralError('token_file', 'http', message);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
