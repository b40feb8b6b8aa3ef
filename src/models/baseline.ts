import type { Kernel } from '../wasm/kernel.ts';
import { readAutoDescription } from './auto-description.ts';
import { calibratedPrediction } from './calibration.ts';
import { runEnsemble } from './ensemble.ts';
import type { Model } from './model.ts';
import { NOTHING_FOUND } from './season-search.ts';

/**
 * What is left of the ensemble without what it learns: levels, a damped trend and calendar means
 * (assembly/smoothing/members.ts), blended by their walk-forward errors in the history, which its
 * quantiles are calibrated on. Needs two observed points.
 */
export function baselineModel(kernel: Kernel): Model {
  return {
    name: 'baseline',
    async fit(series, context) {
      const params = await runEnsemble(kernel, series, context, ['medians', 'learnt']);
      const { weights } = readAutoDescription(params, [], NOTHING_FOUND);
      const prediction = await calibratedPrediction(kernel, series, context);
      return { description: { name: 'baseline', weights }, prediction };
    },
  };
}
