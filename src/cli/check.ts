import { type Clock, systemClock } from '../clock.ts';
import type { WorkloadEntry } from '../config/entries.ts';
import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import type { Options } from '../config/options.ts';
import { parseOptions } from '../config/parse.ts';
import { helpText, printConfig } from '../config/render.ts';
import type { Environment } from '../config/sources.ts';
import { asFault } from '../errors.ts';
import { VERSION } from '../version.ts';
import { checkReport } from './check-report.ts';
import { watchFirstTick } from './first-tick.ts';
import type { Terminal } from './terminal.ts';

const HELP = `Usage: kedastral check [option …]

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
  const { faults, help, version, workloads } = parsed;
  if (help || version) {
    terminal.print(help ? HELP + helpText() : `${VERSION}\n`);
    return 0;
  }
  if (faults.length > 0) {
    terminal.printError(formatFaults(faults));
    return USAGE_EXIT_CODE;
  }
  if (parsed.printConfig) {
    terminal.print(printConfig(parsed));
    return 0;
  }
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
    return result.observations.some(({ isWrong }) => isWrong) ? 1 : 0;
  } catch (thrown) {
    const { code, message } = asFault(thrown, 'adapter');
    terminal.printError(`kedastral check: ${message} (${code})\n`);
    return code === 'option_invalid' ? USAGE_EXIT_CODE : 1;
  }
}

function entryOf(workloads: readonly WorkloadEntry[], identity: string): Options | undefined {
  return workloads.find(({ options }) => options.identity === identity)?.options;
}
