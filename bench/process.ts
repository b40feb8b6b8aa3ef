import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GET_METRICS, GET_METRICS_PATH } from './faces.ts';
import { loadGet } from './http-client.ts';
import { UnaryLoad } from './http2-client.ts';
import { cost, percentile, type Row } from './row.ts';
import { ServerProcess } from './server-process.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const STARTS = 5;
const IDLE_MS = 60_000;
/** V8 gives memory back only once a process rests. */
const REST_MS = 60_000;
const CALLS = 60_000;
const STREAMS = 10;
const SLICE_MS = 250;
const BYTES_PER_KB = 1024;

/** Milliseconds from the spawn to the first answer that holds a forecast, on each face. */
async function startMs(face: 'http' | 'grpc'): Promise<number> {
  const server = await ServerProcess.spawn();
  const isAnswered = face === 'http' ? answersHttp : answersGrpc;
  const elapsedMs = await server.until(() => isAnswered(server));
  await server.stop();
  return elapsedMs;
}

async function answersHttp({ httpPort }: ServerProcess): Promise<boolean> {
  return loadGet(httpPort, '/forecast/current', 1, 0).then(
    () => true,
    () => false,
  );
}

async function answersGrpc({ grpcPort }: ServerProcess): Promise<boolean> {
  try {
    const load = await UnaryLoad.open(grpcPort, GET_METRICS_PATH, GET_METRICS);
    await load.run(1, 0).finally(() => load.close());
    return true;
  } catch {
    return false;
  }
}

async function startRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const face of ['http', 'grpc'] as const) {
    const samples: number[] = [];
    for (let i = 0; i < STARTS; i++) samples.push(await startMs(face));
    const name = `spawn → first forecast, ${face}, median of ${STARTS}`;
    rows.push(cost({ name, unit: 'ms', measured: percentile(samples, 0.5), goal: 100 }));
  }
  return rows;
}

async function memoryRows(): Promise<Row[]> {
  const server = await ServerProcess.sidecar();
  await setTimeout(IDLE_MS);
  const idle = server.memoryMb();
  const load = await UnaryLoad.open(server.grpcPort, GET_METRICS_PATH, GET_METRICS);
  for (let calls = 0; calls < CALLS; ) calls += (await load.run(STREAMS, SLICE_MS)).length;
  load.close();
  const loaded = server.memoryMb();
  await setTimeout(REST_MS);
  const rested = server.memoryMb();
  await server.stop();
  const mb = (name: string, measured: number, goal: number): Row =>
    cost({ name, unit: 'MB', measured, goal });
  return [
    mb('resident after 60 s idle', idle.resident, 58),
    mb('anonymous after 60 s idle', idle.anonymous, 14),
    mb('resident at the end of 60,000 RPCs in one burst', loaded.resident, 70),
    mb('resident 60 s after them', rested.resident, 70),
  ];
}

/** Kilobytes of a bundle and of every chunk that it imports statically. */
function coreBundleKb(entry: string): number {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const imports = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g);
    for (const [, target = ''] of imports) visit(join(dirname(path), target));
  };
  visit(entry);
  return [...seen].reduce((sum, path) => sum + statSync(path).size, 0) / BYTES_PER_KB;
}

function sizeRows(): Row[] {
  const kb = (name: string, measured: number, goal: number): Row =>
    cost({ name, unit: 'KB', measured, goal });
  const wasm = readdirSync(DIST).filter((name) => name.endsWith('.wasm'));
  const wasmBytes = wasm.reduce((sum, name) => sum + statSync(join(DIST, name)).size, 0);
  return [
    kb('core bundle, minified', coreBundleKb(join(DIST, 'sidecar.js')), 350),
    kb('wasm', wasmBytes / BYTES_PER_KB, 40),
  ];
}

/** The built sidecar as a process: how soon it answers, what it takes. Linux alone has /proc. */
export async function bench(): Promise<Row[]> {
  if (!existsSync('/proc/self/status')) throw new Error('needs /proc: run it on Linux');
  return [...sizeRows(), ...(await startRows()), ...(await memoryRows())];
}
