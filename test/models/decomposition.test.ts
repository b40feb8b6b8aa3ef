import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { KedastralError } from '../../src/errors.ts';
import { createModel } from '../../src/models/registry.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { normals } from '../arima/fitting.ts';
import { loadKernel } from '../kernel.ts';
import { decompose } from '../stl/decompose.ts';
import { MODEL_OPTIONS } from './options.ts';
import { CUTOFF_SECONDS, contextOf, seriesOf } from './series.ts';

const { NaN: MISSING } = Number;
const STEP_SECONDS = 3_600;
const DAY = 24;
const WEEK = 168;
const HORIZON = 36;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const draw = normals(17);
const LOAD = Array.from({ length: 3 * WEEK }, (_, t) => {
  const wave = 100 + 40 * Math.sin((2 * Math.PI * t) / DAY) + (t % DAY === 8 ? 30 : 0);
  return (wave + (Math.floor(t / DAY) % 7 < 2 ? -20 : 0)) * (1 + 0.05 * draw());
});

async function fitted(name: string, values: readonly number[], horizon = HORIZON) {
  const model = createModel(name, kernel, MODEL_OPTIONS);
  return model.fit(seriesOf(values, STEP_SECONDS), contextOf(horizon));
}

async function predict(name: string, values: readonly number[], horizon = HORIZON) {
  const { point, standardErrors } = (await fitted(name, values, horizon)).prediction;
  return { point: [...point], errors: [...standardErrors] };
}

function expectNear(got: readonly number[], wanted: readonly number[], tolerance: number): void {
  wanted.forEach((value, h) => {
    expect(Math.abs((got[h] as number) - value), `step ${h + 1}`).toBeLessThan(tolerance);
  });
}

const NAMES = ['harmonic', 'mstl-arima', 'mstl-ets'];

