import type { Kernel } from '../wasm/kernel.ts';
import { readAutoDescription } from './auto-description.ts';
import { calibratedPrediction } from './calibration.ts';
import { type MemberGroup, runEnsemble } from './ensemble.ts';
import type { Model } from './model.ts';
import { findRecurring, withRecurring } from './recurring.ts';

/** What is learnt beside the regressions. */
const BESIDE_REGRESSIONS: readonly MemberGroup[] = ['analogues', 'harmonic terms'];

/**
 * The ensemble: the baseline's members, seasonal medians, regressions on them, analogues and the
 * harmonic model, combined by their walk-forward errors in the history
 * (assembly/select/ensemble.ts), which its quantiles are calibrated on; short spikes that recur are
 * added where they are missed (recurring.ts). Needs two observed points.
 *
 * @param without groups of members that are left out, to see what they are worth
 */
export function autoModel(kernel: Kernel, without: readonly MemberGroup[] = []): Model {
  const others = BESIDE_REGRESSIONS.filter((group) => !without.includes(group));
  return {
    name: 'auto',
    async fit(series, context) {
      const recurring = findRecurring(series, context.horizonSteps);
      const params = await runEnsemble(kernel, series, context, without);
      const description = readAutoDescription(params, others);
      const prediction = calibratedPrediction(kernel, series, context);
      return { description, prediction: withRecurring(prediction, recurring) };
    },
  };
}
