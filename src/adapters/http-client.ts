import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Clock } from '../clock.ts';
import { asFault, KedastralError } from '../errors.ts';
import { adapterFault } from './faults.ts';

export interface HttpClientOptions {
  /** PEM file of the authority to trust instead of the system's. */
  readonly caFile?: string | null | undefined;
  /** The option that names it, for messages; default prom-ca-file. */
  readonly caOption?: string | undefined;
  /** Cap on a reply's body, after decompression; default 8 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** For all attempts of all requests inside one `within`; default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** Attempts after the first of each request; default 2. */
  readonly retries?: number | undefined;
  /** Mean delay before the first retry, doubled for each further one; default 200. */
  readonly backoffMs?: number | undefined;
  /** Jitter's source, in [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What may be told of an error's body: nothing that was sent; without it nothing is told. */
  readonly tellError?: (body: string) => string;
}

/** A 2xx reply, or a 304, without body, to a request with if-none-match. */
export interface HttpReply {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: string;
}

interface Agents {
  /** As PEM; empty = those of the system. */
  readonly ca: string;
  readonly 'http:': http.Agent;
  readonly 'https:': https.Agent;
}

/** Of a sidecar's 192 MiB, as parsed JSON is up to sixteen times its text. */
const RESPONSE_BYTES_MAX = 8 * 1024 * 1024;
const RANDOM_RANGE = 2 ** 32;
const ERROR_BODY_BYTES_MAX = 64 * 1024;
const ERROR_TYPE = /^[\w-]{1,32}$/;

/**
 * HTTP for data sources: keep-alive, one deadline, retries with jittered backoff on connection
 * errors, 429 and 5xx, capped and gunzipped bodies, no redirects (a token must not travel to where
 * a reply points).
 *
 * Faults name the source by its origin alone: paths, queries and credentials never get into a
 * message, and of bodies only what `tellError` lets through.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #clock: Clock;
  readonly #maxResponseBytes: number;
  #answeredAtSeconds: number | null = null;

  constructor(options: HttpClientOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#maxResponseBytes = options.maxResponseBytes ?? RESPONSE_BYTES_MAX;
  }

  /** Header `Date` of the last good reply, in epoch seconds; null when it had none. */
  get answeredAtSeconds(): number | null {
    return this.#answeredAtSeconds;
  }

  /**
   * Runs `work` under the deadline: its signal is aborted when time is up or the caller gives up.
   *
   * @throws KedastralError adapter_timeout; the caller's own abort reason as it is
   */
  async within<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const deadlineMs = this.#options.deadlineMs ?? 10_000;
    const stop = new AbortController();
    const done = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timedOut = adapterFault('adapter_timeout', `no answer within ${deadlineMs / 1000} s`);
    this.#clock.sleep(deadlineMs, done.signal).then(
      () => stop.abort(timedOut),
      () => {},
    );
    try {
      return await work(stop.signal);
    } catch (thrown) {
      throw stop.signal.aborted ? stop.signal.reason : thrown;
    } finally {
      done.abort();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** The body of a 2xx reply, as `ask` gets it. */
  async request(request: HttpRequest, signal: AbortSignal): Promise<string> {
    const { body } = await this.ask(request, signal);
    return body;
  }

  /**
   * @param signal of `within`
   * @throws KedastralError adapter_unreachable, adapter_status, adapter_too_large
   */
  async ask(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const retries = this.#options.retries ?? 2;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt(request, signal);
      } catch (thrown) {
        if (signal.aborted || attempt >= retries || !(thrown instanceof Retryable)) {
          throw thrown instanceof Retryable ? thrown.fault : asFault(thrown, 'adapter');
        }
        await this.#clock.sleep(this.#backoffMs(attempt), signal);
      }
    }
  }

  /** Half to one and a half times the mean, so that replicas do not retry in step. */
  #backoffMs(attempt: number): number {
    const random = this.#options.random ?? (() => randomInt(RANDOM_RANGE) / RANDOM_RANGE);
    return (this.#options.backoffMs ?? 200) * 2 ** attempt * (0.5 + random());
  }

  async #attempt(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const response = await this.#send(request, signal);
    const status = response.statusCode ?? 0;
    const { origin } = request.url;
    const { etag } = response.headers;
    if (status === 304 && request.headers['if-none-match'] !== undefined) {
      response.resume();
      return { status, etag, body: '' };
    }
    if (status >= 200 && status < 300) {
      const dateMs = Date.parse(response.headers.date ?? '');
      this.#answeredAtSeconds = Number.isNaN(dateMs) ? null : dateMs / 1000;
      try {
        const body = await readBody(response, this.#maxResponseBytes, origin);
        return { status, etag, body };
      } catch (thrown) {
        throw thrown instanceof KedastralError ? thrown : brokenConnection(origin, thrown);
      }
    }
    const errorBody = await readErrorBody(response, origin);
    const hint = status >= 300 && status < 400 ? '; redirects are not followed' : '';
    const errorType = errorTypeOf(errorBody);
    const type = errorType && errorType !== String(status) ? ` (${errorType})` : '';
    const told = request.tellError?.(errorBody) ?? '';
    const said = `${type}${hint}${told === '' ? '' : `: ${told}`}`;
    const fault = adapterFault('adapter_status', `${origin} answered ${status}${said}`);
    throw status === 429 || status >= 500 ? new Retryable(fault) : fault;
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    const { url, method, body } = request;
    const { caFile, caOption = 'prom-ca-file' } = this.#options;
    const agents = await agentsFor(caFile ?? '', caOption);
    const isTls = url.protocol === 'https:';
    const options: https.RequestOptions = {
      method,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...request.headers,
        'accept-encoding': 'gzip',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      agent: isTls ? agents['https:'] : agents['http:'],
      signal,
    };
    return new Promise((resolve, reject) => {
      const sent = isTls ? https.request(options, resolve) : http.request(options, resolve);
      sent.on('error', (error) => reject(brokenConnection(url.origin, error)));
      sent.end(body);
    });
  }
}

