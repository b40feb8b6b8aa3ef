import { once } from 'node:events';
import { systemClock } from '../clock.ts';
import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import type { Options } from '../config/options.ts';
import { parseOptions } from '../config/parse.ts';
import type { Environment } from '../config/sources.ts';
import { asFault, KedastralError } from '../errors.ts';
import { replacedAtSeconds } from '../loop/active-slot.ts';
import { createLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import { VERSION } from '../version.ts';
import { answerAtOnce } from './at-once.ts';
import type { Context, Work } from './context.ts';
import { exitCodeOf } from './exit.ts';
import { Faces } from './faces.ts';
import { workOf } from './work.ts';

const USAGE = 'Usage: kedastral sidecar [option …]\n';

/** How long open calls may take to end once the process was told to stop. */
const DRAIN_MS = 8_000;

/**
 * Runs the sidecar until SIGTERM or SIGINT; resolves to the exit code.
 *
 * @param workerUrl the bundle that worker threads run, where there are many workloads
 */
export async function runSidecar(
  argv: readonly string[],
  env: Environment,
  workerUrl: URL,
): Promise<number> {
  const reparse = () => parseOptions(argv, env);
  const parsed = await reparse();
  const { faults, workloads } = parsed;
  // With a list of workloads, what goes wrong in the process itself is none of theirs.
  const options = workloads ? { ...parsed.options, identity: '' } : parsed.options;
  const said = answerAtOnce(parsed, USAGE);
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
  const metrics = new Metrics(clock, VERSION);
  surviveLostLines(metrics.forWorkload(options.identity));
  const context = { clock, metrics, log };
  try {
    const work = await workOf({ parsed, reparse, workerUrl }, context);
    return await serve(options, work, context);
  } catch (thrown) {
    const fault = asFault(thrown, 'loop');
    log.fatal('cannot start', { fault });
    return exitCodeOf(fault);
  }
}

/** A disk that is full must not end the process: lines that cannot be written are counted. */
function surviveLostLines(metrics: WorkloadMetrics): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
    metrics.error(new KedastralError('log_failed', 'log', `standard output: ${code}`)),
  );
}

async function serve(options: Options, work: Work, context: Context): Promise<number> {
  const { log, metrics } = context;
  const { workloads, overrides } = work;
  metrics.observe(workloads, overrides);
  const faces = new Faces(options, { ...context, workloads, overrides });
  const stop = new AbortController();
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const ports = await faces.start().catch(async (thrown: unknown) => {
    await work.close();
    throw thrown;
  });
  const { role, mode, model, intervalSeconds, staleAfterSeconds } = options;
  log.info('started', { version: VERSION, role, mode, ...ports, model });
  if (mode === 'shadow') log.info('shadow: forecast and shown, not served to KEDA');
  if (replacedAtSeconds(intervalSeconds) > staleAfterSeconds) {
    log.warn('stale between ticks: stale-after is under interval + 5s', {
      intervalSeconds,
      staleAfterSeconds,
    });
  }

  // Without a listener it would end the process.
  process.on('SIGHUP', () => log.info('SIGHUP: only a list of workloads is read anew'));
  const running = work.run(stop.signal);
  await Promise.race([stopped, running.then(() => stopped)]);
  log.info('stopping');
  stop.abort();
  await Promise.all([faces.stop(DRAIN_MS), running]);
  await work.close();
  log.info('stopped');
  return 0;
}
