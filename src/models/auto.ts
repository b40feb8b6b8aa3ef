import { RESULT } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { Model } from './model.ts';

/**
 * The ensemble: the baseline's members, seasonal medians and regressions on them, combined by their
 * walk-forward errors in the history (assembly/select/ensemble.ts). Needs two observed points.
 */
export function autoModel(kernel: Kernel): Model {
  return {
    name: 'auto',
    async fit({ values, stepSeconds, cutoffSeconds }, { horizonSteps, signal }) {
      kernel.write('historyPtr', values);
      kernel.call((guest) =>
        guest.ensembleBegin(values.length, stepSeconds, cutoffSeconds, horizonSteps),
      );
      await kernel.drain((guest, units) =>
        signal.aborted ? RESULT.OK : guest.ensembleAdvance(units),
      );
      signal.throwIfAborted();
      return {
        description: { name: 'auto' },
        prediction: {
          point: kernel.read('meanPtr', horizonSteps),
          standardErrors: kernel.read('sigmaPtr', horizonSteps),
        },
      };
    },
  };
}
