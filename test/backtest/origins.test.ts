import { describe, expect, it } from 'vitest';
import { evenOrigins, strideOrigins } from '../../src/backtest/origins.ts';
import { loadProtocol } from '../protocol/data.ts';

const PROTOCOL = ['public', 'public_extra'].flatMap((group) => loadProtocol(group) ?? []);

function seriesOf(values: readonly number[], horizonSteps: number) {
  const grid = { name: 'a', stepSeconds: 60, startSeconds: 0, windowSteps: 100 };
  return { ...grid, values: Float64Array.from(values), horizonSteps };
}

describe.runIf(PROTOCOL.length > 0)('evenOrigins', () => {
  it.each(PROTOCOL)('gives the cutoffs of the protocol: $name', (series) => {
    expect(evenOrigins({ ...series, values: series.y }, 30)).toEqual(series.cutoffs);
  });
});

describe('evenOrigins', () => {
  it('steps back from what is not observed', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i === 36 ? Number.NaN : i));
    expect(evenOrigins(seriesOf(values, 3), 2)).toEqual([29, 35]);
  });

  it('leaves out origins of which less than half the horizon is observed', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i === 37 || i === 38 ? Number.NaN : i));
    expect(evenOrigins(seriesOf(values, 3), 2)).toEqual([29, 34]);
  });

  it('has none when the horizon does not fit', () => {
    expect(evenOrigins(seriesOf([1, 2, 3, 4], 4), 3)).toEqual([]);
    expect(evenOrigins(seriesOf([], 1), 3)).toEqual([]);
  });

  it('gives fewer when there are fewer', () => {
    expect(evenOrigins(seriesOf([0, 1, 2, 3, 4, 5, 6, 7], 1), 30)).toEqual([5, 6]);
  });
});

it('strideOrigins takes every n-th of the last quarter that is usable', () => {
  const values = Array.from({ length: 40 }, (_, i) => (i === 33 ? Number.NaN : i));
  expect(strideOrigins(seriesOf(values, 2), 2)).toEqual([29, 31, 35, 37]);
});
