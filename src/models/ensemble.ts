import type { Series } from '../features/series.ts';
import { RESULT } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { FitContext } from './model.ts';

/** Layout: assembly/select/describe.ts. */
const PARAMS_LENGTH = 128;

/** Members that can be left out: bits of the guest's `leaving`. */
export const GROUPS = { medians: 1, learnt: 2, analogues: 4, 'harmonic terms': 8 } as const;
export type MemberGroup = keyof typeof GROUPS;

/**
 * Runs assembly/select/ensemble.ts in slices, between which the event loop is served; the answer is
 * in mean and sigma, its walk-forward errors in the record. Runs inside `kernel.exclusive`.
 *
 * @param seasonSteps of a season beside the calendar's, no whole number; 0 = none
 * @returns what the ensemble is made of: the params buffer
 */
export async function runEnsemble(
  kernel: Kernel,
  { values, stepSeconds, cutoffSeconds }: Series,
  { horizonSteps, peakSteps = 0, signal }: FitContext,
  without: readonly MemberGroup[],
  seasonSteps = 0,
): Promise<Float64Array> {
  const leaving = without.reduce((bits, group) => bits | GROUPS[group], 0);
  const points = values.length;
  kernel.write('historyPtr', values);
  kernel.call((guest) =>
    guest.ensembleBegin(
      points,
      stepSeconds,
      cutoffSeconds,
      horizonSteps,
      peakSteps,
      leaving,
      seasonSteps,
    ),
  );
  await kernel.drain((guest, units) => (signal.aborted ? RESULT.OK : guest.ensembleAdvance(units)));
  signal.throwIfAborted();
  return kernel.read('paramsPtr', PARAMS_LENGTH);
}
