import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../src/clock.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** The body read as a form. */
  readonly form: URLSearchParams;
}

export type Answer = (request: SeenRequest, response: http.ServerResponse) => void;

/**
 * A server on a free port that answers with `answer`, which tests may exchange, and keeps what
 * came.
 */
export class TestServer {
  readonly seen: SeenRequest[] = [];
  answer: Answer = (_, response) => response.end();
  readonly #server: http.Server;
  readonly #scheme: string;

  private constructor(tls?: https.ServerOptions) {
    const listener: http.RequestListener = (request, response) => {
      // Clocks of tests are virtual: a real `Date` would be far from them.
      response.sendDate = false;
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const { method = '', url: path = '', headers } = request;
        const seen = { method, path, headers, body, form: new URLSearchParams(body) };
        this.seen.push(seen);
        this.answer(seen, response);
      });
    };
    this.#server = tls ? https.createServer(tls, listener) : http.createServer(listener);
    this.#scheme = tls ? 'https' : 'http';
  }

  static async start(tls?: https.ServerOptions): Promise<TestServer> {
    const server = new TestServer(tls);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Back to a fresh one on the same port. */
  reset(): void {
    this.seen.length = 0;
    this.answer = (_, response) => response.end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers `status` and JSON. */
export function json(body: unknown, status = 200): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

/** A clock that does not move: short sleeps (backoffs) are over at once, deadlines never come. */
export class PromptClock implements Clock {
  readonly sleptMs: number[] = [];

  constructor(public epochMs = 1_700_000_000_000) {}

  nowMs(): number {
    return this.epochMs;
  }

  monotonicMs(): number {
    return this.epochMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs < 5_000) {
      this.sleptMs.push(durationMs);
      return Promise.resolve();
    }
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}
