import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { Program, temporaryFolder } from './program.ts';
import { until } from './until.ts';

const run = promisify(execFile);

export interface RedisOptions {
  readonly password?: string;
  /** PEM files; with them the server speaks TLS alone. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

/** A redis-server of its own, empty, in memory. */
export class Redis {
  readonly port: number;
  readonly #args: readonly string[];
  readonly #client: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #program: Program;

  private constructor(port: number, args: readonly string[], options: RedisOptions) {
    this.port = port;
    this.#args = args;
    const tls = options.tls ? ['--tls', '--cacert', options.tls.caFile] : [];
    this.#client = ['-h', '127.0.0.1', '-p', `${port}`, ...tls];
    this.#env = options.password ? { REDISCLI_AUTH: options.password } : {};
    this.#program = new Program('redis-server', args);
  }

  static async start(options: RedisOptions = {}): Promise<Redis> {
    const port = await freePort();
    const args = ['--bind', '127.0.0.1', '--save', '', '--dir', temporaryFolder()];
    if (options.password) args.push('--requirepass', options.password);
    if (options.tls) {
      const { certFile, keyFile, caFile } = options.tls;
      args.push('--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no');
      args.push(
        '--tls-cert-file',
        certFile,
        '--tls-key-file',
        keyFile,
        '--tls-ca-cert-file',
        caFile,
      );
    } else {
      args.push('--port', `${port}`);
    }
    const redis = new Redis(port, args, options);
    await redis.#ready();
    return redis;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** What redis-cli says to a command, without the last line end. */
  async command(...words: string[]): Promise<string> {
    const { stdout } = await run('redis-cli', [...this.#client, ...words], {
      env: { ...process.env, ...this.#env },
    });
    return stdout.trimEnd();
  }

  signal(name: NodeJS.Signals): void {
    this.#program.signal(name);
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }

  /** From now on it takes connections and commands, and answers none. */
  freeze(): void {
    this.#program.signal('SIGSTOP');
  }

  thaw(): void {
    this.#program.signal('SIGCONT');
  }

  /** Starts again on the same port; what was stored is gone. */
  async startAgain(): Promise<void> {
    this.#program = new Program('redis-server', this.#args);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await until('redis-server answers', async () => {
      if (this.#program.exit) throw new Error(`redis-server ended:\n${this.#program.output}`);
      return (await this.command('PING').catch(() => '')) === 'PONG';
    });
  }
}
