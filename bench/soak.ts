// The built sidecar under a steady load, and what its memory does meanwhile:
//
//   npm run soak -- --minutes 60 --rate 200 --slope 1
//
// Exit code 1 when a call failed, or resident memory grew by more than --slope megabytes an hour.
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { credentials, makeGenericClientConstructor, type ServiceError } from '@grpc/grpc-js';
import { ExternalScalerService } from '../src/grpc/generated/externalscaler.ts';
import { loadGet } from './http-client.ts';
import { percentile } from './row.ts';
import { ServerProcess } from './server-process.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '200' },
    slope: { type: 'string', default: '1' },
  },
});
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const durationMs = Number(options.minutes) * MS_PER_MINUTE;
const callsPerSecond = Number(options.rate);
const slopeMax = Number(options.slope);
/** One of so many calls comes over HTTP. */
const HTTP_EVERY = 20;
const TICK_MS = 50;
/** The share of the time in which memory finds its level and is not counted. */
const WARM_UP_SHARE = 0.2;
const SAMPLES = 60;
const REF = { name: 'my-api', namespace: 'default', scalerMetadata: { workload: 'my-api' } };
const METHODS = ['getMetricSpec', 'getMetrics', 'isActive'];

interface Sample {
  readonly atMs: number;
  readonly residentMb: number;
}

/** Megabytes an hour by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [t, mb] = [samples.map(({ atMs }) => atMs), samples.map(({ residentMb }) => residentMb)];
  const [meanT, meanMb] = [mean(t), mean(mb)];
  const over = t.reduce((sum, at, i) => sum + (at - meanT) * ((mb[i] as number) - meanMb), 0);
  const under = t.reduce((sum, at) => sum + (at - meanT) ** 2, 0);
  return (over / under) * MS_PER_HOUR;
}

const server = await ServerProcess.sidecar();
const Client = makeGenericClientConstructor(ExternalScalerService, 'Soak');
const client = new Client(`127.0.0.1:${server.grpcPort}`, credentials.createInsecure());
const latenciesMs: number[] = [];
const samples: Sample[] = [];
let [calls, failures] = [0, 0];

function call(): void {
  const method = METHODS[calls++ % METHODS.length] as string;
  const request = method === 'getMetrics' ? { scaledObjectRef: REF, metricName: '' } : REF;
  const sentMs = performance.now();
  client[method]?.(request, (error: ServiceError | null) => {
    latenciesMs.push(performance.now() - sentMs);
    if (error) failures++;
  });
  if (calls % HTTP_EVERY > 0) return;
  loadGet(server.httpPort, '/forecast/current', 1, 0).catch(() => failures++);
}

const startedMs = performance.now();
const sampleEveryMs = durationMs / SAMPLES;
for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs = performance.now() - startedMs) {
  while (calls < (elapsedMs / 1000) * callsPerSecond) call();
  if (elapsedMs >= samples.length * sampleEveryMs) {
    samples.push({ atMs: elapsedMs, residentMb: server.memoryMb().resident });
  }
  await delay(TICK_MS);
}
client.close();
await server.stop();

const counted = samples.filter(({ atMs }) => atMs >= durationMs * WARM_UP_SHARE);
const slope = slopeOf(counted);
const [first, last] = [counted[0], counted.at(-1)];
const p99Ms = percentile(latenciesMs, 0.99);
process.stdout.write(
  `${calls} calls in ${options.minutes} min, ${failures} failed, p99 ${p99Ms.toFixed(1)} ms\n` +
    `resident ${first?.residentMb.toFixed(1)} MB → ${last?.residentMb.toFixed(1)} MB, ` +
    `slope ${slope.toFixed(2)} MB/h (at most ${slopeMax})\n`,
);
process.exitCode = failures > 0 || slope > slopeMax ? 1 : 0;
