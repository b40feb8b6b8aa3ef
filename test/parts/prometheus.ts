import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { Program, temporaryFolder } from './program.ts';
import { tryFetch, until } from './until.ts';

const run = promisify(execFile);

/** One series to be there before Prometheus starts. */
export interface Backfill {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Epoch seconds and value, oldest first. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface PrometheusOptions {
  readonly backfill?: readonly Backfill[];
  /** `host:port` of what it scrapes, with the path /metrics. */
  readonly targets?: readonly string[];
  readonly scrapeIntervalSeconds?: number;
}

/** A real Prometheus with data of its own. */
export class Prometheus {
  readonly url: string;
  readonly #args: readonly string[];
  #program: Program;

  private constructor(url: string, args: readonly string[]) {
    this.url = url;
    this.#args = args;
    this.#program = new Program('prometheus', args);
  }

  static async start(options: PrometheusOptions = {}): Promise<Prometheus> {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const config = join(folder, 'prometheus.yml');
    await writeFile(config, configOf(options));
    if (options.backfill) await backfill(folder, data, options.backfill);
    const address = `127.0.0.1:${await freePort()}`;
    const prometheus = new Prometheus(`http://${address}`, [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
    await prometheus.#ready();
    return prometheus;
  }

  /** The result of an instant query: label sets with their value. */
  async query(query: string): Promise<{ metric: Record<string, string>; value: number }[]> {
    const response = await fetch(`${this.url}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query }),
    });
    const answer = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  signal(name: NodeJS.Signals): void {
    this.#program.signal(name);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  /** Starts again on the same port with the same data. */
  async startAgain(): Promise<void> {
    this.#program = new Program('prometheus', this.#args);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await until('prometheus is ready', async () => {
      if (this.#program.exit) throw new Error(`prometheus ended:\n${this.#program.output}`);
      return (await tryFetch(`${this.url}/-/ready`))?.ok;
    });
  }
}

function configOf({ targets = [], scrapeIntervalSeconds = 1 }: PrometheusOptions): string {
  const seconds = `${scrapeIntervalSeconds}s`;
  const jobs = [{ job_name: 'tests', static_configs: [{ targets }] }];
  return JSON.stringify({
    global: { scrape_interval: seconds, scrape_timeout: seconds },
    scrape_configs: targets.length > 0 ? jobs : [],
  });
}

async function backfill(folder: string, data: string, series: readonly Backfill[]): Promise<void> {
  const lines = series.flatMap(({ metric, labels = {}, samples }) => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    const name = `${metric}{${pairs.join(',')}}`;
    const rows = samples.map(([seconds, value]) => `${name} ${value} ${seconds}`);
    return [`# TYPE ${metric} gauge`, ...rows];
  });
  const file = join(folder, 'backfill.om');
  await writeFile(file, `${lines.join('\n')}\n# EOF\n`);
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
}
