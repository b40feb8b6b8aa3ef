import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shortPath } from '../../src/report/short-path.ts';
import { grounded, type Points, points, thin } from '../../src/report/thin.ts';

function valuesOf({ length, y }: Points): number[] {
  return Array.from({ length }, (_, i) => y(i));
}

describe('thin', () => {
  it('keeps the lowest and the highest value of each column, and at most four', () => {
    const length = 1_000;
    const columns = 20;
    const inputs = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: length,
      maxLength: length,
    });
    fc.assert(
      fc.property(inputs, (y) => {
        const kept = thin(points([...y.keys()], y), 0, length, columns);
        expect(kept.length).toBeLessThanOrEqual(4 * columns);
        for (let column = 0; column < columns; column++) {
          const here = y.slice(column * 50, (column + 1) * 50);
          const shown = valuesOf(kept).filter((_, i) => Math.floor(kept.x(i) / 50) === column);
          expect(Math.min(...shown)).toBe(Math.min(...here));
          expect(Math.max(...shown)).toBe(Math.max(...here));
          expect([shown[0], shown.at(-1)]).toEqual([here[0], here.at(-1)]);
        }
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it('leaves a gap of a whole column, and none for a single missing value', () => {
    const y = Array.from({ length: 100 }, (_, i) => (i === 3 || (i >= 50 && i < 60) ? NaN : i));
    const kept = thin(points([...y.keys()], y), 0, 100, 10);
    const gaps = valuesOf(kept).flatMap((value, i) => (Number.isNaN(value) ? [kept.x(i)] : []));
    expect(gaps).toEqual([50]);
  });

  it('leaves few points as they are', () => {
    const all = points([0, 1, 2], [5, Number.NaN, 6]);
    expect(thin(all, 0, 2, 1)).toBe(all);
  });
});

describe('grounded', () => {
  it('goes down to 0 at the ends of each run', () => {
    const run = grounded(points([0, 1, 2, 3], [5, 6, Number.NaN, 7]));
    expect(valuesOf(run)).toEqual([0, 5, 6, 0, Number.NaN, 0, 7, 0]);
  });
});

describe('shortPath', () => {
  it('leads through the same points', () => {
    expect(shortPath('M5,7L6,9L6,4L9,4H12V2L10,1ZM1,1L0,3')).toBe(
      'M5,7l1,2v-5h3h3v-2l-2-1zM1,1l-1,2',
    );
  });

  it('keeps a dot a dot', () => {
    expect(shortPath('M5,7Z')).toBe('M5,7z');
  });
});
