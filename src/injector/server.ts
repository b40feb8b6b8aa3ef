import type { ServerResponse } from 'node:http';
import { createServer as createPlainServer, type IncomingMessage, type Server } from 'node:http';
import { createServer, type Server as TlsServer } from 'node:https';
import type { Clock } from '../clock.ts';
import { type ListenAddress, listen } from '../listen.ts';
import type { InjectorMetrics } from './metrics.ts';
import type { KeyPair } from './pem.ts';
import { type ReviewParts, review } from './review.ts';

/** Above what the API server takes of one object (3 MiB), for the review around it. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
/** The webhook's own time limit is 5 s. */
const REQUEST_TIMEOUT_MS = 6_000;
const KEEP_ALIVE_TIMEOUT_MS = 120_000;
const DRAIN_MS = 5_000;
export const REVIEW_PATH = '/mutate';

export interface ServerParts extends ReviewParts {
  readonly clock: Clock;
  readonly metrics: InjectorMetrics;
}

/** The webhook on its TLS port, and metrics and health on a plain one. */
export class InjectorServer {
  readonly #parts: ServerParts;
  readonly #webhook: TlsServer;
  readonly #plain: Server;
  #isReady = false;
  #isStopping = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    const limits = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    };
    this.#webhook = createServer({ ...limits, minVersion: 'TLSv1.2' }, (request, response) => {
      void this.#review(request, response);
    });
    this.#plain = createPlainServer(limits, (request, response) => {
      void this.#tell(request, response);
    });
  }

  /** Metrics and health, from the start; the webhook is not ready yet. */
  async startPlain(address: ListenAddress): Promise<number> {
    return listen(this.#plain, address, 'http');
  }

  async startWebhook(address: ListenAddress): Promise<number> {
    return listen(this.#webhook, address, 'http');
  }

  /** From now on it says that API servers may ask it. */
  becomeReady(): void {
    this.#isReady = true;
  }

  /** New connections get this certificate; those that are open live on. */
  use({ certificate, key }: KeyPair): void {
    this.#webhook.setSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  }

  /** Drains: reviews in flight are answered. */
  async stop(): Promise<void> {
    this.#isReady = false;
    this.#isStopping = true;
    const servers = [this.#webhook, this.#plain].filter(({ listening }) => listening);
    const closed = servers.map((server) => {
      const done = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      return done;
    });
    const end = new AbortController();
    const late = this.#parts.clock.sleep(DRAIN_MS, end.signal).catch(() => undefined);
    await Promise.race([Promise.all(closed), late]);
    end.abort();
    for (const server of servers) server.closeAllConnections();
  }

  async #review(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, metrics } = this.#parts;
    const startMs = clock.monotonicMs();
    // While it stops, the API server is to connect to another replica.
    if (this.#isStopping) response.shouldKeepAlive = false;
    if (request.url?.split('?')[0] !== REVIEW_PATH) return refuse(response, 404, 'no such path');
    if (request.method !== 'POST') return refuse(response, 405, 'the path takes POST only');
    const body = await readBody(request);
    if (typeof body !== 'string') return refuse(response, body, 'the body could not be read');
    const answered = await review(parsed(body), this.#parts);
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    if (!answered) {
      const outcome = { outcome: 'failed', reason: 'review', isMissed: false } as const;
      metrics.reviewed(outcome, seconds);
      return refuse(response, 400, 'the body is no AdmissionReview with a uid');
    }
    metrics.reviewed(answered.outcome, seconds);
    send(response, 200, answered.reply);
  }

  async #tell({ url, method }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') {
      return refuse(response, 405, 'every path takes GET, HEAD');
    }
    switch (url) {
      case '/healthz':
        return send(response, 200, { status: 'alive' });
      case '/readyz':
        if (this.#isReady) return send(response, 200, { status: 'ready' });
        return refuse(response, 503, 'there is no certificate yet that API servers trust');
      case '/metrics': {
        const { registry } = this.#parts.metrics;
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType });
        response.end(text);
        return;
      }
      default:
        return refuse(response, 404, 'no such path');
    }
  }
}

/** The body, or the status that refuses it. */
async function readBody(request: IncomingMessage): Promise<string | number> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) return 413;
      chunks.push(chunk);
    }
  } catch {
    return 400;
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers);
  response.end(text);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (status === 413) response.shouldKeepAlive = false;
  send(response, status, { error: { message } });
}
