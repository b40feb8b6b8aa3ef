import type { Kernel } from '../wasm/kernel.ts';
import { predictInKernel } from './kernel-model.ts';
import type { Model } from './model.ts';

/** The last observed value, for ever, as of a random walk (assembly/smoothing/last-value.ts). */
export function lastValueModel(kernel: Kernel): Model {
  return {
    name: 'last-value',
    async fit(series, context) {
      const prediction = predictInKernel(kernel, series, context, (guest, n, horizon) =>
        guest.lastValue(n, horizon),
      );
      return { description: { name: 'last-value' }, prediction };
    },
  };
}
