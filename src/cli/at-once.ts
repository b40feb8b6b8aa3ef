import type { Parsed } from '../config/parse.ts';
import { helpText, printConfig } from '../config/render.ts';
import { VERSION } from '../version.ts';

/**
 * What `--help`, `--version` and `--print-config` ask for; null where the command is to run, or its
 * options are wrong.
 *
 * @param usage stands above the options
 */
export function answerAtOnce(parsed: Parsed, usage: string): string | null {
  if (parsed.help) return `${usage}\n${helpText()}`;
  if (parsed.version) return `${VERSION}\n`;
  return parsed.printConfig && parsed.faults.length === 0 ? printConfig(parsed) : null;
}
