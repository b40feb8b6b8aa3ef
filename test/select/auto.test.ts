import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import { baselineModel } from '../../src/models/baseline.ts';
import { fitLadder, ladderFor } from '../../src/models/ladder.ts';
import type { Model, Prediction } from '../../src/models/model.ts';
import { createModel } from '../../src/models/registry.ts';
import { RESULT } from '../../src/wasm/abi.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';
import { CUTOFF_SECONDS, contextOf, dailyLoad, noise } from '../models/series.ts';

const STEP_SECONDS = 600;
const HORIZON = 24;

let kernel: Kernel;
/** Kept from one forecast to the next, as the sidecar does it. */
let kept: Model;
beforeAll(async () => {
  kernel = await loadKernel();
  kept = autoModel(kernel);
});

interface Asked {
  readonly on?: Kernel;
  readonly cutoffSeconds?: number;
  readonly horizon?: number;
  readonly peakSteps?: number;
}

async function forecast(values: readonly number[], asked: Asked = {}): Promise<Prediction> {
  const { on, cutoffSeconds = CUTOFF_SECONDS, horizon = HORIZON, peakSteps = 3 } = asked;
  const series = { values: Float64Array.from(values), stepSeconds: STEP_SECONDS, cutoffSeconds };
  const context = { ...contextOf(horizon), levels: [0.5, 0.9], peakSteps };
  return (await (on ? autoModel(on) : kept).fit(series, context)).prediction;
}

/** Calls that the guest needs, with so little time for each that learning takes more than one. */
function slices(values: readonly number[], cutoffSeconds: number): number {
  kernel.write('historyPtr', values);
  kernel.call((guest) =>
    guest.ensembleBegin(values.length, STEP_SECONDS, cutoffSeconds, HORIZON, 0, 0, 0),
  );
  let count = 1;
  while (kernel.call((guest) => guest.ensembleAdvance(10_000)) === RESULT.MORE) count++;
  return count;
}

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  const size = Math.max(...Array.from(wanted, Math.abs));
  for (let i = 0; i < got.length; i++) {
    expect(Math.abs((got[i] as number) - (wanted[i] as number))).toBeLessThan(tolerance * size);
  }
}

describe('auto from tick to tick', () => {
  const FULL = 1_000;
  const TICKS = 40;
  /** Every tick compiles the module anew. */
  const TIMEOUT_MS = 60_000;
  const load = dailyLoad(FULL + TICKS, STEP_SECONDS, 91);
  const cutoffOf = (tick: number) => CUTOFF_SECONDS + tick * STEP_SECONDS;

  it.each([
    ['full', (tick: number) => load.slice(tick, tick + FULL)],
    ['growing', (tick: number) => load.slice(0, FULL - TICKS + tick)],
  ])(
    'gives the bits of a process that has just started: history %s',
    async (_, historyOf) => {
      const other = dailyLoad(FULL, STEP_SECONDS).reverse();
      for (let tick = 0; tick < TICKS; tick++) {
        const history = historyOf(tick);
        const warm = await forecast(history, { cutoffSeconds: cutoffOf(tick) });
        const fresh = { on: await loadKernel(), cutoffSeconds: cutoffOf(tick) };
        expect(await forecast(history, fresh), `tick ${tick}`).toEqual(warm);
        if (tick % 7 === 3) await forecast(other);
      }
    },
    TIMEOUT_MS,
  );

  it('learns once an epoch, not at every tick', () => {
    const counts = Array.from({ length: TICKS }, (_, tick) =>
      slices(load.slice(tick, tick + FULL), cutoffOf(tick)),
    );
    const learning = counts.filter((count) => count > 1);
    expect(learning.length).toBeGreaterThanOrEqual(TICKS / 8);
    expect(learning.length).toBeLessThanOrEqual(TICKS / 8 + 1);
    expect(Math.min(...learning)).toBeGreaterThan(20);
  });

  it('learns anew for another horizon, peak or value', async () => {
    const history = load.slice(0, FULL);
    const changed = history.with(FULL / 2, 900);
    for (const [values, asked] of [
      [history, { horizon: 12 }],
      [history, { peakSteps: 7 }],
      [changed, {}],
    ] as const) {
      await forecast(history);
      const here = await forecast(values, asked);
      expect(await forecast(values, { ...asked, on: await loadKernel() })).toEqual(here);
    }
  });
});

