import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { GridSeries } from '../../src/backtest/grid-series.ts';
import { type ForecastTask, runTask } from '../../src/backtest/task.ts';
import { systemClock } from '../../src/clock.ts';
import { MODEL_NAMES } from '../../src/models/registry.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';
import { CUTOFF_SECONDS, dailyLoad } from '../models/series.ts';

const STEP_SECONDS = 600;
const POINTS = 560;
const LAST_CUTOFF = 540;
const LOAD = dailyLoad(POINTS, STEP_SECONDS);
/** byom asks a service; it is given the history alone. */
const NAMES = MODEL_NAMES.filter((name) => name !== 'byom');

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function forecast(model: string, values: readonly number[], cutoffs: readonly number[]) {
  const series: GridSeries = {
    name: 'load',
    stepSeconds: STEP_SECONDS,
    startSeconds: CUTOFF_SECONDS,
    values: Float64Array.from(values),
    horizonSteps: 12,
    windowSteps: 500,
  };
  const task: ForecastTask = {
    series,
    model,
    modelOptions: MODEL_OPTIONS,
    cutoffs,
    levels: [0.5, 0.9, 0.99],
    planned: { levels: [0.9], steps: 4 },
    keptSteps: series.horizonSteps,
  };
  const { signal } = new AbortController();
  return (await runTask(kernel, task, systemClock, signal)).quantiles;
}

const change = fc.record({
  cutoff: fc.integer({ min: 300, max: LAST_CUTOFF - 1 }),
  value: fc.constantFrom(Number.NaN, 0, -5, 1e9, 701.25),
});

it.each(NAMES)('%s does not see what comes after the cutoff', { timeout: 60_000 }, async (name) => {
  await fc.assert(
    fc.asyncProperty(change, async ({ cutoff, value }) => {
      const plain = await forecast(name, LOAD, [cutoff]);
      const changed = LOAD.map((known, i) => (i > cutoff ? value : known));
      // Nor does it keep anything of what was forecast from a later cutoff.
      await forecast(name, changed, [LAST_CUTOFF]);
      expect(await forecast(name, changed, [cutoff])).toEqual(plain);
      // A value that the forecast is made from tells.
      expect(await forecast(name, LOAD.with(cutoff, 701.25), [cutoff])).not.toEqual(plain);
    }),
    { numRuns: 4, seed: 20_261_121 },
  );
});
