import type { ServerWritableStream, ServiceError, sendUnaryData } from '@grpc/grpc-js';
import { Status } from '@grpc/grpc-js/build/src/constants.js';
import type { Clock } from '../clock.ts';
import { asFault, type FaultCode } from '../errors.ts';
import { type ActiveSnapshot, servingSeconds } from '../forecast/active.ts';
import { ageSeconds, fitsHorizon, type Served } from '../forecast/served.ts';
import type { Overrides } from '../loop/overrides.ts';
import { servedOf, type Workloads, type WorkloadView } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import type {
  ExternalScalerServer,
  GetMetricSpecResponse,
  IsActiveResponse,
  ScaledObjectRef,
} from './generated/externalscaler.ts';
import type { OpenStreams } from './streams.ts';
import { leadSecondsOf, metricNameOf, workloadOf } from './trigger.ts';

export interface ScalerParts {
  readonly workloads: Workloads;
  readonly overrides: Overrides;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly streams: OpenStreams;
}

/** The metric is the replica count itself: with AverageValue the HPA divides it by one. */
const TARGET_SIZE = 1;
/** One object per state: a stream sends on change of the object. */
const ACTIVE: IsActiveResponse = { result: true };
const INACTIVE: IsActiveResponse = { result: false };

/** What is not known is UNAVAILABLE: KEDA then changes nothing, or falls back. */
const STATUS: Partial<Record<FaultCode, Status>> = {
  parameter_invalid: Status.INVALID_ARGUMENT,
  internal: Status.INTERNAL,
};

/** KEDA's external scaler over the snapshots in memory: no answer waits for anything. */
export class Scaler {
  readonly #metrics = new WeakMap<WorkloadView, WorkloadMetrics>();
  readonly #metricsOfNone: WorkloadMetrics;
  readonly #clipped = new WeakSet<WorkloadView>();

  constructor(private readonly parts: ScalerParts) {
    this.#metricsOfNone = parts.metrics.forWorkload('');
  }

