import { History } from '../../../src/features/history.ts';
import { createForecaster } from '../../../src/loop/workload.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import type { World } from './world.ts';

/** The plan of each cutoff that the clean history gives, for a process that starts just then. */
export type CleanPlans = ReadonlyMap<number, readonly number[]>;

/**
 * Works out the clean plan of every cutoff that something was answered from.
 *
 * @param fromSeconds and of every cutoff since then, epoch seconds; infinite = of none
 */
export async function cleanPlansOf(
  world: World,
  kernel: Kernel,
  fromSeconds: number,
): Promise<CleanPlans> {
  const { options, prometheus, answers } = world;
  const clock = new VirtualClock();
  const cutoffs = new Set(answers.flatMap(({ basis }) => basis?.cutoffSeconds ?? []));
  const { stepSeconds } = options;
  const first = Math.floor(fromSeconds / stepSeconds) * stepSeconds;
  for (let at = first; at < world.nowSeconds(); at += stepSeconds) cutoffs.add(at);
  const plans = new Map<number, readonly number[]>();
  for (const cutoff of cutoffs) {
    const forecaster = createForecaster(options, {
      kernel,
      adapter: prometheus.clean,
      history: new History(options),
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