describe('auto and what it is told', () => {
  const load = dailyLoad(1_000, STEP_SECONDS, 67);

  it.each([1024, 3.7, 1e-9])('scales with the series: %f times', async (factor) => {
    const plain = await forecast(load);
    const scaled = await forecast(load.map((value) => value * factor));
    expectClose(
      scaled.point,
      plain.point.map((value) => value * factor),
      1e-6,
    );
    expectClose(
      scaled.standardErrors,
      plain.standardErrors.map((value) => value * factor),
      1e-6,
    );
  });

  it('moves with a series that takes negative values', async () => {
    const below = load.map((value) => value - 2_000);
    const moved = await forecast(below.map((value) => value - 500));
    const plain = await forecast(below);
    expectClose(
      moved.point,
      plain.point.map((value) => value - 500),
      1e-6,
    );
  });

  it('does not know which year it is', async () => {
    const weeks = 2 ** 16 * 604_800;
    const later = await forecast(load, { cutoffSeconds: CUTOFF_SECONDS + weeks });
    expect(later).toEqual(await forecast(load));
  });

  it('does not see what lay behind the history', async () => {
    await forecast([...load, ...load.map((value) => 5 * value)]);
    const after = await forecast(load);
    expect(await forecast(load, { on: await loadKernel() })).toEqual(after);
  });

  it.each([2, 3, 10, 60, 200])('is the baseline where little is known: %i steps', async (n) => {
    const history = dailyLoad(n, STEP_SECONDS);
    const values = Float64Array.from(history);
    const series = { values, stepSeconds: STEP_SECONDS, cutoffSeconds: CUTOFF_SECONDS };
    const context = { ...contextOf(HORIZON), levels: [0.5, 0.9], peakSteps: 3 };
    const { prediction } = await baselineModel(kernel).fit(series, context);
    expect((await forecast(history)).point).toEqual(prediction.point);
  });

  it('learns what the baseline cannot: a level that answers the day before', async () => {
    const random = noise(5);
    const day = 144;
    const values: number[] = [];
    for (let i = 0; i < 14 * day; i++) {
      const before = values[i - day];
      const swing = before === undefined ? 300 + 200 * random() : 600 - before;
      values.push(Math.max(1, swing + 10 * random()));
    }
    const truth = Array.from({ length: HORIZON }, (_, k) => 600 - (values.at(k - day) as number));
    const series = {
      values: Float64Array.from(values),
      stepSeconds: STEP_SECONDS,
      cutoffSeconds: CUTOFF_SECONDS,
    };
    const errorOf = (point: ArrayLike<number>) =>
      truth.reduce((sum, value, k) => sum + Math.abs(value - (point[k] as number)), 0) / HORIZON;
    const baseline = await baselineModel(kernel).fit(series, contextOf(HORIZON));
    const auto = await forecast(values);
    expect(errorOf(auto.point)).toBeLessThan(errorOf(baseline.prediction.point));
  });
});

describe('what auto says of itself', () => {
  const describeAuto = async (values: readonly number[]) => {
    const series = {
      values: Float64Array.from(values),
      stepSeconds: STEP_SECONDS,
      cutoffSeconds: CUTOFF_SECONDS,
    };
    return (await autoModel(kernel).fit(series, contextOf(HORIZON))).description;
  };
  const sumOf = (pairs: unknown, place: 0 | 1) =>
    Object.values(pairs as Record<string, readonly [number, number]>).reduce(
      (sum, pair) => sum + pair[place],
      0,
    );

  it('has shares and weights that add up, and errors of the metric', async () => {
    const description = await describeAuto(dailyLoad(2_016, STEP_SECONDS));
    expect(description.seasons).toEqual(['day']);
    expect(description.calendar).toEqual(['hour', 'day', 'week']);
    expect(description.transform).toBe('logarithm');
    for (const place of [0, 1] as const) {
      expect(sumOf(description.candidates, place)).toBeCloseTo(1, 9);
      expect(sumOf(description.weights, place)).toBeCloseTo(1, 9);
    }
    const errors = Object.values(description.recentErrors as Record<string, [number, number]>);
    expect(errors).toHaveLength(6);
    const shares = Object.values(description.candidates as Record<string, [number, number]>);
    for (const place of [0, 1] as const) {
      const [first, ...others] = shares.map((share, k) => {
        return share[place] * (errors[k] as [number, number])[place] ** 1.5;
      });
      for (const other of others) expect(other / (first as number)).toBeCloseTo(1, 9);
    }
    // The load has even noise over ±40, of a mean size of 20: so has the best error, about.
    expect(Math.min(...errors.map(([first]) => first))).toBeGreaterThan(10);
    expect(Math.min(...errors.map(([first]) => first))).toBeLessThan(40);
  });

  it('says what a short history leaves out, and why', async () => {
    const description = await describeAuto(dailyLoad(100, STEP_SECONDS));
    expect(description.seasons).toEqual([]);
    expect(description.calendar).toEqual(['hour']);
    expect(description.learntSteps).toBe(0);
    expect(description.excluded).toMatchObject({
      'time of the day': 'the history is shorter than two days',
      'time of the week': 'shorter than two weeks',
      'regressions, analogues, harmonic terms': 'the history has fewer than 256 steps',
    });
  });
});

it('has the baseline below it on the ladder', async () => {
  const models = ladderFor('auto').map((name) => createModel(name, kernel, MODEL_OPTIONS));
  const series = { values: Float64Array.of(7), stepSeconds: 60, cutoffSeconds: CUTOFF_SECONDS };
  const { answered, reason } = await fitLadder(models, series, contextOf(HORIZON));
  expect(answered).toBe('last-value');
  expect(reason).toMatch(/^auto: series_too_short.*; baseline: series_too_short/);
});

it('answers whatever comes, and refuses only what the baseline refuses', async () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 1e3, noNaN: true }) },
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(Number.NaN) },
    { weight: 1, arbitrary: fc.double({ min: -1e12, max: 1e12, noNaN: true }) },
  );
  const code = (run: Promise<unknown>) =>
    run.then(
      () => 'answer',
      (fault) => fault.code,
    );
  const random = fc.array(value, { minLength: 1, maxLength: 700, size: 'max' });
  await fc.assert(
    fc.asyncProperty(random, fc.constantFrom(60, 600, 3600, 7200), async (history, stepSeconds) => {
      const values = Float64Array.from(history);
      const cutoffSeconds = Math.floor(CUTOFF_SECONDS / stepSeconds) * stepSeconds;
      const series = { values, stepSeconds, cutoffSeconds };
      const context = { ...contextOf(HORIZON), levels: [0.5, 0.9], peakSteps: 2 };
      const auto = await code(autoModel(kernel).fit(series, context));
      expect(auto).toBe(await code(baselineModel(kernel).fit(series, context)));
    }),
    { numRuns: 60, seed: 20_260_701 },
  );
});
