import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Options } from '../config/options.ts';
import { Fleet } from '../loop/fleet.ts';
import { ForecastPool } from '../loop/forecast-pool.ts';
import { ForecasterPolls } from '../loop/forecaster-polls.ts';
import { Overrides } from '../loop/overrides.ts';
import { POOL_WORKER_DATA } from '../loop/pool-protocol.ts';
import { RemoteWorkload } from '../loop/remote-workload.ts';
import { createLoop } from '../loop/workload.ts';
import { createStore } from '../storage/registry.ts';
import type { Store } from '../storage/store.ts';
import { ConfigFollower } from './config-follower.ts';
import type { Context, Work, WorkParts } from './context.ts';

/** One thread is enough for so many workloads of the default model. */
const WORKLOADS_PER_THREAD = 200;
const THREADS_MAX = 8;

/**
 * The work of a process with a list of workloads, which may change while it runs.
 *
 * @throws KedastralError option_invalid
 */
export async function fleetWork(context: Context, parts: WorkParts): Promise<Work> {
  const { options, workloads, given } = parts.parsed;
  const list = (workloads ?? []).map((entry) => entry.options);
  const isRemote = options.forecasterUrl.length > 0;
  const lives = isRemote
    ? await polledLives(options, context)
    : await ownLives(list, parts, context);
  const { fleet } = lives;
  const overrides = new Overrides({ ...context, store: lives.store });
  const follower = new ConfigFollower(given.config.text, options, {
    ...context,
    reparse: parts.reparse,
    apply: (next) => fleet.apply(next),
  });
  return {
    workloads: fleet.workloads,
    overrides,
    run: async (signal) => {
      fleet.apply(list);
      const looks = overrides.run(fleet.workloads, signal);
      await Promise.all([follower.run(signal), lives.run(signal), looks]);
      await fleet.stop();
    },
    close: () => lives.close(),
  };
}

interface Lives {
  readonly fleet: Fleet;
  readonly store: Store;
  run(signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** Workloads that are forecast here, on worker threads. */
async function ownLives(
  list: readonly Options[],
  { parsed, workerUrl }: WorkParts,
  context: Context,
): Promise<Lives> {
  const wanted = Math.ceil(list.length / WORKLOADS_PER_THREAD);
  const threads = Math.max(1, Math.min(wanted, availableParallelism(), THREADS_MAX));
  const startThread = () => new Worker(workerUrl, { workerData: POOL_WORKER_DATA });
  const store = await createStore(parsed.options);
  const pool = new ForecastPool(threads, { ...context, startThread });
  context.log.info('worker threads started', { threads, workloads: list.length });
  const fleet = new Fleet((options) => {
    let close: () => void = () => undefined;
    const loop = createLoop(options, { ...context, store }, (told) => {
      const forecaster = pool.forecaster(options, told);
      close = () => forecaster.close();
      return forecaster;
    });
    return { view: loop, run: (signal) => loop.run(signal).finally(close) };
  });
  const close = async () => {
    await Promise.all([store.close(), pool.close()]);
  };
  return { fleet, store, run: (signal) => pool.run(signal), close };
}

/** Workloads that are fetched from forecasters. */
async function polledLives(options: Options, context: Context): Promise<Lives> {
  const polls = options.forecasterUrl.map((url) => new ForecasterPolls(url, options, context));
  const fleet = new Fleet<RemoteWorkload>((each) => ({
    view: new RemoteWorkload(each.identity, each, context.clock),
    run: async () => undefined,
  }));
  const store = await createStore(options);
  return {
    fleet,
    store,
    run: (signal) => Promise.all(polls.map((each) => each.run(() => fleet.members, signal))),
    close: () => store.close(),
  };
}
