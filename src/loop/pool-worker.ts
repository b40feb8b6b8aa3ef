import type { MessagePort } from 'node:worker_threads';
import { createAdapter, createSideQueries } from '../adapters/registry.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Options } from '../config/options.ts';
import { asFault, KedastralError } from '../errors.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { loadKernel } from '../wasm/load.ts';
import type { Beside, Counted, PlainFault, PoolReply, PoolRequest, Work } from './pool-protocol.ts';
import { QueryLanes } from './query-lanes.ts';
import { createLocalForecaster } from './workload.ts';

type WorkRequest = Extract<PoolRequest, { readonly tickSeconds: number }>;

/** A workload on this thread. */
interface Member {
  readonly forecaster: Promise<Forecaster>;
  readonly notes: Notes;
  stop: AbortController;
}

/**
 * The thread's side of the pool: forecasts many workloads, each with a history and a forecaster of
 * its own. Queries go in lanes, the mathematics one workload after the other.
 */
export function serveForecasts(port: MessagePort, clock: Clock = systemClock): void {
  const reply = (message: PoolReply): void => port.postMessage(message);
  const kernel = loadKernel();
  const lanes = new QueryLanes(clock);
  const members = new Map<number, Member>();

  const add = (key: number, options: Options): void => {
    const notes = new Notes();
    const forecaster = createMember(options, { kernel, lanes, clock, notes });
    // Said at the first forecast.
    forecaster.catch(() => undefined);
    members.set(key, { forecaster, notes, stop: new AbortController() });
  };
  const work = async (request: WorkRequest): Promise<void> => {
    const { key } = request;
    const member = members.get(key);
    if (!member) return;
    const { notes, stop } = member;
    try {
      const forecaster = await member.forecaster;
      const snapshot = await done(request, forecaster, stop.signal);
      const accuracy = forecaster.accuracy.report();
      reply({ kind: 'done', key, snapshot, ...notes.take(), accuracy });
    } catch (thrown) {
      const fault = plain(asFault(thrown, 'loop'));
      reply({ kind: 'failed', key, fault, ...notes.take(), accuracy: [] });
    }
  };
  const stop = (key: number): void => {
    const member = members.get(key);
    member?.stop.abort();
    if (member) member.stop = new AbortController();
  };
  port.on('message', (request: PoolRequest) => {
    if (request.kind === 'ping') reply({ kind: 'pong' });
    else if (request.kind === 'add') add(request.key, request.options);
    else if (request.kind === 'stop' || request.kind === 'remove') {
      stop(request.key);
      if (request.kind === 'remove') members.delete(request.key);
    } else void work(request);
  });
}

/** The snapshot that came of it, or null. */
async function done(
  work: Work,
  forecaster: Forecaster,
  signal: AbortSignal,
): Promise<Snapshot | null> {
  const { kind, tickSeconds } = work;
  if (kind === 'forecast') return forecaster.forecast(tickSeconds, signal);
  if (kind === 'renew') return forecaster.renew(work.snapshot, tickSeconds, signal);
  await forecaster.refresh(tickSeconds, signal);
  return null;
}

interface MemberParts {
  readonly kernel: Promise<Kernel>;
  readonly lanes: QueryLanes;
  readonly clock: Clock;
  readonly notes: Notes;
}

async function createMember(options: Options, parts: MemberParts): Promise<Forecaster> {
  const { clock, lanes, notes } = parts;
  const adapter = lanes.spread(await createAdapter(options, clock));
  const { reactive, replicas, up } = await createSideQueries(options, clock);
  const queries = {
    reactive: reactive && lanes.spread(reactive),
    replicas: replicas && lanes.spread(replicas),
    up: up && lanes.spread(up),
  };
  const kernel = kernelFor(options, await parts.kernel);
  const { metrics, onWarning } = notes;
  return createLocalForecaster(options, {
    ...{ kernel, adapter, queries, clock, metrics, onWarning },
  });
}

/**
 * What `auto` has learnt of a series stays in the module's memory, and is twenty times the work of
 * a forecast: it has an instance of its own. A model of somebody else's keeps only itself waiting.
 */
function kernelFor({ model }: Options, kernel: Kernel): Kernel {
  if (model === 'auto') return kernel.fork({ takesTurns: true });
  return model === 'byom' ? kernel.fork({ takesTurns: false }) : kernel;
}

/** What is counted and warned of on this thread, until it is told with the next answer. */
class Notes {
  #counted: Counted[] = [];
  #warnings: string[] = [];

  readonly onWarning = (warning: string): void => void this.#warnings.push(warning);

  readonly metrics = new Proxy({} as WorkloadMetrics, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        this.#counted.push([method, ...args.map(passable)]),
  });

  take(): Omit<Beside, 'accuracy'> {
    const [counted, warnings] = [this.#counted, this.#warnings];
    this.#counted = [];
    this.#warnings = [];
    return { counted, warnings };
  }
}

function passable(value: unknown): unknown {
  return value instanceof KedastralError ? plain(value) : value;
}

function plain({ code, component, message }: KedastralError): PlainFault {
  return { code, component, message };
}
