import { printable } from '../errors.ts';
import { envName, type Option, optionName, shown } from './option.ts';

/** Where a value came from, in the order of precedence. */
export type Origin = 'flag' | 'env' | 'file' | 'default';

/** One thing that is wrong with the options. */
export interface OptionFault {
  /** As the user wrote it: `--step`, `STEP`, `step` in the file, or an unknown name. */
  readonly option: string;
  /** The value given, secrets masked; null when there is none to show. */
  readonly value: string | null;
  readonly origin: Origin;
  /** What is wrong, or what it must be. */
  readonly rule: string;
}

/** Exit code of a usage error (EX_USAGE of BSD's sysexits.h). */
export const USAGE_EXIT_CODE = 64;

const ORIGIN_WORDS: Record<Origin, string> = {
  flag: 'flag',
  env: 'environment',
  file: 'config file',
  default: 'default',
};

/** The way to write an option in one place. */
export function spelling(field: string, origin: Origin): string {
  if (origin === 'env') return envName(field);
  return origin === 'file' ? optionName(field) : `--${optionName(field)}`;
}

/** A fault of one option's value. */
export function valueFault(
  field: string,
  row: Option<unknown>,
  given: { readonly text: string; readonly origin: Origin },
  rule: string,
): OptionFault {
  const { text, origin } = given;
  const isUnset = origin === 'default' && text === '';
  const value = isUnset ? null : shown(row, text);
  return { option: spelling(field, origin), value, origin, rule };
}

const SHOWN_LENGTH_MAX = 120;
/** A slip that a thousand workloads share is not told a thousand times. */
const SHOWN_FAULTS_MAX = 50;

/** One line a fault, ready for stderr. */
export function formatFaults(faults: readonly OptionFault[]): string {
  const lines = faults.slice(0, SHOWN_FAULTS_MAX).map(({ option, value, origin, rule }) => {
    const given = value === null ? option : `${option} ${quoted(value)}`;
    const where = value === null && origin === 'default' ? 'not set' : ORIGIN_WORDS[origin];
    return `${printable(`  ${given} (${where}): ${rule}`)}\n`;
  });
  const count = faults.length === 1 ? 'one option is wrong' : `${faults.length} options are wrong`;
  const left = faults.length - lines.length;
  const more = left > 0 ? `  … and ${left} more\n` : '';
  return `kedastral: ${count}\n${lines.join('')}${more}`;
}

function quoted(value: string): string {
  const isLong = value.length > SHOWN_LENGTH_MAX;
  return JSON.stringify(isLong ? `${value.slice(0, SHOWN_LENGTH_MAX)}…` : value);
}
