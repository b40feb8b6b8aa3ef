import { createAdapter, createSideQueries } from '../adapters/registry.ts';
import { formatFaults } from '../config/faults.ts';
import type { Options } from '../config/options.ts';
import { asFault, KedastralError } from '../errors.ts';
import { Overrides } from '../loop/overrides.ts';
import { createWorkload } from '../loop/workload.ts';
import type { WorkloadLoop } from '../loop/workload-loop.ts';
import { Workloads } from '../loop/workloads.ts';
import { MemoryStore } from '../storage/memory.ts';
import { createStore } from '../storage/registry.ts';
import { loadKernel } from '../wasm/load.ts';
import type { Context, Work, WorkParts } from './context.ts';

/** The work that was asked for; an injected sidecar that cannot do it lives on without any. */
export async function workOf(parts: WorkParts, context: Context): Promise<Work> {
  const { options, faults } = parts.parsed;
  if (faults.length > 0) {
    const fault = new KedastralError('option_invalid', 'config', formatFaults(faults).trim());
    return misconfigured(options, fault, context);
  }
  try {
    return await workByRole(parts, context);
  } catch (thrown) {
    const fault = asFault(thrown, 'config');
    if (!options.injected) throw fault;
    return misconfigured(options, fault, context);
  }
}

/** What a plain sidecar has no need of is loaded only where it is asked for. */
async function workByRole(parts: WorkParts, context: Context): Promise<Work> {
  const { options, workloads } = parts.parsed;
  if (workloads !== null) {
    const { fleetWork } = await import('./fleet-work.ts');
    return fleetWork(context, parts);
  }
  if (options.role !== 'scaler') return forecasting(options, context);
  const { polling } = await import('./polling.ts');
  return polling(options, context);
}

async function forecasting(options: Options, context: Context): Promise<Work> {
  const { clock } = context;
  const [kernel, adapter, queries] = await Promise.all([
    loadKernel(),
    createAdapter(options, clock),
    createSideQueries(options, clock),
  ]);
  // The store comes last and goes first: its connection would keep a process alive that has failed.
  const store = await createStore(options);
  let workload: WorkloadLoop;
  try {
    workload = createWorkload(options, { ...context, kernel, adapter, queries, store });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
  const workloads = new Workloads([workload]);
  const overrides = new Overrides({ ...context, store });
  return {
    workloads,
    overrides,
    run: async (signal) => {
      await Promise.all([workload.run(signal), overrides.run(workloads, signal)]);
    },
    close: () => store.close(),
  };
}

/** Both faces answer "unknown", so that the application's pod stays as it is. */
function misconfigured(options: Options, fault: KedastralError, context: Context): Work {
  const { identity } = options;
  context.metrics.forWorkload(identity).error(fault);
  context.log.error('misconfigured, nothing is forecast', { fault });
  const pendingReason = `misconfigured: ${fault.message}`;
  const view = { identity, serving: options, active: null, pendingReason, accuracy: [] };
  return {
    workloads: new Workloads([view]),
    overrides: new Overrides({ ...context, store: new MemoryStore() }),
    run: async () => undefined,
    close: async () => undefined,
  };
}
