import type { Series } from '../features/series.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { fitInKernel } from './kernel-model.ts';
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
  series: Series,
  { horizonSteps, peakSteps = 0, signal }: FitContext,
  without: readonly MemberGroup[],
  seasonSteps = 0,
): Promise<Float64Array> {
  const leaving = without.reduce((bits, group) => bits | GROUPS[group], 0);
  const { stepSeconds, cutoffSeconds } = series;
  const wish = [stepSeconds, cutoffSeconds, horizonSteps, peakSteps, leaving, seasonSteps] as const;
  await fitInKernel(kernel, series, signal, {
    begin: (guest, points) => guest.ensembleBegin(points, ...wish),
    advance: (guest, units) => guest.ensembleAdvance(units),
  });
  return kernel.read('paramsPtr', PARAMS_LENGTH);
}
