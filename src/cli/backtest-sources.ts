import { createAdapter } from '../adapters/registry.ts';
import { querySource } from '../backtest/query-source.ts';
import { csvSources, type Source } from '../backtest/source.ts';
import { formatIdentity } from '../config/workload.ts';
import type { BacktestContext } from './backtest-context.ts';
import type { BacktestOptions } from './backtest-table.ts';

const DEFAULT_STEP_SECONDS = 60;
const DEFAULT_RANGE_SECONDS = 30 * 86_400;

/**
 * Where the series come from: the CSVs, or one query.
 *
 * @throws KedastralError option_invalid
 */
export async function backtestSources(
  options: BacktestOptions,
  { stdin, clock, signal }: BacktestContext,
): Promise<readonly Source[]> {
  const { input } = options;
  if (input.length > 0) return csvSources(input, options.stepSeconds, stdin, signal);
  const stepSeconds = options.stepSeconds ?? DEFAULT_STEP_SECONDS;
  const endSeconds = options.end ?? Math.floor(clock.nowMs() / 1000);
  const rangeSeconds = options.rangeSeconds ?? DEFAULT_RANGE_SECONDS;
  const startSeconds = options.start ?? endSeconds - rangeSeconds;
  const { namespace, workload } = options;
  const adapterOptions = {
    ...options,
    adapter: options.adapter ?? 'prometheus',
    promHeaders: options.promHeader,
    workload: { namespace: workload.namespace ?? namespace, name: workload.name },
    stepSeconds,
  } as const;
  const demand = await createAdapter(adapterOptions, clock);
  const replicas =
    options.replicasQuery === null
      ? null
      : await createAdapter({ ...adapterOptions, promQuery: options.replicasQuery }, clock);
  const range = { startSeconds, endSeconds, stepSeconds };
  return [querySource(formatIdentity(adapterOptions.workload), demand, replicas, range, signal)];
}