/**
 * One pair for each authority, shared by all clients: many workloads ask one Prometheus over a few
 * connections.
 */
const agentsByCaFile = new Map<string, Agents>();

/** The file is read at each use: Kubernetes rotates what is in it. */
async function agentsFor(caFile: string, option: string): Promise<Agents> {
  const ca = caFile === '' ? '' : await readCa(caFile, option);
  const known = agentsByCaFile.get(caFile);
  if (known?.ca === ca) return known;
  const common = { keepAlive: true, maxSockets: 32, maxFreeSockets: 8 };
  const agents = {
    ca,
    'http:': new http.Agent(common),
    'https:': new https.Agent({ ...common, ...(ca === '' ? {} : { ca }) }),
  };
  agentsByCaFile.set(caFile, agents);
  return agents;
}

/** A fault that another attempt may not meet. */
class Retryable extends Error {
  constructor(readonly fault: KedastralError) {
    super(fault.message);
  }
}

function brokenConnection(origin: string, thrown: unknown): Retryable {
  const error = thrown as NodeJS.ErrnoException;
  const code = typeof error.code === 'string' ? error.code : 'connection failed';
  return new Retryable(adapterFault('adapter_unreachable', `${origin}: ${code}`));
}

async function readCa(caFile: string, option: string): Promise<string> {
  let ca: string;
  try {
    ca = await readFile(caFile, 'utf8');
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'unreadable';
    throw adapterFault('adapter_unreachable', `${option}: ${code}`);
  }
  // Node would trust the authorities of the system in place of an empty one.
  if (ca.includes('-----BEGIN ')) return ca;
  throw adapterFault('adapter_unreachable', `${option}: the file holds no certificate`);
}

async function readBody(
  response: http.IncomingMessage,
  maxBytes: number,
  origin: string,
): Promise<string> {
  const body = decoded(response);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      response.destroy();
      const message = `${origin} answered with more than ${maxBytes} bytes`;
      throw adapterFault('adapter_too_large', message);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function decoded(response: http.IncomingMessage): Readable {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const gunzip = createGunzip();
  response.on('error', (error) => gunzip.destroy(error));
  return response.pipe(gunzip);
}

/** Empty when it cannot be read. */
async function readErrorBody(response: http.IncomingMessage, origin: string): Promise<string> {
  try {
    return await readBody(response, ERROR_BODY_BYTES_MAX, origin);
  } catch {
    response.destroy();
    return '';
  }
}

/** `errorType` of Prometheus' error body when it is a bare word; its text may quote the query. */
function errorTypeOf(body: string): string | null {
  try {
    const reply: unknown = JSON.parse(body);
    const errorType = (reply as { errorType?: unknown } | null)?.errorType;
    return typeof errorType === 'string' && ERROR_TYPE.test(errorType) ? errorType : null;
  } catch {
    return null;
  }
}
