import { describe, expect, it } from 'vitest';
import { Accuracy } from '../../src/forecast/accuracy.ts';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { snapshotOf } from '../snapshots.ts';

const STEP_SECONDS = 60;
const START = 1_767_916_800;

/** A forecast of the same median and p90 at each of ten steps. */
function forecastAt(cutoffSeconds: number, median: number, p90: number): Snapshot {
  const replicas = Array.from({ length: 10 }, () => 1);
  const grid = { cutoffSeconds, generatedAtSeconds: cutoffSeconds, stepSeconds: STEP_SECONDS };
  const snapshot = snapshotOf({ ...grid, replicas });
  const values = replicas.map(() => median);
  return { ...snapshot, values, quantiles: { '0.5': values, '0.9': replicas.map(() => p90) } };
}

const seriesUntil = (cutoffSeconds: number, ...values: number[]) => ({
  values: Float64Array.from(values),
  stepSeconds: STEP_SECONDS,
  cutoffSeconds,
});

function accuracyOf(leadTimeSeconds = 180): Accuracy {
  return new Accuracy({ stepSeconds: STEP_SECONDS, horizonSteps: 10, leadTimeSeconds });
}

describe('Accuracy', () => {
  it('watches the first step, the lead time and the last step', () => {
    const horizons = (accuracy: Accuracy) => accuracy.report().map(({ horizon }) => horizon);
    expect(horizons(accuracyOf())).toEqual(['1m', '3m', '10m']);
    expect(horizons(accuracyOf(60))).toEqual(['1m', '10m']);
    const day = new Accuracy({ stepSeconds: 3_600, horizonSteps: 48, leadTimeSeconds: 300 });
    expect(horizons(day)).toEqual(['1h', '6h', '1d', '2d']);
  });

  it('has nothing to say before anything came', () => {
    const accuracy = accuracyOf();
    accuracy.note(forecastAt(START, 100, 120));
    accuracy.observe(seriesUntil(START, 100));
    expect(accuracy.report()[0]).toEqual({
      horizon: '1m',
      horizonSeconds: 60,
      forecasts: 0,
      wape: null,
      coverage: {},
    });
  });

  it('compares each forecast with what came at its step', () => {
    const accuracy = accuracyOf();
    // Cutoff, then the values of the steps after it.
    accuracy.note(forecastAt(START, 100, 120));
    accuracy.note(forecastAt(START + 60, 90, 95));
    accuracy.observe(seriesUntil(START + 180, 110, 90, 130));
    const [first, third, last] = accuracy.report();
    // |110 − 100| and |90 − 90|; then |130 − 100|, and the tenth step has not come.
    expect(first).toMatchObject({
      forecasts: 2,
      wape: 10 / 200,
      coverage: { '0.5': 0.5, '0.9': 1 },
    });
    expect(third).toMatchObject({ forecasts: 1, wape: 30 / 130, coverage: { '0.5': 0, '0.9': 0 } });
    expect(last?.forecasts).toBe(0);
  });

  it('counts the forecast of a cutoff once, and leaves missing values out', () => {
    const accuracy = accuracyOf();
    accuracy.note(forecastAt(START, 100, 120));
    accuracy.note(forecastAt(START, 500, 600));
    accuracy.note(forecastAt(START + 60, 100, 120));
    accuracy.observe(seriesUntil(START + 120, 100, Number.NaN));
    accuracy.observe(seriesUntil(START + 120, 100, Number.NaN));
    expect(accuracy.report()[0]).toMatchObject({ forecasts: 1, wape: 0 });
  });

  it('forgets what is older than a day, and keeps a bounded number of forecasts', () => {
    const accuracy = accuracyOf();
    let [largest, cutoff] = [0, START];
    for (let k = 0; k < 3 * 1_440; k++, cutoff += STEP_SECONDS) {
      accuracy.note(forecastAt(cutoff, k < 2_000 ? 50 : 100, 120));
      accuracy.observe(seriesUntil(cutoff + STEP_SECONDS, 100));
      largest = Math.max(largest, accuracy.report()[0]?.forecasts ?? 0);
    }
    // Whole hours, the present one beside the last 24.
    expect(largest).toBeLessThanOrEqual(1_500);
    expect(accuracy.report()[0]).toMatchObject({ wape: 0, coverage: { '0.5': 1, '0.9': 1 } });
  });

  it('has no WAPE of a metric that was 0 all day', () => {
    const accuracy = accuracyOf();
    accuracy.note(forecastAt(START, 1, 2));
    accuracy.observe(seriesUntil(START + 60, 0));
    expect(accuracy.report()[0]).toMatchObject({ forecasts: 1, wape: null });
  });
});
