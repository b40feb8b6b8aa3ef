import type { DataAdapter } from '../../src/adapters/adapter.ts';
import type { Options } from '../../src/config/options.ts';
import { History } from '../../src/features/history.ts';
import { createForecaster } from '../../src/loop/workload.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** The plan of each cutoff that the clean history gives, for a process that starts just then. */
export type CleanPlans = ReadonlyMap<number, readonly number[]>;

/**
 * Works out the clean plans of some cutoffs.
 *
 * @param adapter a source that nothing is wrong with
 * @param cutoffs epoch seconds, multiples of step
 */
export async function cleanPlansOf(
  options: Options,
  kernel: Kernel,
  adapter: DataAdapter,
  cutoffs: Iterable<number>,
): Promise<CleanPlans> {
  const clock = new VirtualClock();
  const plans = new Map<number, readonly number[]>();
  for (const cutoff of cutoffs) {
    const forecaster = createForecaster(options, {
      kernel,
      adapter,
      history: new History(options),
      up: null,
      clock,
      metrics: new Metrics(clock, '0.0.0').forWorkload(options.identity),
      onWarning: () => undefined,
    });
    const tick = cutoff + options.settleSeconds;
    const { desiredReplicas } = await forecaster.forecast(tick, new AbortController().signal);
    plans.set(cutoff, desiredReplicas);
  }
  return plans;
}
