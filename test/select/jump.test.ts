import { expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import { loadKernel } from '../kernel.ts';
import { CUTOFF_SECONDS, contextOf, noise } from '../models/series.ts';

it('follows a counter that was reset at the last step', { timeout: 30_000 }, async () => {
  const kernel = await loadKernel();
  const random = noise(11);
  for (const length of [2_000, 3_100]) {
    let count = 0;
    const values = Float64Array.from({ length }, (_, i) => {
      const isReset = [310, 1_290, 1_650, 2_480].includes(i) || i === length - 1;
      count = isReset ? 0 : count + 10 + 3 * random();
      return count;
    });
    const series = { values, stepSeconds: 300, cutoffSeconds: CUTOFF_SECONDS };
    const { prediction } = await autoModel(kernel).fit(series, contextOf(12));
    expect(prediction.point[0]).toBeLessThan(500);
  }
});
