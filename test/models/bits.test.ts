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
  ['auto', '0e973eb330e42d46'],
  ['baseline', 'a13b67709f0b5b8a'],
  ['direct', '7d8ed2c6783a83f4'],
  ['ets', 'aa72d01630710db4'],
  ['intermittent', '1969fdb171b44847'],
  ['harmonic', '1a6eebd83b88104b'],
  ['last-value', 'ab66758c33bcc3f8'],
  ['mstl-arima', 'e4c69827203b0147'],
  ['mstl-ets', '33c6b2352a3d861e'],
  ['sarima', '2b1c8537b72ba40a'],
  ['seasonal-average', '121e6ebdae544fdd'],
  ['seasonal-naive', 'b08e9e62ef0c5255'],
  ['theta', '60e9c5418f33a1b4'],
  ['window-average', 'baf76b6f06be292c'],
])('the bits of %s are the same everywhere', async (name, digest) => {
  const kernel = await loadKernel();
  const model = createModel(name, kernel, MODEL_OPTIONS);
  const series = { values: sawtooth(), stepSeconds: STEP_SECONDS, cutoffSeconds: 1_800_000_000 };
  const signal = new AbortController().signal;
  const context = { horizonSteps: 48, signal, levels: [0.9, 0.99], peakSteps: 4 };
  const { prediction } = await model.fit(series, context);
  const hash = createHash('sha256');
  const { point, standardErrors, calibrated } = prediction;
  const peak = Object.values(calibrated?.peak ?? {});
  const bands = calibrated ? [...Object.values(calibrated.bands), Float64Array.from(peak)] : [];
  for (const numbers of [point, standardErrors, ...bands]) {
    hash.update(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
  expect(hash.digest('hex').slice(0, 16)).toBe(digest);
});
