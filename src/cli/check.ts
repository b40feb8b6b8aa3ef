import { type Clock, systemClock } from '../clock.ts';
import type { WorkloadEntry } from '../config/entries.ts';
import { USAGE_EXIT_CODE } from '../config/faults.ts';
import type { Options } from '../config/options.ts';
import { parseOptions } from '../config/parse.ts';
import type { Environment } from '../config/sources.ts';
import { asFault } from '../errors.ts';
import { answerAtOnce } from './at-once.ts';
import { checkReport } from './check-report.ts';
import { EXIT_FAILURE, fail, refuse } from './exit.ts';
import { watchFirstTick } from './first-tick.ts';
import type { Terminal } from './terminal.ts';

const USAGE = `Usage: kedastral check [option …]

Takes the sidecar's options, asks the data source once for the whole history and shows what came,
the first forecast and its plan, and what looks wrong (then the exit code is 1).
`;

/** Runs `kedastral check`; resolves to the exit code. */
export async function check(
  argv: readonly string[],
  env: Environment,
  terminal: Terminal,
  clock: Clock = systemClock,
): Promise<number> {
  const parsed = await parseOptions(argv, env);
  const said = answerAtOnce(parsed, USAGE);
  if (said !== null) {
    terminal.print(said);
    return 0;
  }
  const { faults, workloads } = parsed;
  if (faults.length > 0) return refuse(faults, terminal);
  const wanted = parsed.options.identity;
  const options = workloads ? entryOf(workloads, wanted) : parsed.options;
  if (!options) {
    const rule = 'is none of workloads in the config file; check looks at one: name it';
    terminal.printError(`kedastral check: --workload ${JSON.stringify(wanted)} ${rule}\n`);
    return USAGE_EXIT_CODE;
  }
  try {
    const result = await watchFirstTick(options, clock);
    terminal.print(checkReport(result, terminal));
    return result.observations.some(({ isWrong }) => isWrong) ? EXIT_FAILURE : 0;
  } catch (thrown) {
    return fail('check', asFault(thrown, 'adapter'), terminal);
  }
}

function entryOf(workloads: readonly WorkloadEntry[], identity: string): Options | undefined {
  return workloads.find(({ options }) => options.identity === identity)?.options;
}
