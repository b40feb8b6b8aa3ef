import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { type ListenAddress, listen } from '../listen.ts';
import { HttpApp, type HttpParts, type HttpResponse } from './app.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than Prometheus' usual scrape interval, so that it keeps its connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CONNECTIONS_MAX = 1_000;
const DRAIN_POLL_MS = 20;

/** The HTTP face on its port. */
export class HttpServer {
  readonly #clock: Clock;
  readonly #app: HttpApp;
  readonly #server: Server;
  #isDraining = false;

  constructor(parts: HttpParts) {
    this.#clock = parts.clock;
    this.#app = new HttpApp(parts);
    const limits = {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    };
    this.#server = createServer(limits, (request, response) => this.#handle(request, response));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * @returns the port, which the system chose when `address` says 0
   * @throws KedastralError listen_failed
   */
  async start(address: ListenAddress): Promise<number> {
    return listen(this.#server, address, 'http');
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isDraining) response.shouldKeepAlive = false;
    const { method = '', url = '', headers } = request;
    const answer = this.#app.answer({ method, url, headers });
    if (answer instanceof Promise) void answer.then((settled) => send(response, settled));
    else send(response, answer);
  }

  /** Drains: no new connections, requests in flight finished; cuts what is open at the deadline. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    const closed = new AbortController();
    const close = new Promise<void>((resolve) => {
      this.#server.close(() => {
        closed.abort();
        resolve();
      });
    });
    const endMs = this.#clock.monotonicMs() + deadlineMs;
    while (!closed.signal.aborted && this.#clock.monotonicMs() < endMs) {
      this.#server.closeIdleConnections();
      await this.#clock.sleep(DRAIN_POLL_MS, closed.signal).catch(() => undefined);
    }
    this.#server.closeAllConnections();
    await close;
  }
}

/** Node leaves the body out where HEAD was asked. */
function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  response.writeHead(status, headers);
  response.end(body);
}
