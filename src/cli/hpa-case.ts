import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoOf } from '../config/sources.ts';
import { KedastralError } from '../errors.ts';
import { hpaCaseLines } from '../replay/hpa-case.ts';
import type { Terminal } from './terminal.ts';

/**
 * Replays a case of the HPA controller and prints a line for each sync.
 *
 * @returns the exit code
 * @throws KedastralError option_invalid naming the field of the case, or the file
 */
export function printHpaCase(path: string, terminal: Terminal): number {
  const beside = (name: string) => read(resolve(dirname(path), name));
  for (const line of hpaCaseLines(read(path), beside)) terminal.print(`${line}\n`);
  return 0;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const message = `hpa-case: ${path} cannot be read (${errnoOf(thrown)})`;
    throw new KedastralError('option_invalid', 'config', message);
  }
}
