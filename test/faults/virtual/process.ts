import { once } from 'node:events';
import { Status } from '@grpc/grpc-js/build/src/constants.js';
import type { Options } from '../../../src/config/options.ts';
import type {
  ExternalScalerServer,
  GetMetricsResponse,
  IsActiveResponse,
} from '../../../src/grpc/generated/externalscaler.ts';
import { Scaler } from '../../../src/grpc/scaler.ts';
import { OpenStreams } from '../../../src/grpc/streams.ts';
import { HttpApp } from '../../../src/http/app.ts';
import { Overrides } from '../../../src/loop/overrides.ts';
import { createWorkload } from '../../../src/loop/workload.ts';
import type { WorkloadLoop } from '../../../src/loop/workload-loop.ts';
import { Workloads, type WorkloadView } from '../../../src/loop/workloads.ts';
import type { Store } from '../../../src/storage/store.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import type { VirtualClock } from '../../virtual-clock.ts';
import type { Basis, Method, Outcome } from '../answer.ts';
import { ProcessClock } from './process-clock.ts';
import type { SimulatedPrometheus } from './source.ts';

/** What a process is put together from, anew at each start. */
export interface ProcessParts {
  readonly options: Options;
  readonly world: VirtualClock;
  readonly kernel: Kernel;
  readonly prometheus: SimulatedPrometheus;
  readonly storeFor: (name: string, clock: ProcessClock) => Store;
  /** Told of each line of its log, and of what should never happen to it. */
  readonly onLine: (name: string, line: Readonly<Record<string, unknown>>) => void;
  readonly onCrash: (name: string, thrown: unknown) => void;
  /** Stands between the loop and the two faces: a planted fault lives here. */
  readonly disguise?: (view: WorkloadView, clock: ProcessClock) => WorkloadView;
}

interface Life {
  readonly loop: WorkloadLoop;
  readonly view: WorkloadView;
  readonly scaler: ExternalScalerServer;
  readonly http: HttpApp;
  readonly stop: AbortController;
  readonly clock: ProcessClock;
  /** Settled when it dies: whoever waits for its answer gets none. */
  readonly died: AbortController;
}

/** A tick, the wait until its snapshot is in force, and the bench's next look. */
const SEEN_WITHIN_MS = 40_000;

/** Since when the process was seen with a snapshot. */
interface Holding {
  readonly id: string;
  readonly generatedAt: string;
  readonly sinceMs: number;
  readonly agesThenSeconds: readonly number[];
}

/** One sidecar in virtual time: the real loop, scaler and HTTP application, no sockets. */
export class SimulatedProcess {
  /** Its disk for logs is full. */
  isDiskFull = false;
  /** KEDA has no way to it. */
  isCutOff = false;
  /** Wrong by so much are the clocks of the machine it is on, whoever runs there. */
  #offsetMs = 0;
  /** What it was before it was set last, and when that was, by the true clock. */
  #lastSet = { offsetMs: 0, atMs: 0 };
  #life: Life | null = null;
  #holding: Holding | null = null;

  constructor(
    readonly name: string,
    private readonly parts: ProcessParts,
  ) {}

  get isUp(): boolean {
    return this.#life !== null;
  }

  get isFrozen(): boolean {
    return this.#life?.clock.isFrozen ?? false;
  }

