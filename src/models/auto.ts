import type { Kernel } from '../wasm/kernel.ts';
import { readAutoDescription } from './auto-description.ts';
import { calibratedPrediction } from './calibration.ts';
import { type MemberGroup, runEnsemble } from './ensemble.ts';
import type { Model } from './model.ts';
import { findRecurring, withRecurring } from './recurring.ts';
import { atTimeScale, seasonSearch } from './season-search.ts';

/** What is learnt beside the regressions. */
const BESIDE_REGRESSIONS: readonly MemberGroup[] = ['analogues', 'harmonic terms'];

/**
 * The ensemble: the baseline's members, seasonal medians, regressions on them, analogues and the
 * harmonic model, combined by their walk-forward errors in the history
 * (assembly/select/ensemble.ts), which its quantiles are calibrated on. A season beside the
 * calendar's has members where one is found (season-search.ts); short spikes that recur are added
 * where they are missed (recurring.ts). Needs two observed points.
 *
 * @param without groups of members that are left out, to see what they are worth
 */
export function autoModel(kernel: Kernel, without: readonly MemberGroup[] = []): Model {
  const others = BESIDE_REGRESSIONS.filter((group) => !without.includes(group));
  const findSeasons = seasonSearch(kernel);
  return {
    name: 'auto',
    async fit(asked, context) {
      const seasons = await findSeasons(asked);
      const series = atTimeScale(asked, seasons.timeScale);
      const recurring = findRecurring(series, context.horizonSteps);
      const oddSteps = (seasons.odd[0]?.seconds ?? 0) / series.stepSeconds;
      const params = await runEnsemble(kernel, series, context, without, oddSteps);
      const description = readAutoDescription(params, others, seasons);
      const prediction = await calibratedPrediction(kernel, series, context);
      return { description, prediction: withRecurring(prediction, recurring) };
    },
  };
}