  /** The handlers, as grpc-js takes them. */
  get service(): ExternalScalerServer {
    return {
      isActive: ({ request }, callback) =>
        this.#answer('IsActive', request, callback, (view) =>
          this.#served(view, request).isActive ? ACTIVE : INACTIVE,
        ),
      getMetrics: ({ request }, callback) => {
        const ref = request.scaledObjectRef;
        this.#answer('GetMetrics', ref, callback, (view) => {
          const { replicas } = this.#served(view, ref);
          const metricName = request.metricName || metricNameOf(ref);
          return {
            metricValues: [{ metricName, metricValue: replicas, metricValueFloat: replicas }],
          };
        });
      },
      getMetricSpec: ({ request }, callback) =>
        this.#timed('GetMetricSpec', request, () => callback(null, metricSpec(request))),
      streamIsActive: (call) =>
        this.#timed('StreamIsActive', call.request, () => this.#streamIsActive(call)),
      streamMetricSpec: (call) => {
        const spec = metricSpec(call.request);
        this.#timed('StreamMetricSpec', call.request, () =>
          this.parts.streams.add(call, () => spec),
        );
      },
    };
  }

  #answer<R>(
    method: string,
    ref: ScaledObjectRef | undefined,
    callback: sendUnaryData<R>,
    respond: (view: WorkloadView) => R,
  ): void {
    const startedMs = this.parts.clock.monotonicMs();
    let view: WorkloadView | undefined;
    let response: R | null = null;
    let failure: Partial<ServiceError> | null = null;
    try {
      view = workloadOf(this.parts.workloads, ref);
      response = respond(view);
    } catch (thrown) {
      failure = this.#failure(method, view, thrown);
    }
    callback(failure, response);
    this.#countRpc(view, method, startedMs);
  }

  #timed(method: string, ref: ScaledObjectRef, run: () => void): void {
    const startedMs = this.parts.clock.monotonicMs();
    run();
    this.#countRpc(this.#viewOf(ref), method, startedMs);
  }

  #countRpc(view: WorkloadView | undefined, method: string, startedMs: number): void {
    const seconds = (this.parts.clock.monotonicMs() - startedMs) / 1000;
    this.#metricsOf(view).rpcSeconds(method, seconds);
  }

  /** Malformed metadata ends the stream; what is merely unknown leaves it open and silent. */
  #streamIsActive(call: ServerWritableStream<ScaledObjectRef, IsActiveResponse>): void {
    const ref = call.request;
    try {
      leadSecondsOf(ref, 0);
    } catch (thrown) {
      call.emit('error', this.#failure('StreamIsActive', this.#viewOf(ref), thrown));
      return;
    }
    const { streams } = this.parts;
    let wasKnown = false;
    streams.add(call, () => {
      const view = this.#viewOf(ref);
      // It was taken out of the process: who asks again may reach one that has it.
      if (!view) return wasKnown ? null : undefined;
      wasKnown = true;
      try {
        return this.#peek(view, ref).isActive ? ACTIVE : INACTIVE;
      } catch {
        return undefined;
      }
    });
  }

  /** What is served, counted as an answer. */
  #served(view: WorkloadView, ref: ScaledObjectRef | undefined): Served {
    const { clock } = this.parts;
    const startedMs = clock.monotonicMs();
    const served = this.#peek(view, ref);
    const metrics = this.#metricsOf(view);
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    if (!view.isRemote) metrics.scalerFetchSeconds(seconds);
    const { active } = view;
    const age = active && ageSeconds(active, servingSeconds(active, clock));
    metrics.scalerAnswered(served.replicas, age);
    return served;
  }

  #peek(view: WorkloadView, ref: ScaledObjectRef | undefined): Served {
    const leadSeconds = leadSecondsOf(ref, view.serving.leadTimeSeconds);
    const { active } = view;
    if (active) this.#sayClipped(view, active, leadSeconds);
    const override = this.parts.overrides.of(view.identity);
    return servedOf(view, override, leadSeconds, this.parts.clock);
  }

  /** What lies behind the horizon nobody knows: said once a workload, and answered all the same. */
  #sayClipped(view: WorkloadView, active: ActiveSnapshot, leadSeconds: number): void {
    if (fitsHorizon(active, leadSeconds) || this.#clipped.has(view)) return;
    this.#clipped.add(view);
    const { horizonSeconds } = active.snapshot;
    const said = { workload: view.identity, leadSeconds, horizonSeconds };
    this.parts.log.warn('lead time of a trigger is longer than the horizon, clipped to it', said);
  }

  /**
   * Counts what could not be answered and says it in KEDA's terms. That there is no forecast is no
   * fault of the call: the loop has counted why.
   */
  #failure(method: string, view: WorkloadView | undefined, thrown: unknown): Partial<ServiceError> {
    const fault = asFault(thrown, 'grpc');
    const { code, message: reason } = fault;
    const metrics = this.#metricsOf(view);
    if (fault.component !== 'loop') metrics.error(fault);
    if (!view?.isRemote) metrics.scalerFetchFailed();
    const workload = view?.identity ?? '';
    const isOurs = code === 'internal';
    if (isOurs) this.parts.log.error('call failed', { method, workload, error: fault.cause });
    else this.parts.log.debug('call refused', { method, workload, code, reason });
    const said = isOurs ? 'a fault of Kedastral itself; its log says more' : reason;
    const details = view ? `${workload}: ${said}` : said;
    return { code: STATUS[code] ?? Status.UNAVAILABLE, details };
  }

  #viewOf(ref: ScaledObjectRef | undefined): WorkloadView | undefined {
    try {
      return workloadOf(this.parts.workloads, ref);
    } catch {
      return undefined;
    }
  }

  #metricsOf(view: WorkloadView | undefined): WorkloadMetrics {
    if (!view) return this.#metricsOfNone;
    let metrics = this.#metrics.get(view);
    if (!metrics) {
      metrics = this.parts.metrics.forWorkload(view.identity);
      this.#metrics.set(view, metrics);
    }
    return metrics;
  }
}

function metricSpec(ref: ScaledObjectRef | undefined): GetMetricSpecResponse {
  const metricName = metricNameOf(ref);
  return {
    metricSpecs: [{ metricName, targetSize: TARGET_SIZE, targetSizeFloat: TARGET_SIZE }],
  };
}
