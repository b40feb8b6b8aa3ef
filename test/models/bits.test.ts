import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createModel } from '../../src/models/registry.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from './options.ts';

const DAY_STEPS = 96;
const STEP_SECONDS = 900;

/** Ten days of a sawtooth with noise from a linear congruential generator: no host math in it. */
function sawtooth(): Float64Array {
  let state = 20_260_601;
  return Float64Array.from({ length: 10 * DAY_STEPS }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 500 + 3 * (i % DAY_STEPS) + (state % 1000) / 10;
  });
}

// Replicas on machines and Node lines of all kinds agree without talking, so these bits are pinned.
// A change of a model's mathematics changes its line, and nothing else may.
it.each([
  ['arima', '7a77e76c5b6e115d'],
  ['auto', '02eec23c8599eb71'],
  ['baseline', '22f5041bd633f5d9'],
  ['last-value', 'ab66758c33bcc3f8'],
  ['sarima', '2b1c8537b72ba40a'],
  ['seasonal-naive', 'b08e9e62ef0c5255'],
])('the bits of %s are the same everywhere', async (name, digest) => {
  const kernel = await loadKernel();
  const model = createModel(name, kernel, MODEL_OPTIONS);
  const series = { values: sawtooth(), stepSeconds: STEP_SECONDS, cutoffSeconds: 1_800_000_000 };
  const context = { horizonSteps: 48, signal: new AbortController().signal };
  const { prediction } = await model.fit(series, context);
  const hash = createHash('sha256');
  for (const numbers of [prediction.point, prediction.standardErrors]) {
    hash.update(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  expect(hash.digest('hex').slice(0, 16)).toBe(digest);
});
