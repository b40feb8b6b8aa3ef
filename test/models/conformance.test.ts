import { beforeAll, describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { createModel, MODEL_NAMES } from '../../src/models/registry.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from './options.ts';
import { contextOf, noise, seriesOf } from './series.ts';

const { NaN: MISSING } = Number;
const HORIZON = 24;
const POINTS = 400;
/** Ten-minute steps: the day is 144 of them, and the history holds two days. */
const STEP_SECONDS = 600;

const random = noise(11);
const wobble = Array.from({ length: POINTS }, () => random());
const shape = (at: (i: number) => number, n = POINTS) => Array.from({ length: n }, (_, i) => at(i));
const wave = (i: number) => 500 + 300 * Math.sin((2 * Math.PI * i) / 144) + 20 * (wobble[i] ?? 0);

const SERIES: Record<string, number[]> = {
  'all missing': shape(() => MISSING),
  'one point': [7],
  'one point among missing ones': shape((i) => (i === 150 ? 7 : MISSING)),
  short: [3, 1, 2],
  constant: shape(() => 45.3),
  zero: shape(() => 0),
  tiny: shape((i) => 1e-12 * wave(i)),
  'as small as numbers get': shape((i) => 5e-324 * (i % 3)),
  'scaled by 1e12': shape((i) => 1e12 * wave(i)),
  'as large as numbers get': shape((i) => (i % 2 === 0 ? 1.7e308 : -1.7e308)),
  gaps: shape((i) => (i % 7 < 3 || (i > 200 && i < 260) ? MISSING : wave(i))),
  'a missing tail': shape((i) => (i > 380 ? MISSING : wave(i))),
  spike: shape((i) => (i === 300 ? 1e6 : wave(i))),
  step: shape((i) => (i < 250 ? 100 : 900)),
  'perfectly periodic': shape((i) => 100 + (i % 144)),
  'pure trend': shape((i) => 10 * i),
  negative: shape((i) => -wave(i)),
  noise: shape((i) => 50 + 10 * (wobble[i] ?? 0)),
};

/** byom asks a service; its own file tests it. */
const NAMES = MODEL_NAMES.filter((name) => name !== 'byom');

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** The prediction, or the code of a typed refusal. */
async function answer(name: string, values: number[]) {
  try {
    const model = createModel(name, kernel, MODEL_OPTIONS);
    const fitted = await model.fit(seriesOf(values, STEP_SECONDS), contextOf(HORIZON));
    expect(fitted.description.name).toBe(name);
    return fitted.prediction;
  } catch (thrown) {
    if (thrown instanceof KedastralError) return thrown.code;
    throw thrown;
  }
}

describe.each(NAMES)('%s', (name) => {
  it.each(Object.keys(SERIES))('gives a finite answer or a typed refusal: %s', async (kind) => {
    const values = SERIES[kind] as number[];
    const got = await answer(name, values);
    if (typeof got === 'string') {
      expect(['series_too_short', 'series_not_finite']).toContain(got);
    } else {
      expect(got.point.length).toBe(HORIZON);
      expect(got.standardErrors.length).toBe(HORIZON);
      expect(got.point.every(Number.isFinite)).toBe(true);
      expect(got.standardErrors.every((error) => error >= 0 && error < Infinity)).toBe(true);
    }
    expect(await answer(name, values), 'the second time').toEqual(got);
  });

  it('answers where there is enough to learn from', async () => {
    for (const kind of ['constant', 'zero', 'scaled by 1e12', 'gaps', 'spike', 'noise']) {
      expect(typeof (await answer(name, SERIES[kind] as number[])), kind).toBe('object');
    }
  });

  it('repeats a constant', async () => {
    const got = await answer(name, SERIES.constant as number[]);
    if (typeof got === 'string') throw new Error(got);
    for (const value of got.point) expect(Math.abs(value - 45.3)).toBeLessThan(1e-9);
  });

  it('gives the same bits in a fresh kernel, after other series in this one', async () => {
    await answer(name, SERIES.spike as number[]);
    const here = await answer(name, SERIES.gaps as number[]);
    const used = kernel;
    kernel = await loadKernel();
    const there = await answer(name, SERIES.gaps as number[]);
    kernel = used;
    expect(there).toEqual(here);
  });

  it('refuses a horizon over the capacity', async () => {
    const model = createModel(name, kernel, MODEL_OPTIONS);
    const fit = model.fit(
      seriesOf(SERIES.noise as number[], STEP_SECONDS),
      contextOf(kernel.horizonCapacity + 1),
    );
    await expect(fit).rejects.toMatchObject({ code: 'series_too_long' });
  });
});

describe('the registry', () => {
  it('is sorted by name', () => {
    expect(MODEL_NAMES).toEqual([...MODEL_NAMES].sort());
  });

  it('refuses a name it does not know', () => {
    expect(() => createModel('toString', kernel, MODEL_OPTIONS)).toThrowError(
      /there is no model toString/,
    );
  });
});
