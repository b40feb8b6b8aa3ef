import { join } from 'node:path';
import type { KubernetesOptions } from '../../src/injector/kubernetes.ts';
import { ROOT } from '../house/sources.ts';
import { Program } from './program.ts';
import { tryFetch, until } from './until.ts';

export const SERVICE_NAME = 'kedastral-injector.kedastral.svc';

interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The built injector, on free ports of this machine. */
export class Injector {
  readonly program: Program;

  constructor(api: { readonly options: KubernetesOptions } | null, ...argv: readonly string[]) {
    const { apiUrl = 'http://127.0.0.1:1', apiTokenFile = '/nonexistent' } = api?.options ?? {};
    const { apiCaFile = '/nonexistent' } = api?.options ?? {};
    this.program = new Program(process.execPath, [
      join(ROOT, 'dist/injector.js'),
      ...(argv.some((each) => each.startsWith('--listen=')) ? [] : ['--listen=127.0.0.1:0']),
      '--metrics-listen=127.0.0.1:0',
      `--api-url=${apiUrl}`,
      `--api-token-file=${apiTokenFile}`,
      `--api-ca-file=${apiCaFile}`,
      ...argv,
    ]);
  }

  get log(): LogLine[] {
    const lines = this.program.stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line));
  }

  /** Port of the webhook, once it listens. */
  async port(): Promise<number> {
    const line = await until('a webhook that listens', () => this.said('listening'));
    return line.port as number;
  }

  /** Status and body of a path of the plain face. */
  async ask(path: string): Promise<{ status: number; body: string }> {
    const line = await until('a start', () => this.said('started'));
    const url = `http://127.0.0.1:${line.plainPort}${path}`;
    const response = await until('an answer', () => tryFetch(url));
    return { status: response.status, body: await response.text() };
  }

  /** A sample of its metrics, named without their prefix; 0 of one that is not there. */
  async count(sample: string): Promise<number> {
    const { body } = await this.ask('/metrics');
    const line = body.split('\n').find((each) => each.startsWith(`kedastral_injector_${sample} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  /** The first line of the log with these words. */
  said(message: string): LogLine | undefined {
    const { exit, output } = this.program;
    if (exit) throw new Error(`the injector ended: ${output}`);
    return this.log.find(({ msg }) => msg === message);
  }
}
