import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Input } from '../backtest/source.ts';
import { errnoOf } from '../config/sources.ts';
import { KedastralError } from '../errors.ts';
import { hpaCaseLines } from '../replay/hpa-case.ts';
import type { Terminal } from './terminal.ts';

const STDIN = '-';

/**
 * Replays a case of the HPA controller and prints a line for each sync.
 *
 * @param path - for standard input
 * @returns the exit code
 * @throws KedastralError option_invalid naming the field of the case, or the file
 */
export async function printHpaCase(
  path: string,
  stdin: () => Input,
  terminal: Terminal,
): Promise<number> {
  const beside = (name: string) => read(resolve(path === STDIN ? '.' : dirname(path), name));
  const text = path === STDIN ? await whole(stdin()) : read(path);
  for (const line of hpaCaseLines(text, beside)) terminal.print(`${line}\n`);
  return 0;
}

async function whole(input: Input): Promise<string> {
  let text = '';
  for await (const piece of input) text += piece;
  return text;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const message = `hpa-case: ${path} cannot be read (${errnoOf(thrown)})`;
    throw new KedastralError('option_invalid', 'config', message);
  }
}
