import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const SIDECAR = fileURLToPath(new URL('../dist/sidecar.js', import.meta.url));
const BARE = fileURLToPath(new URL('./bare.mjs', import.meta.url));
const POLL_MS = 1;
/** Linux counts CPU time in ticks of 1/100 s. */
const US_PER_TICK = 10_000;
const KB_PER_MB = 1024;

interface Ports {
  readonly httpPort: number;
  readonly grpcPort: number;
}

/** A server under test: a process of its own with the two faces. */
export class ServerProcess implements Ports {
  readonly httpPort: number;
  readonly grpcPort: number;

  private constructor(
    private readonly child: ChildProcess,
    readonly spawnedMs: number,
    { httpPort, grpcPort }: Ports,
  ) {
    this.httpPort = httpPort;
    this.grpcPort = grpcPort;
  }

  /** The built sidecar, with its synthetic workload unless told otherwise; does not wait for it. */
  static async spawn(more: readonly string[] = []): Promise<ServerProcess> {
    const ports = { httpPort: await freePort(), grpcPort: await freePort() };
    const listen = `--listen 127.0.0.1:${ports.httpPort} --grpc-listen 127.0.0.1:${ports.grpcPort}`;
    const args = [SIDECAR, ...listen.split(' '), '--log-level', 'warn', ...more];
    const spawnedMs = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    return new ServerProcess(child, spawnedMs, ports);
  }

  /** The built sidecar, with its first forecast made. */
  static async sidecar(): Promise<ServerProcess> {
    const started = await ServerProcess.spawn();
    await started.until(async () => {
      const url = `http://127.0.0.1:${started.httpPort}/forecast/current`;
      const response = await fetch(url).catch(() => null);
      await response?.arrayBuffer();
      return response?.ok ?? false;
    });
    return started;
  }

  /** Node's own servers with constant answers: the floor. */
  static async bare(): Promise<ServerProcess> {
    const spawnedMs = performance.now();
    const child = spawn(process.execPath, [BARE], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    return new ServerProcess(child, spawnedMs, JSON.parse(String(line)));
  }

  /** Asks until the answer is yes; returns the milliseconds since the spawn. */
  async until(isDone: () => Promise<boolean>): Promise<number> {
    while (!(await isDone())) {
      if (this.child.exitCode !== null) throw new Error('the server ended');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return performance.now() - this.spawnedMs;
  }

  /** CPU time so far, in microseconds. */
  cpuUs(): number {
    const fields = this.#proc('stat').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
  }

  /** Resident memory in MB, all of it and the anonymous part. */
  memoryMb(): { resident: number; anonymous: number } {
    const status = this.#proc('status');
    const read = (field: string): number =>
      Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / KB_PER_MB;
    return { resident: read('VmRSS'), anonymous: read('RssAnon') };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.child.pid}/${file}`, 'utf8');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
