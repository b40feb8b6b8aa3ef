import { describe, expect, it } from 'vitest';
import { GRID_STEPS_MAX, Rows } from '../../src/backtest/rows.ts';

function rowsOf(rows: readonly (readonly [number, number, number?])[]): Rows {
  const table = new Rows();
  for (const [time, value, replicas = Number.NaN] of rows) table.push(time, value, replicas);
  return table;
}

describe('the table of rows', () => {
  it('finds the step and leaves what is missing NaN, from the first row to the last', () => {
    const { stepSeconds, startSeconds, values, replicas } = rowsOf([
      [600, Number.NaN],
      [660, 1],
      [720, 2],
      [900, 3],
    ]).table(null);
    expect([stepSeconds, startSeconds]).toEqual([60, 600]);
    expect([...values]).toEqual([Number.NaN, 1, 2, Number.NaN, Number.NaN, 3]);
    expect(values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(replicas).toBeNull();
  });

  it('reads rows in any order and averages those of one step', () => {
    const rows = [
      [120, 5],
      [30, 1],
      [60, 3],
    ] as const;
    expect([...rowsOf(rows).table(60).values]).toEqual([2, 5]);
  });

  it('holds replicas beside the values, also when the first rows have none', () => {
    const rows = [
      [60, 1],
      [120, 2, 4],
      [180, 3],
    ] as const;
    const { replicas } = rowsOf(rows).table(null);
    expect([...(replicas ?? [])]).toEqual([Number.NaN, 4, Number.NaN]);
  });

  it('counts rows that are not taken as they are', () => {
    const rows = [
      [60, 1],
      [120, 2],
      [120, 9],
      [180, Number.NaN],
      [240, 4],
    ] as const;
    const { values, refused } = rowsOf(rows).table(null);
    expect([...values]).toEqual([1, 9, Number.NaN, 4]);
    expect(refused).toMatchObject({ duplicate: 1, not_finite: 1, out_of_range: 0 });
  });

  it('refuses a step that is finer than the rows', () => {
    const rows = Array.from({ length: 9 }, (_, i) => [60 * i, i] as const);
    const message = '--step 20s is finer than the data, whose rows are 1m apart';
    expect(() => rowsOf(rows).table(20)).toThrow(message);
    expect(rowsOf(rows).table(60).values).toHaveLength(9);
  });

  it('grows past its first size', () => {
    const rows = new Rows();
    for (let i = 0; i < 200_000; i++) rows.push(60 * i, i, Number.NaN);
    const { values } = rows.table(null);
    expect(values).toHaveLength(200_000);
    expect(values.at(-1)).toBe(199_999);
  });

  it('refuses no rows, a step that cannot be told and a grid without end', () => {
    expect(() => new Rows().table(null)).toThrow('has no row');
    expect(() => rowsOf([[60, 1]]).table(null)).toThrow('give --step');
    const wide = rowsOf([
      [0, 1],
      [60, 1],
      [60 * GRID_STEPS_MAX, 1],
    ]);
    expect(() => wide.table(60)).toThrow(`span ${GRID_STEPS_MAX + 1} steps of 60 s`);
  });
});
