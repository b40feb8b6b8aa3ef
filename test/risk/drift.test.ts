import { beforeAll, describe, expect, it } from 'vitest';
import { autoModel } from '../../src/models/auto.ts';
import { baselineModel } from '../../src/models/baseline.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { contextOf, seriesOf } from '../models/series.ts';
import { caseOf, normal } from './cases.ts';
import { calibrate } from './record.ts';

const STEP_SECONDS = 300;
const WEEK_STEPS = 2_016;
const HORIZON = 12;
const ALARM = 8;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** A model that is right on average, but of the last `late` steps it says `off` less; the metric
 * itself is as lively as ever. */
function errors(seed: number, off: number, late: number) {
  const random = normal(seed);
  const actual = () => 500 + 20 * random();
  const values = Array.from({ length: WEEK_STEPS }, actual);
  const point = (i: number) => (i < WEEK_STEPS - late ? 500 : 500 - off);
  return caseOf(
    { stepSeconds: STEP_SECONDS, steps: WEEK_STEPS, horizon: HORIZON, point, actual },
    values,
  );
}

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

describe('the drift alarm', () => {
  it.each(SEEDS)('is silent while errors are of one kind: %d', (seed) => {
    const { excess, driftSteps } = calibrate(kernel, errors(seed, 1, 0), [0.9]);
    expect(excess).toBeLessThan(ALARM / 2);
    expect(driftSteps).toBe(0);
  });

  it.each(SEEDS)('is silent when errors become smaller: %d', (seed) => {
    const given = errors(seed, 0, 0);
    const row = (noted: (typeof given.bands)[number]['noted']) =>
      noted.map((each) => {
        const isLate = each.origin + each.steps > WEEK_STEPS - 200;
        return isLate ? { ...each, point: each.point + 0.7 * (each.actual - each.point) } : each;
      });
    const bands = given.bands.map((band) => ({ ...band, noted: row(band.noted) }));
    expect(calibrate(kernel, { ...given, bands }, [0.9]).driftSteps).toBe(0);
  });

  it.each(SEEDS)('tells since when they are larger, and moves what follows: %d', (seed) => {
    const before = calibrate(kernel, errors(seed, 0, 0), [0.5, 0.9]);
    const after = calibrate(kernel, errors(seed, 100, 150), [0.5, 0.9]);
    expect(after.excess).toBeGreaterThan(ALARM);
    expect(after.driftSteps).toBeGreaterThan(130);
    expect(after.driftSteps).toBeLessThan(170);
    expect(after.effectiveErrors).toBeLessThan(before.effectiveErrors);
    // The model says 400 of what is 500 ± 20: most of the record never saw it, the quantiles did.
    for (const value of after.bands['0.5'] ?? []) expect(Math.abs(value - 500)).toBeLessThan(40);
    for (const value of after.bands['0.9'] ?? []) expect(value).toBeGreaterThan(510);
  });
});

/** Share of what came at or below the p90 of forecasts from `from` to `to` steps after a change. */
async function coverageAfter(shift: number, factor: number, from: number, to: number) {
  let [covered, all] = [0, 0];
  for (const seed of SEEDS) {
    const random = normal(seed);
    const values = Array.from({ length: WEEK_STEPS + to + HORIZON }, (_, i) => {
      const isAfter = i >= WEEK_STEPS;
      return 500 + (isAfter ? shift : 0) + 20 * (isAfter ? factor : 1) * random();
    });
    for (let shown = WEEK_STEPS + from; shown < WEEK_STEPS + to; shown += 10) {
      const series = seriesOf(values.slice(0, shown), STEP_SECONDS);
      const context = { ...contextOf(HORIZON), levels: [0.9] };
      const { prediction } = await baselineModel(kernel).fit(series, context);
      prediction.calibrated?.bands['0.9']?.forEach((value, h) => {
        all++;
        if ((values[shown + h] as number) <= value) covered++;
      });
    }
  }
  return covered / all;
}

describe('the coverage of p90 after a change that was never seen before', () => {
  it('is back 20 steps after a level shift of 20 standard deviations', async () => {
    expect(await coverageAfter(400, 1, 20, 140)).toBeGreaterThan(0.86);
  });

  it('is back 80 steps after errors became three times as large', async () => {
    expect(await coverageAfter(0, 3, 80, 280)).toBeGreaterThan(0.84);
  });

  it('is back 20 steps after both at once', async () => {
    expect(await coverageAfter(400, 3, 20, 140)).toBeGreaterThan(0.86);
  });
});

const DAY_STEPS = 288;
const SHOWN_STEPS = 14 * DAY_STEPS;

/** Of `auto` on two weeks of a daily wave, `steps` after its level or its noise changed. */
async function autoAfter(level: number, factor: number, steps: number) {
  let [covered, all, alarms] = [0, 0, 0];
  for (const seed of [1, 2, 3, 4]) {
    const random = normal(seed);
    const change = SHOWN_STEPS + 100;
    const values = Array.from({ length: change + steps + HORIZON }, (_, i) => {
      const wave = 100 * Math.sin((2 * Math.PI * i) / DAY_STEPS);
      const isAfter = i >= change;
      return 500 * (isAfter ? level : 1) + wave + 20 * (isAfter ? factor : 1) * random();
    });
    const shown = values.slice(change + steps - SHOWN_STEPS, change + steps);
    const context = { ...contextOf(HORIZON), levels: [0.9] };
    const { prediction } = await autoModel(kernel).fit(seriesOf(shown, STEP_SECONDS), context);
    alarms += prediction.calibrated?.drift.isOn ? 1 : 0;
    prediction.calibrated?.bands['0.9']?.forEach((value, h) => {
      all++;
      if ((values[change + steps + h] as number) <= value) covered++;
    });
  }
  return { coverage: covered / all, alarms };
}

describe('what README says of the recovery of the default model', () => {
  it('p90 holds again 48 steps after noise four times as large', async () => {
    expect((await autoAfter(1, 4, 48)).coverage).toBeGreaterThanOrEqual(0.85);
  }, 60_000);

  it.each([8, 12, 16, 24])(
    '%d steps after a level × 3 the alarm is on, p90 holds',
    async (steps) => {
      const { coverage, alarms } = await autoAfter(3, 1, steps);
      expect(alarms).toBe(4);
      expect(coverage).toBeGreaterThanOrEqual(0.85);
    },
    60_000,
  );

  it('p90 holds on the whole from 8 to 144 steps after it', async () => {
    const steps = [8, 20, 32, 44, 56, 68, 80, 92, 104, 116, 128, 144];
    const coverages: number[] = [];
    for (const after of steps) coverages.push((await autoAfter(3, 1, after)).coverage);
    const mean = coverages.reduce((sum, each) => sum + each, 0) / coverages.length;
    expect(mean).toBeGreaterThan(0.82);
  }, 60_000);
});
