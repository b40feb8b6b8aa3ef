import { RESULT } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import { readAutoDescription } from './auto-description.ts';
import { calibratedPrediction } from './calibration.ts';
import type { Model } from './model.ts';

/** Layout: assembly/select/describe.ts. */
const PARAMS_LENGTH = 128;

/** Members that can be left out, to see what they are worth: bits of the guest's `leaving`. */
const GROUPS = { medians: 1, learnt: 2, analogues: 4, 'harmonic terms': 8 } as const;
export type MemberGroup = keyof typeof GROUPS;
const BESIDE_REGRESSIONS: readonly MemberGroup[] = ['analogues', 'harmonic terms'];

/**
 * The ensemble: the baseline's members, seasonal medians, regressions on them, analogues and the
 * harmonic model, combined by their walk-forward errors in the history (assembly/select/ensemble.ts), which its
 * quantiles are calibrated on. Needs two observed points.
 */
export function autoModel(kernel: Kernel, without: readonly MemberGroup[] = []): Model {
  const left = without.reduce((bits, group) => bits | GROUPS[group], 0);
  const others = BESIDE_REGRESSIONS.filter((group) => !without.includes(group));
  return {
    name: 'auto',
    async fit(series, context) {
      const { values, stepSeconds, cutoffSeconds } = series;
      const { horizonSteps, peakSteps = 0, signal } = context;
      kernel.write('historyPtr', values);
      kernel.call((guest) =>
        guest.ensembleBegin(
          values.length,
          stepSeconds,
          cutoffSeconds,
          horizonSteps,
          peakSteps,
          left,
        ),
      );
      await kernel.drain((guest, units) =>
        signal.aborted ? RESULT.OK : guest.ensembleAdvance(units),
      );
      signal.throwIfAborted();
      const params = kernel.read('paramsPtr', PARAMS_LENGTH);
      const description = readAutoDescription(params, others);
      return { description, prediction: calibratedPrediction(kernel, series, context) };
    },
  };
}
