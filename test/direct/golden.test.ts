import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { directModel } from '../../src/models/direct.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf } from '../models/series.ts';

/** As golden/ridge.py prints it. */
interface Golden {
  readonly seed: number;
  readonly n: number;
  readonly step: number;
  readonly day: number;
  readonly week: number;
  readonly horizon: number;
  readonly point: readonly number[];
}

const LAST_STEP = 300_000;
const CASES = JSON.parse(
  readFileSync(new URL('golden/numpy.json', import.meta.url), 'utf8'),
) as Golden[];

function series({ seed, n, day }: Golden): Float64Array {
  let state = seed;
  return Float64Array.from({ length: n }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 200 + 5 * (i % (day || 10)) + (state % 1000) / 20 + (state % 50 === 0 ? 300 : 0);
  });
}

it.each(CASES)('direct is what numpy makes of its description: seed $seed', async (golden) => {
  const { step, horizon } = golden;
  const cutoffSeconds = step * LAST_STEP;
  const model = directModel(await loadKernel());
  const { prediction } = await model.fit(
    { values: series(golden), stepSeconds: step, cutoffSeconds },
    contextOf(horizon),
  );
  expect(golden.point).toHaveLength(horizon);
  for (const [k, value] of golden.point.entries()) {
    expect(Math.abs((prediction.point[k] as number) - value), `step ${k + 1}`).toBeLessThan(1e-6);
  }
});
