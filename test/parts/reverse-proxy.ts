import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { onTestFinished } from 'vitest';
import type { Certificates } from './certificates.ts';
import { freePort } from './ports.ts';

export interface ReverseProxyOptions {
  /** `http://host:port` of the server behind. */
  readonly target: string;
  readonly certificates: Certificates;
  /** Headers that a request must have with exactly these values, or it is answered 401. */
  readonly required?: Readonly<Record<string, string>>;
}

/** What stands before a Prometheus in production: TLS, and who may pass. Ends with the test. */
export class ReverseProxy {
  readonly url: string;
  /** Requests let through and refused so far. */
  passed = 0;
  refused = 0;
  readonly #options: ReverseProxyOptions;

  private constructor(url: string, options: ReverseProxyOptions) {
    this.url = url;
    this.#options = options;
  }

  static async start(options: ReverseProxyOptions): Promise<ReverseProxy> {
    const { certFile, keyFile } = options.certificates;
    const port = await freePort();
    const proxy = new ReverseProxy(`https://localhost:${port}`, options);
    const server = createServer(
      { cert: await readFile(certFile), key: await readFile(keyFile) },
      (incoming, answer) => proxy.#handle(incoming, answer),
    );
    await new Promise<void>((resolve) => server.listen(port, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return proxy;
  }

  #handle(incoming: IncomingMessage, answer: ServerResponse): void {
    const required = Object.entries(this.#options.required ?? {});
    if (!required.every(([name, value]) => incoming.headers[name.toLowerCase()] === value)) {
      this.refused++;
      answer.writeHead(401).end('not authorized');
      return;
    }
    this.passed++;
    const { method = 'GET', headers, url = '/' } = incoming;
    const onward = request(new URL(url, this.#options.target), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    incoming.pipe(onward);
  }
}
