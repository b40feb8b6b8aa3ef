import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import { type Exit, Program } from './program.ts';
import { tryFetch, until } from './until.ts';

const BUNDLE = fileURLToPath(new URL('../../dist/sidecar.js', import.meta.url));

/** One line of the sidecar's log. */
export type LogLine = { readonly msg?: string; readonly level?: string | number } & Record<
  string,
  unknown
>;

/** The built sidecar as a process of its own, on free ports. */
export class Sidecar {
  readonly program: Program;
  readonly url: string;
  /** `host:port` of the HTTP and the gRPC face. */
  readonly httpAddress: string;
  readonly grpcAddress: string;

  private constructor(program: Program, httpAddress: string, grpcAddress: string) {
    this.program = program;
    this.url = `http://${httpAddress}`;
    this.httpAddress = httpAddress;
    this.grpcAddress = grpcAddress;
  }

  /**
   * Spawns the sidecar and does not wait for it.
   *
   * @param args options; its own `--listen` and `--grpc-listen` are left out when these name them
   */
  static async spawn(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Sidecar> {
    const http = `127.0.0.1:${await freePort()}`;
    const grpc = `127.0.0.1:${await freePort()}`;
    const own = [`--listen=${http}`, `--grpc-listen=${grpc}`].filter(
      (option) => !args.some((arg) => arg.split('=')[0] === option.split('=')[0]),
    );
    const all = [BUNDLE, ...own, ...args];
    return new Sidecar(new Program(process.execPath, all, env), http, grpc);
  }

  /** Spawns the sidecar and waits until it answers over HTTP. */
  static async start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Sidecar> {
    const sidecar = await Sidecar.spawn(args, env);
    await sidecar.until('healthz', async () => (await tryFetch(`${sidecar.url}/healthz`))?.ok);
    return sidecar;
  }

  /** The JSON of a path, whatever its status. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async json(path: string): Promise<any> {
    return (await fetch(this.url + path)).json();
  }

  async text(path: string): Promise<string> {
    return (await fetch(this.url + path)).text();
  }

  /** The sum of a metric's samples that have these labels; 0 where there is none. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const samples = (await this.text('/metrics'))
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && pairs.every((pair) => line.includes(pair)));
    return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf('}') + 1)), 0);
  }

  /** How often one kind of fault has been counted. */
  errors(component: string, reason: string): Promise<number> {
    return this.metric('kedastral_errors_total', { component, reason });
  }

  /** Waits for a condition; fails at once, with the log, when the process ends first. */
  until<T>(what: string, check: () => T | Promise<T>, timeoutMs?: number): Promise<NonNullable<T>> {
    return until(
      what,
      () => {
        if (this.program.exit) throw new Error(`${what}: sidecar ended:\n${this.program.output}`);
        return check();
      },
      timeoutMs,
    );
  }

  /** Waits for the first forecast and returns it. */
  async forecast(timeoutMs?: number): Promise<Awaited<ReturnType<Sidecar['json']>>> {
    const path = '/forecast/current';
    return this.until(
      'a forecast',
      async () => {
        const response = await tryFetch(this.url + path);
        return response?.ok ? response.json() : null;
      },
      timeoutMs,
    );
  }

  /** The log so far; a line that is not JSON fails the test. */
  get log(): LogLine[] {
    return this.program.output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine);
  }

  stop(): Promise<Exit> {
    return this.program.stop();
  }

  kill(): Promise<Exit> {
    return this.program.kill();
  }
}
