import { describe, expect, it } from 'vitest';
import { settingsOf, type WalkSettings } from '../../src/backtest/settings.ts';

const SETTINGS: WalkSettings = {
  ...{ horizonSeconds: null, historySeconds: 14 * 86_400, protocol: 'walk', cutoffs: null },
  ...{ origins: null, stride: null },
};
const table = (stepSeconds: number, points = 4_000) => ({
  ...{ name: 'a', stepSeconds, startSeconds: 0, replicas: null },
  refused: { duplicate: 0, not_finite: 0, out_of_range: 0 },
  values: new Float64Array(points).fill(1),
});
const stepsOf = (stepSeconds: number, settings: Partial<WalkSettings> = {}) => {
  const { series, cutoffs } = settingsOf(table(stepSeconds), { ...SETTINGS, ...settings });
  return [series.horizonSteps, series.windowSteps, cutoffs.length];
};

describe('settingsOf', () => {
  it('forecasts an hour at fine steps, a day at coarse ones, with the sidecar’s history', () => {
    expect(stepsOf(60)).toEqual([60, 20_160, 30]);
    expect(stepsOf(300)).toEqual([12, 4_032, 30]);
    expect(stepsOf(3_600)).toEqual([24, 336, 30]);
    expect(stepsOf(1)).toEqual([500, 46_080, 30]);
  });

  it('has the steps of protocol kv1, and knows no others', () => {
    const kv1 = { protocol: 'kv1' } as const;
    expect(stepsOf(60, kv1)).toEqual([60, 4_320, 30]);
    expect(stepsOf(300, kv1)).toEqual([12, 4_032, 30]);
    expect(stepsOf(1_800, kv1)).toEqual([48, 1_344, 30]);
    expect(stepsOf(3_600, kv1)).toEqual([24, 1_008, 30]);
    expect(() => stepsOf(120, kv1)).toThrow('steps of 120 s');
  });

  it('takes origins, stride and horizon as given', () => {
    expect(stepsOf(60, { origins: 5, horizonSeconds: 600 })).toEqual([10, 20_160, 5]);
    expect(stepsOf(60, { stride: 100 })[2]).toBe(10);
    expect(() => stepsOf(60, { horizonSeconds: 90 })).toThrow('--horizon must be');
  });

  it('takes all from a file of cutoffs, which must mean this series', () => {
    const entry = { stepSeconds: 60, horizonSteps: 3, windowSteps: 9, points: 4_000, cutoffs: [7] };
    const cutoffs = new Map([['a', entry]]);
    expect(stepsOf(60, { cutoffs })).toEqual([3, 9, 1]);
    expect(() => stepsOf(300, { cutoffs })).toThrow('not the series');
    expect(() => stepsOf(60, { cutoffs: new Map([['b', entry]]) })).toThrow('not in the file');
  });

  it('says when the series is too short', () => {
    expect(() => settingsOf(table(60, 50), { ...SETTINGS, horizonSeconds: 3_600 })).toThrow(
      expect.objectContaining({ code: 'series_too_short' }),
    );
  });
});
