import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { createModel } from '../../src/models/registry.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { normals } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';
import { contextOf, seriesOf } from '../models/series.ts';
import { type Answer, Guest } from './guest.ts';

const { NaN: MISSING } = Number;
const NAMES = ['ets', 'intermittent', 'theta'];
const STEP_SECONDS = 7_200;
const DAY = 12;
const HORIZON = 12;

const draw = normals(17);
/** Four weeks of two-hour steps with a daily wave, and a few gaps. */
const load = Array.from({ length: 336 }, (_, t) => {
  const wave = 400 + 150 * Math.sin((2 * Math.PI * t) / DAY) + 15 * draw();
  return t % 41 === 7 ? MISSING : wave;
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

async function predict(name: string, values: readonly number[]) {
  const model = createModel(name, kernel, MODEL_OPTIONS);
  const fitted = await model.fit(seriesOf(values, STEP_SECONDS), contextOf(HORIZON));
  return [...fitted.prediction.point, ...fitted.prediction.standardErrors];
}

describe.each(NAMES)('%s', (name) => {
  it('scales with its values, exactly by powers of two', async () => {
    const once = await predict(name, load);
    for (const exponent of [-40, 1, 60]) {
      const unit = 2 ** exponent;
      const scaled = await predict(
        name,
        load.map((value) => value * unit),
      );
      expect(scaled.map((value) => value / unit)).toEqual(once);
    }
    const scaled = await predict(
      name,
      load.map((value) => value * 1e9),
    );
    for (const [i, value] of scaled.entries()) {
      expect(value / 1e9 / (once[i] ?? NaN)).toBeCloseTo(1, 6);
    }
  });

  it('answers finitely or refuses by type, whatever comes', async () => {
    const values = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
        { weight: 2, arbitrary: fc.constantFrom(0, 1, 7, MISSING) },
        { weight: 1, arbitrary: fc.double({ noDefaultInfinity: true }) },
        { weight: 1, arbitrary: fc.constantFrom(1e300, -1e300, 5e-324, 1e-300, 1e150) },
      ),
      { minLength: 1, maxLength: 120 },
    );
    await fc.assert(
      fc.asyncProperty(values, async (y) => {
        try {
          const numbers = await predict(name, y);
          expect(numbers.every(Number.isFinite)).toBe(true);
          expect(numbers.slice(HORIZON).every((error) => error >= 0)).toBe(true);
          if (y.every((value) => !(value < 0))) {
            expect(numbers.slice(0, HORIZON).every((value) => value >= 0)).toBe(true);
          }
        } catch (thrown) {
          if (!(thrown instanceof KedastralError)) throw thrown;
          expect(['series_too_short', 'series_not_finite']).toContain(thrown.code);
        }
      }),
      { numRuns: 250, seed: 4 },
    );
  });

  it('says the same of runs of equal values', async () => {
    for (const value of [0, 5e-324, 1, 1e308, -3]) {
      const numbers = await predict(name, new Array<number>(50).fill(value));
      for (const point of numbers.slice(0, HORIZON)) {
        expect(Math.abs(point - value)).toBeLessThanOrEqual(1e-9 * Math.abs(value));
      }
    }
  });
});

describe('a constant added to all values', () => {
  const guest = new Guest();
  const methods: Record<string, (y: readonly number[]) => Answer> = {
    'ETS(A,N,N)': (y) => guest.ets(y, 'A,N,N', 1, HORIZON),
    'ETS(A,A,N)': (y) => guest.ets(y, 'A,A,N', 1, HORIZON),
    'ETS(A,Ad,N)': (y) => guest.ets(y, 'A,Ad,N', 1, HORIZON),
    'ETS(A,N,A)': (y) => guest.ets(y, 'A,N,A', DAY, HORIZON),
    'ETS(A,A,A)': (y) => guest.ets(y, 'A,A,A', DAY, HORIZON),
    'ETS(A,Ad,A)': (y) => guest.ets(y, 'A,Ad,A', DAY, HORIZON),
    'Theta without a season': (y) => guest.theta(y, 1, HORIZON),
  };
  it.each(Object.entries(methods))('moves the forecast by as much: %s', (_, smooth) => {
    const { point, sigma } = smooth(load);
    const moved = smooth(load.map((value) => value + 1000));
    for (const [h, value] of moved.point.entries()) {
      expect(Math.abs(value - 1000 - (point[h] ?? NaN)), `step ${h + 1}`).toBeLessThan(0.02);
      expect((moved.sigma[h] ?? NaN) / (sigma[h] ?? NaN)).toBeCloseTo(1, 3);
    }
  });
});
