import { RESULT } from '../wasm/abi.ts';
import type { Kernel } from '../wasm/kernel.ts';
import type { Model } from './model.ts';

/**
 * One robust ridge regression per block of the horizon on recent values and those of the days and
 * the week before (assembly/direct/direct.ts). Needs 24 observed points.
 */
export function directModel(kernel: Kernel): Model {
  return {
    name: 'direct',
    async fit({ values, stepSeconds, cutoffSeconds }, { horizonSteps, signal }) {
      kernel.write('historyPtr', values);
      kernel.call((guest) =>
        guest.directFit(values.length, stepSeconds, cutoffSeconds, horizonSteps),
      );
      await kernel.drain((guest, units) =>
        signal.aborted ? RESULT.OK : guest.directAdvance(units),
      );
      signal.throwIfAborted();
      return {
        description: { name: 'direct' },
        prediction: {
          point: kernel.read('meanPtr', horizonSteps),
          standardErrors: kernel.read('sigmaPtr', horizonSteps),
        },
      };
    },
  };
}
