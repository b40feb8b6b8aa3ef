import { formatFaults, type OptionFault, USAGE_EXIT_CODE } from '../config/faults.ts';
import type { KedastralError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

export const EXIT_FAILURE = 1;

/** The exit code that a fault ends a command with. */
export function exitCodeOf({ code }: KedastralError): number {
  return code === 'option_invalid' ? USAGE_EXIT_CODE : EXIT_FAILURE;
}

/** Says why a command failed; its exit code. */
export function fail(command: string, fault: KedastralError, terminal: Terminal): number {
  terminal.printError(`kedastral ${command}: ${fault.message} (${fault.code})\n`);
  return exitCodeOf(fault);
}

/** Says which options are wrong; the exit code. */
export function refuse(faults: readonly OptionFault[], terminal: Terminal): number {
  terminal.printError(formatFaults(faults));
  return USAGE_EXIT_CODE;
}
