import {
  authorization,
  bearerOf,
  type Credentials,
  credentialsOf,
} from '../adapters/credentials.ts';
import { HttpClient } from '../adapters/http-client.ts';
import type { Clock } from '../clock.ts';
import { asFault, KedastralError } from '../errors.ts';
import { decodeSnapshot } from '../storage/codec.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RemoteWorkload } from './remote-workload.ts';

interface PollOptions {
  readonly forecasterIntervalSeconds: number;
  readonly forecasterTokenFile: string | null;
  readonly forecasterCaFile: string | null;
}

interface PollParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** For one look; a forecaster answers from memory. */
const DEADLINE_MS = 3_000;
/** A forecast of 2,880 steps with 16 quantiles has half of it. */
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;
const ETAG_LENGTH_MAX = 256;
const PARALLEL_MAX = 4;
/** So many in a row without a connection or in time, and the rest of the round is let be. */
const SILENCES_MAX = 8;

/**
 * Looks at one forecaster again and again for each workload, in the background: what comes is put
 * into force by the workload itself. Each fault is counted; a forecaster that begins or ends to
 * fail is said once.
 */
export class ForecasterPolls {
  readonly #url: URL;
  readonly #urlCredentials: Credentials;
  readonly #client: HttpClient;
  readonly #etags = new Map<RemoteWorkload, string>();
  /** Where the next round begins: the one after the last that was looked at. */
  #next = 0;
  #silences = 0;
  #isFailing = false;

  /** @throws KedastralError option_invalid */
  constructor(
    url: string,
    private readonly options: PollOptions,
    private readonly parts: PollParts,
  ) {
    this.#url = new URL(url);
    this.#urlCredentials = credentialsOf('forecaster-url', this.#url);
    this.#client = new HttpClient(
      {
        caFile: options.forecasterCaFile,
        caOption: 'forecaster-ca-file',
        deadlineMs: DEADLINE_MS,
        maxResponseBytes: RESPONSE_BYTES_MAX,
        // The next round is the next attempt.
        retries: 0,
      },
      parts.clock,
    );
  }

  /** @param workloads read anew in each round */
  async run(workloads: () => readonly RemoteWorkload[], signal: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const intervalMs = this.options.forecasterIntervalSeconds * 1000;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      await this.#round(workloads(), signal);
      const leftMs = Math.max(0, startedMs + intervalMs - clock.monotonicMs());
      await clock.sleep(leftMs, signal).catch(() => undefined);
    }
  }

  async #round(workloads: readonly RemoteWorkload[], signal: AbortSignal): Promise<void> {
    this.#forget(workloads);
    this.#silences = 0;
    let left = workloads.length;
    let failed: KedastralError | null = null;
    const look = async (): Promise<void> => {
      while (left > 0 && this.#silences < SILENCES_MAX && !signal.aborted) {
        left--;
        const workload = workloads[this.#next++ % workloads.length] as RemoteWorkload;
        failed = (await this.#look(workload, signal)) ?? failed;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_MAX }, look));
    if (!signal.aborted) this.#sayChange(failed);
  }

  /** One look; its fault, if any. */
  async #look(workload: RemoteWorkload, signal: AbortSignal): Promise<KedastralError | null> {
    const { clock, metrics } = this.parts;
    const counted = metrics.forWorkload(workload.identity);
    const startedMs = clock.monotonicMs();
    try {
      await this.#client.within(signal, (deadline) => this.#fetch(workload, deadline));
      counted.scalerFetchSeconds((clock.monotonicMs() - startedMs) / 1000);
      this.#silences = 0;
      return null;
    } catch (thrown) {
      if (signal.aborted) return null;
      const { code, message } = asFault(thrown, 'forecaster');
      const isSilent = code === 'adapter_timeout' || code === 'adapter_unreachable';
      this.#silences = isSilent ? this.#silences + 1 : 0;
      const fault = new KedastralError(code, 'forecaster', message);
      workload.missed(message);
      counted.error(fault);
      counted.scalerFetchFailed();
      return fault;
    }
  }

  async #fetch(workload: RemoteWorkload, signal: AbortSignal): Promise<void> {
    const url = new URL(this.#url);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/forecast/current`;
    url.searchParams.set('workload', workload.identity);
    url.searchParams.set('newest', 'true');
    const known = this.#etags.get(workload);
    const headers = {
      accept: 'application/json',
      ...(known === undefined ? {} : { 'if-none-match': known }),
      ...(await this.#authorization()),
    };
    const { status, etag, body } = await this.#client.ask({ method: 'GET', url, headers }, signal);
    if (status === 304) return;
    workload.take(readSnapshot(body, workload.identity));
    if (etag !== undefined && etag.length <= ETAG_LENGTH_MAX) this.#etags.set(workload, etag);
    else this.#etags.delete(workload);
  }

  async #authorization(): Promise<Record<string, string>> {
    const { forecasterTokenFile: file } = this.options;
    const value = file
      ? await bearerOf(file, 'forecaster-token-file')
      : await authorization(this.#urlCredentials);
    return value === null ? {} : { authorization: value };
  }

  #forget(workloads: readonly RemoteWorkload[]): void {
    if (this.#etags.size <= workloads.length) return;
    const present = new Set(workloads);
    for (const workload of this.#etags.keys()) {
      if (!present.has(workload)) this.#etags.delete(workload);
    }
  }

  #sayChange(failed: KedastralError | null): void {
    const isFailing = failed !== null;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const forecaster = this.#url.origin;
    if (!failed) this.parts.log.info('forecaster answers', { forecaster });
    else {
      const { code, message: reason } = failed;
      this.parts.log.warn('forecaster fails, the last forecasts stay', {
        forecaster,
        code,
        reason,
      });
    }
  }
}

/** @throws KedastralError forecaster_response */
function readSnapshot(body: string, identity: string) {
  try {
    return decodeSnapshot(body, identity);
  } catch (thrown) {
    const { message } = asFault(thrown, 'forecaster');
    const said = message.replace('the stored snapshot', 'the forecast');
    throw new KedastralError('forecaster_response', 'forecaster', said);
  }
}
