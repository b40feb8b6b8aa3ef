import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { printable } from '../errors.ts';

/** Where a subcommand reads and writes; tests put another one in its place. */
export interface Terminal {
  /** Whether a person reads standard output. */
  readonly isInteractive: boolean;
  readonly hasColors: boolean;
  readonly columns: number;
  print(text: string): void;
  printError(text: string): void;
  /** The text of a file, or of standard input for `-`. */
  read(path: string): Promise<string>;
}

/** One line to print, whatever is in it: names in manifests are anybody's. */
export function lineOf(text: string): string {
  return `${printable(text, Number.POSITIVE_INFINITY).replaceAll('\n', '\\n')}\n`;
}

/** Tells on standard error what is wrong. */
export type Complain = (words: string) => void;

export function complainer(command: string, terminal: Terminal): Complain {
  return (words) => terminal.printError(lineOf(`kedastral ${command}: ${printable(words)}`));
}

const COLUMNS_WITHOUT_TERMINAL = 100;

/** The terminal, pipe or file that the process was started on. */
export function processTerminal(): Terminal {
  const { stdout, stderr, stdin } = process;
  return {
    isInteractive: stdout.isTTY === true,
    hasColors: stdout.isTTY === true && stdout.hasColors(),
    columns: stdout.columns ?? COLUMNS_WITHOUT_TERMINAL,
    print: (output) => void stdout.write(output),
    printError: (output) => void stderr.write(output),
    read: (path) => (path === '-' ? text(stdin) : readFile(path, 'utf8')),
  };
}
