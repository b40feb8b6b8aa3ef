import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { type FaultCode, KedastralError } from '../errors.ts';
import { type ListenAddress, listen } from '../listen.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  limitConnections,
} from '../transport/connections.ts';
import {
  closeFailedHandshakes,
  HANDSHAKE_TIMEOUT_MS,
  type ServerTls,
} from '../transport/server-tls.ts';
import { HttpApp, type HttpParts, type HttpResponse } from './app.ts';

const HEADER_BYTES_MAX = 16 * 1024;
/** Only a PUT is read; a small body of others is let pass, unread. */
const BODY_BYTES_MAX = 64 * 1024;
/** Longer than Prometheus' usual scrape interval, so that it keeps its connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Requests of one connection that wait for their answers; browsers and scrapers have one. */
const PENDING_MAX = 32;
const DRAIN_POLL_MS = 20;
/**
 * How long the rest of what was refused is read, unseen: closed on it, the client would get a reset
 * in place of the answer.
 */
const LINGER_MS = 1_000;

export interface HttpServerParts extends HttpParts {
  /** Its certificate; absent = plain HTTP. */
  readonly tls?: ServerTls | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
}

export interface HttpLimits extends ConnectionLimits {
  /** For the head of a request, from the first byte or the handshake on. */
  readonly headersTimeoutMs: number;
  /** For a whole request. */
  readonly requestTimeoutMs: number;
  /** Without a byte in either direction, inside an exchange. */
  readonly stallTimeoutMs: number;
  readonly checkIntervalMs: number;
}

const LIMITS: HttpLimits = {
  ...CONNECTION_LIMITS,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  stallTimeoutMs: 30_000,
  checkIntervalMs: 2_000,
};

/** The HTTP face on its port. */
export class HttpServer {
  readonly #clock: Clock;
  readonly #app: HttpApp;
  readonly #server: Server;
  readonly #tls: ServerTls | undefined;
  readonly #metrics: WorkloadMetrics;
  readonly #log: Logger;
  /** Answers that are being worked out, by connection. */
  readonly #pending = new WeakMap<Socket, number>();
  #isDraining = false;

  constructor(parts: HttpServerParts) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#metrics = parts.metrics.forWorkload(parts.workloads.only?.identity ?? '');
    this.#app = new HttpApp(parts);
    this.#tls = parts.tls;
    const limits = { ...LIMITS, ...parts.limits };
    const options = {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // Node's own refusal has no body.
      requireHostHeader: false,
    };
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      this.#handle(request, response);
    this.#server = parts.tls
      ? createTlsServer({ ...options, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, handle)
      : createServer(options, handle);
    this.#server.timeout = limits.stallTimeoutMs;
    this.#server.on('checkExpectation', handle);
    this.#server.on('clientError', (error, socket) => this.#refuseUnread(error, socket));
    closeFailedHandshakes(this.#server, (reason) => this.#refused('tls_handshake', reason));
    limitConnections(this.#server, limits, () => this.#refused('client_limit', 'connections'));
  }

  /**
   * @returns the port, which the system chose when `address` says 0
   * @throws KedastralError listen_failed, tls_certificate
   */
  async start(address: ListenAddress): Promise<number> {
    const server = this.#server as TlsServer;
    await this.#tls?.serve((context) => server.setSecureContext(context));
    return listen(this.#server, address, 'http');
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    // What came in one piece with what it was closed for.
    if (request.socket.destroyed) return;
    if (this.#isDraining) response.shouldKeepAlive = false;
    const { method = '', url = '', headers, httpVersion } = request;
    if (headers.host === undefined && httpVersion === '1.1') {
      const fault = new KedastralError('request_malformed', 'http', 'header Host is missing');
      send(response, this.#app.refuse(fault));
      return;
    }
    if (Number(headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
      send(response, this.#app.refuse(tooLarge()));
      return;
    }
    if (method === 'PUT') {
      this.#handleBody(request, response);
      return;
    }
    const answer = this.#app.answer({ method, url, headers });
    if (answer instanceof Promise) void this.#sendLater(request, response, answer);
    else send(response, answer);
  }

  /**
   * Node stops reading from who does not take its answers, but not while they are being worked out:
   * thousands of such requests come at once in one connection.
   */
  async #sendLater(
    { socket }: IncomingMessage,
    response: ServerResponse,
    answer: Promise<HttpResponse>,
  ): Promise<void> {
    const pending = (this.#pending.get(socket) ?? 0) + 1;
    if (pending > PENDING_MAX) {
      socket.destroy();
      this.#refused('client_limit', 'requests');
      return;
    }
    this.#pending.set(socket, pending);
    send(response, await answer);
    this.#pending.set(socket, (this.#pending.get(socket) ?? 1) - 1);
  }

  /** A request whose body counts; one that ends before its time gets no answer. */
  #handleBody(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request;
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      const isOver = bytes > BODY_BYTES_MAX;
      bytes += part.length;
      if (bytes <= BODY_BYTES_MAX) parts.push(part);
      else if (!isOver) send(response, this.#app.refuse(tooLarge()));
    });
    request.on('end', () => {
      if (bytes > BODY_BYTES_MAX) return;
      const body = Buffer.concat(parts).toString('utf8');
      const answer = Promise.resolve(this.#app.answer({ method, url, headers, body }));
      void this.#sendLater(request, response, answer);
    });
  }

  #refused(code: FaultCode, reason: string): void {
    this.#metrics.error(new KedastralError(code, 'http', reason));
    this.#log.debug('connection refused', { component: 'http', code, reason });
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
    // Node's parser reads on otherwise, and each part of the rest is a fault of its own.
    socket.removeAllListeners('data').on('data', () => undefined);
    socket.once('end', () => socket.destroy());
    socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head}\r\n${body}`);
    void this.#clock.sleep(LINGER_MS).then(() => socket.destroy());
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

function tooLarge(): KedastralError {
  return new KedastralError('body_too_large', 'http', 'no path takes such a body');
}

/** @param code of Node's parser, or of its time limits */
function unreadFault(code = ''): KedastralError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new KedastralError('request_too_large', 'http', 'the head is over 16 KiB');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new KedastralError('request_timeout', 'http', 'the request did not come in time');
    case 'HPE_INVALID_METHOD':
      return new KedastralError('method_unknown', 'http', 'no path takes it');
    default:
      return new KedastralError('request_malformed', 'http', `not HTTP: ${code}`);
  }
}
