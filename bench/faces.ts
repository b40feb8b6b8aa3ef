import { GetMetricsRequest } from '../src/grpc/generated/externalscaler.ts';
import { loadGet } from './http-client.ts';
import { UnaryLoad } from './http2-client.ts';
import { cost, percentile, type Row, rate } from './row.ts';
import { ServerProcess } from './server-process.ts';

export const GET_METRICS_PATH = '/externalscaler.ExternalScaler/GetMetrics';
const WARM_UP_MS = 1_000;
const MEASURED_MS = 1_500;
const HTTP_CONNECTIONS = 10;
const PEER = 'bare Node';

/** What KEDA asks: the trigger's whole metadata comes with each call. */
export const GET_METRICS = Buffer.from(
  GetMetricsRequest.encode({
    metricName: 's0-desired_replicas',
    scaledObjectRef: {
      name: 'my-api',
      namespace: 'default',
      scalerMetadata: { workload: 'my-api', scalerAddress: 'my-api.default:50051' },
    },
  }).finish(),
);

interface Load {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly cpuUs: number;
}

interface Goals {
  readonly perSecond?: number;
  readonly p99Us?: number;
}

async function measured(server: ServerProcess, run: () => Promise<number[]>): Promise<Load> {
  const cpuBeforeUs = server.cpuUs();
  const startedMs = performance.now();
  const latenciesMs = await run();
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  return {
    perSecond: latenciesMs.length / elapsedSeconds,
    p50Us: percentile(latenciesMs, 0.5) * 1000,
    p99Us: percentile(latenciesMs, 0.99) * 1000,
    cpuUs: (server.cpuUs() - cpuBeforeUs) / latenciesMs.length,
  };
}

async function grpcLoad(server: ServerProcess, streams: number): Promise<Load> {
  const load = await UnaryLoad.open(server.grpcPort, GET_METRICS_PATH, GET_METRICS);
  await load.run(streams, WARM_UP_MS);
  const result = await measured(server, () => load.run(streams, MEASURED_MS));
  load.close();
  return result;
}

async function httpLoad(server: ServerProcess): Promise<Load> {
  const get = (durationMs: number) =>
    loadGet(server.httpPort, '/forecast/current', HTTP_CONNECTIONS, durationMs);
  await get(WARM_UP_MS);
  return measured(server, () => get(MEASURED_MS));
}

function rowsOf(name: string, ours: Load, bare: Load, goals: Goals): Row[] {
  const row = (key: keyof Load, what: string, unit: string, goal?: number) => ({
    name: `${name}: ${what}`,
    unit,
    measured: ours[key],
    peer: { name: PEER, measured: bare[key] },
    ...(goal === undefined ? {} : { goal }),
  });
  return [
    rate(row('perSecond', 'rate', '1/s', goals.perSecond)),
    cost(row('p50Us', 'p50', 'µs')),
    cost(row('p99Us', 'p99', 'µs', goals.p99Us)),
    cost(row('cpuUs', 'CPU of the server', 'µs')),
  ];
}

/**
 * The two faces of the built sidecar under load from this process, beside Node's bare servers.
 *
 * Measured elsewhere, as a mark: the Go pair answers GetMetrics in 790 µs (p99), 5,600 a second;
 * the Go program GET /forecast/current 35,700 times a second at 27 µs of CPU.
 */
export async function bench(): Promise<Row[]> {
  const [sidecar, bare] = await Promise.all([ServerProcess.sidecar(), ServerProcess.bare()]);
  try {
    const rows: Row[] = [];
    for (const [streams, goals] of [
      [1, { p99Us: 250 }],
      [10, { perSecond: 13_000 }],
      [100, {}],
    ] as const) {
      const ours = await grpcLoad(sidecar, streams);
      rows.push(
        ...rowsOf(`GetMetrics, ${streams} at once`, ours, await grpcLoad(bare, streams), goals),
      );
    }
    const ours = await httpLoad(sidecar);
    const goals = { perSecond: 26_000 };
    const name = `GET /forecast/current, ${HTTP_CONNECTIONS} connections`;
    return [...rows, ...rowsOf(name, ours, await httpLoad(bare), goals)];
  } finally {
    await Promise.all([sidecar.stop(), bare.stop()]);
  }
}
