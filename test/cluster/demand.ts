import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A data source for adapter `http`: a number that the test sets, or no answer at all. */
export class Demand {
  /** Null while the source is down. */
  value: number | null;
  readonly #server = createServer((_request, answer) => {
    if (this.value === null) answer.writeHead(503).end();
    else answer.end(JSON.stringify({ value: this.value }));
  });

  private constructor(value: number) {
    this.value = value;
  }

  static async start(value: number): Promise<Demand> {
    const demand = new Demand(value);
    demand.#server.listen(0, '127.0.0.1');
    await once(demand.#server, 'listening');
    return demand;
  }

  /** Options of a sidecar that reads it. */
  get source(): Readonly<Record<string, string>> {
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    return { adapter: 'http', 'http-url': url, 'http-value-path': 'value' };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
