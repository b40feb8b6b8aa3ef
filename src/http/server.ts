import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { KedastralError } from '../errors.ts';
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
      // Node's own refusal has no body.
      requireHostHeader: false,
    };
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      this.#handle(request, response);
    this.#server = createServer(limits, handle);
    this.#server.on('checkExpectation', handle);
    this.#server.on('clientError', (error, socket) => this.#refuseUnread(error, socket));
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
    const { method = '', url = '', headers, httpVersion } = request;
    if (headers.host === undefined && httpVersion === '1.1') {
      const fault = new KedastralError('request_malformed', 'http', 'header Host is missing');
      send(response, this.#app.refuse(fault));
      return;
    }
    const answer = this.#app.answer({ method, url, headers });
    if (answer instanceof Promise) void answer.then((settled) => send(response, settled));
    else send(response, answer);
  }

  /** Answers what Node could not read as a request, and closes the connection, as Node would. */
  #refuseUnread({ code }: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable || code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const { status, headers, body } = this.#app.refuse(unreadFault(code));
    const head = Object.entries({ ...headers, connection: 'close' })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const reason = STATUS_CODES[status] ?? '';
    socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head}\r\n${body}`, () => socket.destroy());
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

/** @param code of Node's parser, or of its time limits */
function unreadFault(code = ''): KedastralError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new KedastralError('request_too_large', 'http', 'the head is over 16 KiB');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new KedastralError('request_timeout', 'http', 'the request did not come in time');
    case 'HPE_INVALID_METHOD':
      return new KedastralError('method_unknown', 'http', 'every path takes GET, HEAD');
    default:
      return new KedastralError('request_malformed', 'http', `not HTTP: ${code}`);
  }
}
