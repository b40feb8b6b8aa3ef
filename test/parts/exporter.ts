import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Something for Prometheus to scrape: one gauge whose value the test sets. Ends with the test. */
export class Exporter {
  value: number;
  readonly #metric: string;
  #port = 0;

  private constructor(metric: string, value: number) {
    this.#metric = metric;
    this.value = value;
  }

  static async start(metric: string, value: number): Promise<Exporter> {
    const exporter = new Exporter(metric, value);
    const server = createServer((_request, answer) => {
      answer.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      answer.end(`# TYPE ${metric} gauge\n${exporter.#metric} ${exporter.value}\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    exporter.#port = (server.address() as AddressInfo).port;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return exporter;
  }

  /** `host:port`, for PrometheusOptions.targets. */
  get target(): string {
    return `127.0.0.1:${this.#port}`;
  }
}
