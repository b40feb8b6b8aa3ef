import { freePort } from './ports.ts';
import { Program, temporaryFolder } from './program.ts';
import { tryFetch, until } from './until.ts';

/** A real VictoriaMetrics (Debian's package victoria-metrics) with data of its own. */
export class VictoriaMetrics {
  readonly url: string;
  readonly #program: Program;

  private constructor(url: string, program: Program) {
    this.url = url;
    this.#program = program;
  }

  static async start(): Promise<VictoriaMetrics> {
    const address = `127.0.0.1:${await freePort()}`;
    const program = new Program('victoria-metrics', [
      `-httpListenAddr=${address}`,
      `-storageDataPath=${temporaryFolder()}`,
      '-retentionPeriod=10y',
      '-loggerLevel=ERROR',
    ]);
    const victoria = new VictoriaMetrics(`http://${address}`, program);
    await until('victoria-metrics is ready', async () => {
      if (program.exit) throw new Error(`victoria-metrics ended:\n${program.output}`);
      return (await tryFetch(`${victoria.url}/health`))?.ok;
    });
    return victoria;
  }

  /** Adds samples in Prometheus' text format with milliseconds, and waits until they are found. */
  async import(lines: string): Promise<void> {
    await fetch(`${this.url}/api/v1/import/prometheus`, { method: 'POST', body: lines });
    await fetch(`${this.url}/internal/force_flush`);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
