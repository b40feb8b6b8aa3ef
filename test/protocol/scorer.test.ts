import { describe, expect, it } from 'vitest';
import type { ProtocolSeries } from './data.ts';
import { interpolate, loadProtocol, publishedSkills } from './data.ts';
import type { Forecaster } from './scorer.ts';
import { aggregate, LEVELS, runProtocol, scoreSeries } from './scorer.ts';

const protocol = loadProtocol();
const everyStep = (series: ProtocolSeries, value: (i: number) => number) => ({
  values: Array.from({ length: series.horizonSteps }, (_, i) => value(i)),
});
const seasonalNaive =
  (period: 'daySteps' | 'weekSteps'): Forecaster =>
  (x, series) => {
    const filled = interpolate(x);
    const steps = x.length >= 2 * series[period] ? series[period] : series.daySteps;
    return everyStep(series, (i) => filled[filled.length - steps + i] as number);
  };
const PEERS: Record<string, Forecaster> = {
  last_value: (x, series) => everyStep(series, () => x.at(-1) as number),
  snaive_day: seasonalNaive('daySteps'),
  snaive_week: seasonalNaive('weekSteps'),
};

describe.skipIf(protocol === null)('the scorer on the public series', () => {
  it.each(Object.entries(PEERS))('gives %s the published skill', async (name, forecaster) => {
    const scores = await runProtocol(protocol ?? [], forecaster);
    const published = publishedSkills(name);
    for (const { name: series, skill } of scores) {
      expect(Math.abs(skill - (published.get(series) ?? Number.NaN)), series).toBeLessThan(0.0051);
    }
    expect(scores).toHaveLength(12);
  });

  it('gives last_value its published aggregate', async () => {
    const scores = await runProtocol(protocol ?? [], PEERS.last_value as Forecaster);
    const { spl, coverage, ...rest } = aggregate(scores);
    // PEERS.md, group public, rows last_value.
    const published = {
      skill: -0.527,
      skillFirst: 0.244,
      skillEarly: -0.238,
      accuracy: 0.559,
      mase: 1.333,
      peakUnderRate: 0.531,
      peakUnder: 0.11,
      peakOver: 0.108,
    };
    for (const [field, value] of Object.entries(published)) {
      expect(rest[field as keyof typeof rest], field).toBeCloseTo(value, 2);
    }
    expect([spl, coverage]).toEqual([null, null]);
  });
});

/** Two days of three steps each; the third day is to be forecast in part. */
const SMALL: ProtocolSeries = {
  name: 'small',
  group: 'public',
  stepSeconds: 28_800,
  horizonSteps: 2,
  windowSteps: 6,
  daySteps: 3,
  weekSteps: 21,
  startSeconds: 0,
  y: Float64Array.of(1, 2, 3, 2, 4, 3, 4, 8),
  cutoffs: [5],
};

describe('scoreSeries', () => {
  const flat = (value: number) => [value, value];
  const quantiles = {
    '0.5': flat(5),
    '0.8': flat(6),
    '0.9': flat(7),
    '0.95': flat(8),
    '0.99': flat(9),
  };

  it('scores a series that is small enough to do by hand', () => {
    const score = scoreSeries(SMALL, [{ values: [5, 5], quantiles }]);
    // Errors 1 and 3; yesterday's 2 and 4 for 4 and 8; scale: |2−1|, |4−2|, |3−3|.
    expect(score).toMatchObject({ mae: 2, naiveMae: 3, skillFirst: 0.5, mase: 2 });
    expect(score.skill).toBeCloseTo(1 / 3, 12);
    expect(score.wape).toBeCloseTo(1 / 3, 12);
    expect(score.peakOver).toBeCloseTo(0.25, 12);
    expect(score.coverage).toEqual({ '0.5': 0.5, '0.8': 0.5, '0.9': 0.5, '0.95': 1, '0.99': 1 });
    const losses = [(0.5 + 1.5) / 2, (0.4 + 1.6) / 2, (0.3 + 0.9) / 2, (0.2 + 0) / 2, 0.06 / 2];
    expect(score.spl).toBeCloseTo(losses.reduce((a, b) => a + b) / LEVELS.length, 12);
  });

  it('leaves missing actuals out', () => {
    const y = SMALL.y.slice();
    y[7] = Number.NaN;
    expect(scoreSeries({ ...SMALL, y }, [{ values: [5, 1e9] }]).mae).toBe(1);
  });

  it('refuses a wrong length, a value that is not finite and a lacking origin', () => {
    expect(() => scoreSeries(SMALL, [{ values: [5] }])).toThrow('small at 5');
    expect(() => scoreSeries(SMALL, [{ values: [5, Number.NaN] }])).toThrow('2 finite');
    expect(() => scoreSeries(SMALL, [])).toThrow('expected 1 forecasts');
  });
});

it('interpolates linearly and holds the left edge', () => {
  const x = Float64Array.of(Number.NaN, 2, Number.NaN, Number.NaN, 5);
  expect([...interpolate(x)]).toEqual([2, 2, 3, 4, 5]);
});
