import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stands before a server and counts what passes. Ends with the test. */
export class CountingProxy {
  requests = 0;
  #url = '';

  private constructor(private readonly target: string) {}

  static async start(target: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(target);
    const server = createServer((incoming, answer) => proxy.#pass(incoming, answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    proxy.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return proxy;
  }

  get url(): string {
    return this.#url;
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    this.requests++;
    const { method = 'GET', headers, url = '/' } = incoming;
    const onward = request(new URL(url, this.target), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    incoming.pipe(onward);
  }
}