describe.each(NAMES)('%s', (name) => {
  it('scales with the series', async () => {
    const { point, errors } = await predict(name, LOAD);
    for (const factor of [1e-6, 3, 1e9]) {
      const scaled = await predict(
        name,
        LOAD.map((value) => factor * value),
      );
      expectNear(
        scaled.point,
        point.map((value) => factor * value),
        1e-4 * factor,
      );
      expectNear(
        scaled.errors,
        errors.map((value) => factor * value),
        1e-4 * factor,
      );
    }
  });

  it('shifts with a series that is seen as it is', async () => {
    const below = LOAD.map((value) => value - 300);
    const { point, errors } = await predict(name, below);
    const lower = await predict(
      name,
      below.map((value) => value - 1000),
    );
    expectNear(
      lower.point,
      point.map((value) => value - 1000),
      1e-4,
    );
    expectNear(lower.errors, errors, 1e-4);
  });

  it('knows no time zone: the season begins with the series', async () => {
    const model = createModel(name, kernel, MODEL_OPTIONS);
    const values = Float64Array.from(LOAD);
    const at = (cutoffSeconds: number) =>
      model.fit({ values, stepSeconds: STEP_SECONDS, cutoffSeconds }, contextOf(HORIZON));
    const here = await at(CUTOFF_SECONDS);
    const there = await at(CUTOFF_SECONDS + 5 * 3_600);
    expect(there.prediction).toEqual(here.prediction);
  });

  it('has the day in its forecast', async () => {
    const { point } = await predict(name, LOAD);
    const truth = (t: number) => 100 + 40 * Math.sin((2 * Math.PI * t) / DAY);
    const flat = Array.from({ length: DAY }, (_, h) => Math.abs(truth(LOAD.length + h) - 100));
    const error = Array.from({ length: DAY }, (_, h) =>
      Math.abs((point[h] as number) - truth(LOAD.length + h) - (h === 8 ? 30 : 0)),
    );
    const total = (x: number[]) => x.reduce((a, b) => a + b, 0);
    // Days 0 and 1 of the week, of which the forecast sees one, lie lower by 20.
    expect(total(error)).toBeLessThan(total(flat));
  });

  it('does not fall below 0 where nothing did', async () => {
    const falling = LOAD.map((value, t) => Math.max(value * (1 - t / LOAD.length), 0));
    const { point } = await predict(name, falling, 200);
    expect(Math.min(...point)).toBeGreaterThanOrEqual(0);
  });

  it('keeps a surge at the origin in sight', async () => {
    const calm = await predict(name, LOAD);
    const surge = LOAD.map((value, t) => (t >= LOAD.length - 4 ? 2.5 * value : value));
    const { point } = await predict(name, surge);
    expect(point[0]).toBeGreaterThan(1.3 * (calm.point[0] as number));
  });

  it('forecasts over a gap at the end as from before it', async () => {
    const seen = LOAD.slice(0, -2);
    const { point, errors } = await predict(name, [...seen, MISSING, MISSING]);
    const before = await predict(name, seen, HORIZON + 2);
    expectNear(point, before.point.slice(2), 8);
    expectNear(errors, before.errors.slice(2), 2);
  });

  it('answers anything with something finite or a typed refusal', async () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
      { weight: 2, arbitrary: fc.constantFrom(0, MISSING, 1e-300, -1e-300, 7) },
      { weight: 1, arbitrary: fc.constantFrom(1e300, -1e300, 1.7e308, 1e149, 1e-12) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 120 }), async (values) => {
        try {
          const { point, errors } = await predict(name, values, 12);
          expect(point.every(Number.isFinite)).toBe(true);
          expect(errors.every((error) => error >= 0 && error < Infinity)).toBe(true);
        } catch (thrown) {
          if (!(thrown instanceof KedastralError)) throw thrown;
          const codes = ['series_too_short', 'series_not_finite', 'series_too_long'];
          expect(codes).toContain(thrown.code);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('harmonic', () => {
  it('says what it saw: season, terms, log, outliers, gaps', async () => {
    const values = LOAD.map((value, t) => (t % 100 === 50 ? 10 * value : value));
    for (const t of [30, 31, 200]) values[t] = MISSING;
    const { description } = await fitted('harmonic', values);
    expect(description).toMatchObject({ name: 'harmonic', seasonSteps: WEEK, filled: 3 });
    expect(description.outliers).toBeGreaterThanOrEqual(5);
    const places = [50, 150, 250, 350, 450].map((t) => LOAD.length - t);
    expect(description.outlierSteps).toEqual(expect.arrayContaining(places));
    expect(description.terms).toBeGreaterThan(2);
    expect(description.logShift).toBeGreaterThan(0);
  });

  it('notes a lasting change of the level, and none where there is none', async () => {
    const raised = LOAD.map((value, t) => (t >= 300 ? value + 150 : value));
    const { description } = await fitted('harmonic', raised);
    expect(description.levelSteps).toBeGreaterThan(LOAD.length - 300 - 5);
    expect(description.levelSteps).toBeLessThan(LOAD.length - 300 + 5);
    expect((await fitted('harmonic', LOAD)).description.levelSteps).toBe(0);
  });

  it('is not bent by outliers', async () => {
    const { point } = await predict('harmonic', LOAD);
    const spiky = LOAD.map((value, t) => (t % 97 === 40 ? 20 * value : value));
    const { point: robust } = await predict('harmonic', spiky);
    const worst = Math.max(...point.map((value, h) => Math.abs(value - (robust[h] as number))));
    expect(worst).toBeLessThan(35);
  });
});

describe('MSTL', () => {
  const passes = { inner: 2, outer: 0, degree: 0, jumps: true };

  it('adds up: adjusted and seasons are the series', () => {
    const { adjusted, seasons } = decompose(kernel, LOAD, [DAY, WEEK], passes);
    LOAD.forEach((value, t) => {
      const sum = (adjusted[t] as number) + (seasons[0]?.[t] ?? 0) + (seasons[1]?.[t] ?? 0);
      expect(Math.abs(sum - value)).toBeLessThan(1e-11 * 200);
    });
  });

  it('gives a spike to the remainder when it is robust', () => {
    const spiky = LOAD.map((value, t) => (t === 250 ? 5_000 : value));
    const plain = decompose(kernel, spiky, [DAY], passes);
    const robust = decompose(kernel, spiky, [DAY], { ...passes, outer: 5 });
    const clean = decompose(kernel, LOAD, [DAY], passes);
    const off = ({ trend }: typeof clean) => Math.abs((trend[250] ?? 0) - (clean.trend[250] ?? 0));
    expect(off(robust)).toBeLessThan(0.1 * off(plain));
  });
});
