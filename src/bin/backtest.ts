import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { WORKER_DATA } from '../backtest/runner.ts';
import { serveTasks } from '../backtest/worker.ts';
import { backtest } from '../cli/backtest.ts';
import { processTerminal } from '../cli/terminal.ts';
import { systemClock } from '../clock.ts';

/**
 * Runs `kedastral backtest`; resolves to the exit code. The first SIGINT or SIGTERM ends it with
 * what was reached, the second one at once.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return backtest(argv, {
    env: process.env,
    terminal: processTerminal(),
    clock: systemClock,
    isWatched: process.stderr.isTTY === true,
    stdin: () => process.stdin.setEncoding('utf8'),
    workerUrl: new URL(import.meta.url),
    signal: stop.signal,
  });
}

if (!isMainThread && parentPort && workerData === WORKER_DATA) serveTasks(parentPort);
