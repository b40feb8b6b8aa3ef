import { once } from 'node:events';
import { createAdapter } from '../adapters/registry.ts';
import { type Clock, systemClock } from '../clock.ts';
import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import type { Options } from '../config/options.ts';
import { type Parsed, parseOptions } from '../config/parse.ts';
import { helpText, printConfig } from '../config/render.ts';
import type { Environment } from '../config/sources.ts';
import { asFault, KedastralError } from '../errors.ts';
import { createWorkload } from '../loop/workload.ts';
import type { WorkloadLoop } from '../loop/workload-loop.ts';
import { Workloads, type WorkloadView } from '../loop/workloads.ts';
import { createStore } from '../storage/registry.ts';
import { createLogger, type Logger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { VERSION } from '../version.ts';
import { loadKernel } from '../wasm/load.ts';
import { Faces } from './faces.ts';

const EXIT_FAILURE = 1;

/** How long open calls may take to end once the process was told to stop. */
const DRAIN_MS = 8_000;

interface Context {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The workloads of the process and their lives. */
interface Work {
  readonly views: readonly WorkloadView[];
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Runs the sidecar until SIGTERM or SIGINT; resolves to the exit code. */
export async function runSidecar(argv: readonly string[], env: Environment): Promise<number> {
  const parsed = await parseOptions(argv, env);
  const { options, faults } = parsed;
  const said = answerAtOnce(parsed);
  if (said !== null) {
    process.stdout.write(said);
    return 0;
  }
  if (faults.length > 0 && !options.injected) {
    process.stderr.write(formatFaults(faults));
    return USAGE_EXIT_CODE;
  }
  const clock = systemClock;
  const { logLevel: level, logFormat: format } = options;
  const log = createLogger({ level, format, name: 'kedastral', clock });
  const context = { clock, metrics: new Metrics(clock, VERSION), log };
  try {
    return await serve(options, await workOf(parsed, context), context);
  } catch (thrown) {
    const fault = asFault(thrown, 'loop');
    log.fatal('cannot start', { fault });
    return fault.code === 'option_invalid' ? USAGE_EXIT_CODE : EXIT_FAILURE;
  }
}

function answerAtOnce(parsed: Parsed): string | null {
  if (parsed.help) return `Usage: kedastral sidecar [option …]\n\n${helpText()}`;
  if (parsed.version) return `${VERSION}\n`;
  if (parsed.printConfig && parsed.faults.length === 0) {
    return printConfig(parsed.options, parsed.given);
  }
  return null;
}

async function serve(options: Options, work: Work, context: Context): Promise<number> {
  const { log, metrics } = context;
  metrics.observe(work.views);
  const faces = new Faces(options, { ...context, workloads: new Workloads(work.views) });
  const stop = new AbortController();
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const ports = await faces.start().catch(async (thrown: unknown) => {
    await work.close();
    throw thrown;
  });
  log.info('started', { version: VERSION, ...ports, model: options.model });
  const { intervalSeconds, staleAfterSeconds } = options;
  if (intervalSeconds > staleAfterSeconds) {
    log.warn('stale between ticks: interval is over stale-after', {
      intervalSeconds,
      staleAfterSeconds,
    });
  }

  const running = work.run(stop.signal);
  await Promise.race([stopped, running.then(() => stopped)]);
  log.info('stopping');
  stop.abort();
  await Promise.all([faces.stop(DRAIN_MS), running]);
  await work.close();
  log.info('stopped');
  return 0;
}

/** The work that was asked for; an injected sidecar that cannot do it lives on without any. */
async function workOf(parsed: Parsed, context: Context): Promise<Work> {
  const { options, faults } = parsed;
  if (faults.length > 0) {
    const fault = new KedastralError('option_invalid', 'config', formatFaults(faults).trim());
    return misconfigured(options, fault, context);
  }
  try {
    return await forecasting(options, context);
  } catch (thrown) {
    const fault = asFault(thrown, 'config');
    if (!options.injected) throw fault;
    return misconfigured(options, fault, context);
  }
}

async function forecasting(options: Options, context: Context): Promise<Work> {
  const [kernel, adapter] = await Promise.all([
    loadKernel(),
    createAdapter(options, context.clock),
  ]);
  // The store comes last and goes first: its connection would keep a process alive that has failed.
  const store = await createStore(options);
  let workload: WorkloadLoop;
  try {
    workload = createWorkload(options, { ...context, kernel, adapter, store });
  } catch (thrown) {
    await store.close();
    throw thrown;
  }
  return {
    views: [workload],
    run: (signal) => workload.run(signal),
    close: () => store.close(),
  };
}

/** Both faces answer "unknown", so that the application's pod stays as it is. */
function misconfigured(options: Options, fault: KedastralError, context: Context): Work {
  const { identity } = options;
  context.metrics.forWorkload(identity).error(fault);
  context.log.error('misconfigured, nothing is forecast', { fault });
  const pendingReason = `misconfigured: ${fault.message}`;
  return {
    views: [{ identity, serving: options, active: null, pendingReason, accuracy: [] }],
    run: async () => undefined,
    close: async () => undefined,
  };
}
