#!/usr/bin/env node
import { processTerminal } from '../cli/terminal.ts';
import { USAGE_EXIT_CODE } from '../config/faults.ts';
import { closest } from '../config/suggest.ts';
import { VERSION } from '../version.ts';

const HELP = `Usage: kedastral <command> [option …]

Commands:
  forecast  forecast a CSV of timestamp,value once
  backtest  forecast your own past and replay the scaling
  check     run the sidecar's query once and show what came
  sidecar   start the sidecar
  inject    put the sidecar into the workloads of a manifest
  uninject  take it out again
  wire      print what workloads need beside their sidecars
  lint      check ScaledObjects and what is around them
  pods      list pods with an outdated sidecar

kedastral <command> --help tells the options; kedastral --version the version.
`;
const HELP_WORDS = ['--help', '-help', '-h', 'help'];

const BACKTEST_BUNDLE = new URL('./backtest.js', import.meta.url);
const WORKER_BUNDLE = new URL('./worker.js', import.meta.url);

const COMMANDS: Record<string, (argv: string[]) => Promise<number>> = {
  forecast: async (argv) => {
    const { forecast } = await import('../cli/forecast.ts');
    return forecast(argv, processTerminal());
  },
  check: async (argv) => {
    const { check } = await import('../cli/check.ts');
    return check(argv, process.env, processTerminal());
  },
  // A bundle of its own, because its worker threads start from a file.
  backtest: async (argv) => {
    const { run } = (await import(BACKTEST_BUNDLE.href)) as typeof import('./backtest.ts');
    return run(argv);
  },
  sidecar: async (argv) => {
    const { runSidecar } = await import('../cli/sidecar.ts');
    return runSidecar(argv, process.env, WORKER_BUNDLE);
  },
  inject: async (argv) => {
    const { injectCommand } = await import('../cli/inject.ts');
    return injectCommand(argv, processTerminal());
  },
  uninject: async (argv) => {
    const { uninjectCommand } = await import('../cli/inject.ts');
    return uninjectCommand(argv, processTerminal());
  },
  wire: async (argv) => {
    const { wireCommand } = await import('../cli/wire.ts');
    return wireCommand(argv, processTerminal());
  },
  lint: async (argv) => {
    const { lintCommand } = await import('../cli/lint.ts');
    return lintCommand(argv, processTerminal());
  },
  pods: async (argv) => {
    const { podsCommand } = await import('../cli/pods.ts');
    return podsCommand(argv, processTerminal());
  },
};

async function run([command, ...rest]: string[]): Promise<number> {
  const terminal = processTerminal();
  if (command === '--version' || command === '-version') {
    terminal.print(`${VERSION}\n`);
    return 0;
  }
  if (HELP_WORDS.includes(command ?? '')) {
    terminal.print(HELP);
    return 0;
  }
  const action = command !== undefined && Object.hasOwn(COMMANDS, command) && COMMANDS[command];
  if (action) return action(rest);
  const meant = command === undefined ? undefined : closest(command, Object.keys(COMMANDS));
  const hint = meant ? `; did you mean ${meant}?` : '';
  const what = command === undefined ? 'no command' : `unknown command ${JSON.stringify(command)}`;
  terminal.printError(`kedastral: ${what}${hint}\n\n${HELP}`);
  return USAGE_EXIT_CODE;
}

// A reader that has seen enough, such as head, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await run(process.argv.slice(2));