  start(): void {
    if (this.#life) return;
    const { options, world, kernel, prometheus } = this.parts;
    const clock = new ProcessClock(world);
    clock.setOffset(this.#offsetMs);
    const metrics = new Metrics(clock, '0.0.0');
    const log = createLogger({
      level: 'info',
      format: 'json',
      name: this.name,
      clock,
      write: (line) => this.parts.onLine(this.name, JSON.parse(line)),
    });
    const adapter = prometheus.adapterFor(this.name, clock);
    const store = this.parts.storeFor(this.name, clock);
    const loop = createWorkload(options, { kernel, adapter, store, clock, metrics, log });
    const view = this.parts.disguise?.(loop, clock) ?? loop;
    const workloads = new Workloads([view]);
    const streams = new OpenStreams(clock);
    const overrides = new Overrides({ store, clock, metrics, log });
    const face = { workloads, overrides, clock, metrics, log };
    const stop = new AbortController();
    const died = new AbortController();
    const scaler = new Scaler({ ...face, streams }).service;
    this.#life = { loop, view, scaler, http: new HttpApp(face), stop, clock, died };
    this.#holding = null;
    loop.run(stop.signal).then(
      () => stop.signal.aborted || this.parts.onCrash(this.name, 'its loop ended'),
      (thrown) => this.parts.onCrash(this.name, thrown),
    );
  }

  /** kill -9: nothing more of it happens. */
  kill(): void {
    this.#life?.clock.freeze();
    this.#life?.died.abort();
    this.#life = null;
  }

  /** SIGTERM: drains, and is gone. */
  stop(): void {
    this.#life?.stop.abort();
    this.#life?.died.abort();
    this.#life = null;
  }

  freeze(): void {
    this.#life?.clock.freeze();
  }

  suspend(): void {
    this.#life?.clock.suspend();
  }

  thaw(): void {
    this.#life?.clock.thaw();
  }

  setClock(offsetMs: number): void {
    this.#lastSet = { offsetMs: this.#offsetMs, atMs: this.parts.world.nowMs() };
    this.#offsetMs = offsetMs;
    this.#life?.clock.setOffset(offsetMs);
  }

  clockSeconds(): number {
    return (this.parts.world.nowMs() + this.#offsetMs) / 1000;
  }

  /** The snapshot in force, noting since when this process has had it. */
  basis(): Basis | null {
    const life = this.#life;
    const active = life?.view.active;
    if (!life || !active) return null;
    const { id, generatedAt, optionsId, desiredReplicas } = active.snapshot;
    const { generatedAtSeconds, cutoffSeconds, stepSeconds } = active;
    const sinceMs = life.clock.monotonicMs();
    if (this.#holding?.id !== id || this.#holding.generatedAt !== generatedAt) {
      const agesThenSeconds = this.#agesNow(generatedAtSeconds);
      this.#holding = { id, generatedAt, sinceMs, agesThenSeconds };
    }
    const { agesThenSeconds } = this.#holding;
    const heldSeconds = (sinceMs - this.#holding.sinceMs) / 1000;
    const grid = { generatedAtSeconds, cutoffSeconds, stepSeconds };
    return { id, optionsId, ...grid, plan: desiredReplicas, heldSeconds, agesThenSeconds };
  }

  /** What it may take for the age: a snapshot is taken a while before it is seen in force. */
  #agesNow(generatedAtSeconds: number): number[] {
    const { world } = this.parts;
    const { offsetMs, atMs } = this.#lastSet;
    const wasSetSince = world.nowMs() - atMs <= SEEN_WITHIN_MS;
    const offsets = wasSetSince ? [this.#offsetMs, offsetMs] : [this.#offsetMs];
    return offsets.map((one) => (world.nowMs() + one) / 1000 - generatedAtSeconds);
  }

  /** Whether HTTP marks the forecast as stale; null when it has none. */
  saysStale(): boolean | null {
    const request = { method: 'GET', url: '/forecast/current', headers: {} };
    const answer = this.#life?.http.answer(request);
    if (!answer || answer instanceof Promise || answer.status !== 200) return null;
    return answer.headers['x-kedastral-stale'] === 'true';
  }

  /** Asks over gRPC. A frozen process answers when it runs again; a dead one never. */
  async ask(method: Method, leadSeconds: number): Promise<Outcome> {
    const life = this.#life;
    if (!life) return { kind: 'unreachable' };
    if (life.clock.isFrozen) {
      await Promise.race([life.clock.running(), once(life.died.signal, 'abort')]);
      if (this.#life !== life) return { kind: 'unreachable' };
    }
    return askScaler(life.scaler, method, leadSeconds);
  }
}

/** One call of the real handlers, which answer before they return. */
function askScaler(scaler: ExternalScalerServer, method: Method, leadSeconds: number): Outcome {
  const scaledObjectRef = {
    name: 'api',
    namespace: 'shop',
    scalerMetadata: { leadTime: `${leadSeconds}s` },
  };
  let outcome: Outcome = { kind: 'error', status: 'NONE', why: 'it did not answer at once' };
  const take =
    <R>(read: (response: R) => Outcome) =>
    (failure: { code?: unknown; details?: unknown } | null, response?: R | null) => {
      outcome = failure ? errorOf(failure) : read(response as R);
    };
  type Call = Parameters<ExternalScalerServer['getMetrics']>[0];
  const call = (request: unknown) => ({ request }) as Call & { request: never };
  if (method === 'GetMetricSpec') {
    const callback = take(() => ({ kind: 'spec' }));
    scaler.getMetricSpec(call(scaledObjectRef), callback);
  } else if (method === 'IsActive') {
    const callback = take<IsActiveResponse>(({ result }) => ({ kind: 'active', isActive: result }));
    scaler.isActive(call(scaledObjectRef), callback);
  } else {
    const callback = take<GetMetricsResponse>(({ metricValues: [value] }) => ({
      kind: 'replicas',
      replicas: value?.metricValue ?? 0,
    }));
    scaler.getMetrics(call({ scaledObjectRef, metricName: 's0-desired_replicas' }), callback);
  }
  return outcome;
}

function errorOf({ code, details }: { code?: unknown; details?: unknown }): Outcome {
  return { kind: 'error', status: Status[code as Status] ?? String(code), why: String(details) };
}
