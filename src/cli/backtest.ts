import { appendFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isJudged } from '../backtest/gate.ts';
import type { BacktestResult } from '../backtest/result.ts';
import { inlineRunner, type TaskRunner, workerRunner } from '../backtest/runner.ts';
import { helpRows } from '../config/render.ts';
import { errnoOf } from '../config/sources.ts';
import { asFault, KedastralError } from '../errors.ts';
import { htmlReport } from '../report/html.ts';
import { loadKernel } from '../wasm/load.ts';
import type { BacktestContext } from './backtest-context.ts';
import { toJson } from './backtest-json.ts';
import { type ParsedBacktest, parseBacktestOptions } from './backtest-options.ts';
import { textReport } from './backtest-report.ts';
import { runBacktest } from './backtest-run.ts';
import { backtestSources } from './backtest-sources.ts';
import { BACKTEST_GROUPS, type BacktestOptions } from './backtest-table.ts';
import { Dump } from './dump-file.ts';
import { EXIT_FAILURE, fail, refuse } from './exit.ts';
import { printHpaCase } from './hpa-case.ts';
import { Progress } from './progress.ts';
import type { Terminal } from './terminal.ts';

const HELP = `Usage: kedastral backtest FILE.csv … [option …]
       kedastral backtest --prom-url URL --prom-query QUERY [option …]

Forecasts your own past, step by step, with nothing seen of what came after; scores it.
`;

/** No gate failed that could be judged, but one could not. */
const EXIT_NOT_JUDGED = 2;
const EXIT_INTERRUPTED = 130;

/** Runs `kedastral backtest`; resolves to the exit code. */
export async function backtest(argv: readonly string[], context: BacktestContext): Promise<number> {
  const { terminal, signal } = context;
  const parsed = parseBacktestOptions(argv, context.env);
  if (parsed.options.help) {
    terminal.print(HELP + helpOf());
    return 0;
  }
  if (parsed.faults.length > 0) return refuse(parsed.faults, terminal);
  const progress = new Progress(
    (text) => terminal.printError(text),
    context.isWatched,
    context.clock,
  );
  try {
    const { hpaCase } = parsed.options;
    if (hpaCase !== null) return await printHpaCase(hpaCase, context.stdin, terminal);
    const result = await made(parsed, context, progress);
    progress.clear();
    await written(result, parsed.options, terminal);
    if (signal.aborted) return EXIT_INTERRUPTED;
    const failed = result.gates.filter((gate) => gate.isFailed);
    if (failed.some(isJudged)) return EXIT_FAILURE;
    return failed.length > 0 ? EXIT_NOT_JUDGED : 0;
  } catch (thrown) {
    progress.clear();
    if (signal.aborted) return EXIT_INTERRUPTED;
    return fail('backtest', asFault(thrown, 'model'), terminal);
  }
}

function helpOf(): string {
  const groups = Object.entries(BACKTEST_GROUPS);
  return groups.map(([title, table]) => `\n${title}:\n${helpRows(table)}`).join('');
}

async function made(
  parsed: ParsedBacktest,
  context: BacktestContext,
  progress: Progress,
): Promise<BacktestResult> {
  const { options } = parsed;
  const sources = await backtestSources(options, context);
  // Paths first: workers keep the process alive, and an hour's result must not be lost to a typo.
  if (options.html !== null) await checkWritable('html', options.html);
  const dump = options.dump === null ? null : await Dump.open(options.dump);
  const runner = await runnerOf(options, context);
  try {
    return await runBacktest(parsed, sources, {
      ...{ runner, progress, signal: context.signal },
      onForecast: (forecasted) => dump?.write(forecasted),
    });
  } finally {
    await Promise.all([runner.close(), dump?.close()]);
  }
}

async function runnerOf(options: BacktestOptions, context: BacktestContext): Promise<TaskRunner> {
  const workers = options.workers ?? availableParallelism();
  if (context.workerUrl !== null && workers > 0) return workerRunner(context.workerUrl, workers);
  return inlineRunner(await loadKernel(), context.clock);
}

async function written(
  result: BacktestResult,
  options: BacktestOptions,
  terminal: Terminal,
): Promise<void> {
  for (const warning of result.warnings) terminal.printError(`kedastral backtest: ${warning}\n`);
  terminal.print(options.json ? toJson(result) : textReport(result));
  if (options.html === null) return;
  await writeFile(options.html, htmlReport(result)).catch(unwritable('html', options.html));
}

/** Leaves what is there as it is; a file that is not there is begun. */
async function checkWritable(option: string, path: string): Promise<void> {
  await appendFile(path, '').catch(unwritable(option, path));
}

function unwritable(option: string, path: string): (thrown: unknown) => never {
  return (thrown) => {
    const message = `${option} ${path}: cannot be written (${errnoOf(thrown)})`;
    throw new KedastralError('option_invalid', 'config', message);
  };
}
