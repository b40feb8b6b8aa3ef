import { describe, expect, it } from 'vitest';
import { seriesOfCsv } from '../../src/cli/csv-series.ts';

const MINUTE = 60;
const START = Date.UTC(2026, 0, 1) / 1000;

const OPTIONS = { stepSeconds: null, atSeconds: null, historyStepsMax: 100 };

/** Rows at these minutes after START, each with its minute as value. */
function csvOf(minutes: number[]): string {
  const rows = minutes.map((minute) => `${START + minute * MINUTE},${minute}\n`);
  return `timestamp,value\n${rows.join('')}`;
}

describe('seriesOfCsv', () => {
  it('takes the most common gap as step and leaves missing rows NaN', () => {
    const { series } = seriesOfCsv(csvOf([0, 1, 2, 5, 6, 7]), OPTIONS);
    expect(series.stepSeconds).toBe(MINUTE);
    expect(series.cutoffSeconds).toBe(START + 7 * MINUTE);
    expect([...series.values]).toEqual([0, 1, 2, Number.NaN, Number.NaN, 5, 6, 7]);
  });

  it('reads rows in any order', () => {
    const { series } = seriesOfCsv(csvOf([3, 1, 2, 0]), OPTIONS);
    expect([...series.values]).toEqual([0, 1, 2, 3]);
  });

  it('puts rows between grid points into the step that ends next', () => {
    const csv = `${START + 30},1\n${START + 90},2\n${START + 150},3\n`;
    const { series } = seriesOfCsv(csv, OPTIONS);
    expect(series.cutoffSeconds).toBe(START + 3 * MINUTE);
    expect([...series.values]).toEqual([1, 2, 3]);
  });

  it('sees nothing after the last step that ends by --at', () => {
    const at = (seconds: number) =>
      seriesOfCsv(csvOf([0, 1, 2, 3]), { ...OPTIONS, atSeconds: START + seconds }).series;
    expect([...at(2 * MINUTE).values]).toEqual([0, 1, 2]);
    expect([...at(2 * MINUTE + 59).values]).toEqual([0, 1, 2]);
    expect([...at(2 * MINUTE - 1).values]).toEqual([0, 1]);
  });

  it('has a missing tail when --at lies past the last row', () => {
    const csv = csvOf([0, 1, 2]);
    const { series } = seriesOfCsv(csv, { ...OPTIONS, atSeconds: START + 4 * MINUTE });
    expect([...series.values]).toEqual([0, 1, 2, Number.NaN, Number.NaN]);
    expect(series.cutoffSeconds).toBe(START + 4 * MINUTE);
  });

  it('averages rows on a coarser step', () => {
    const { series } = seriesOfCsv(csvOf([1, 2, 3, 4]), { ...OPTIONS, stepSeconds: 2 * MINUTE });
    expect([...series.values]).toEqual([1.5, 3.5]);
  });

  it('keeps the newest steps only, and says how many rows it drops', () => {
    const read = (historyStepsMax: number) =>
      seriesOfCsv(csvOf([0, 1, 2, 3, 4]), { ...OPTIONS, historyStepsMax });
    expect([...read(3).series.values]).toEqual([2, 3, 4]);
    expect([read(3).rowsDropped, read(5).rowsDropped]).toEqual([2, 0]);
  });

  it('finds the step of rows that jitter', () => {
    const jitter = [0, 3, -5, 2, 6, -1, 4, -6, 1, 5];
    const csv = jitter.map((seconds, i) => `${START + i * MINUTE + seconds},${i}\n`).join('');
    expect(seriesOfCsv(csv, OPTIONS).series.stepSeconds).toBe(MINUTE);
  });

  it('counts what it does not take, as the sidecar does', () => {
    const csv = `${csvOf([0, 1, 2])}${START + 60},9\n${START + 180},nan\n${START + 240},-1e16\n`;
    const { series, refused } = seriesOfCsv(csv, OPTIONS);
    expect(refused).toMatchObject({ duplicate: 1, not_finite: 1, out_of_range: 1 });
    expect([...series.values]).toEqual([0, 9, 2, Number.NaN, Number.NaN]);
  });

  it.each([
    [
      'before all rows',
      csvOf([5, 6]),
      START + 60,
      '--at is before the CSV: its first step ends at 2026-01-01T00:05:00Z, ' +
        'the last one seen at 2026-01-01T00:01:00Z',
    ],
    [
      'long after them',
      csvOf([5, 6]),
      START + 86_400,
      'every row is too old: the last one is of 2026-01-01T00:06:00Z, ' +
        '100 steps of 60 s up to 2026-01-02T00:00:00Z are seen',
    ],
    [
      'among rows without a value',
      `${START + 60},1e16\n${START + 120},\n`,
      null,
      'no row up to 2026-01-01T00:02:00Z has a value that can be taken: one row without a ' +
        'finite value (taken as missing), one row beyond ±1000000000000000 (taken as missing)',
    ],
  ])('says why there is no value %s', (_, csv, atSeconds, message) => {
    const read = () => seriesOfCsv(csv, { ...OPTIONS, atSeconds });
    expect(read).toThrow(expect.objectContaining({ code: 'adapter_no_data', message }));
  });

  it.each([
    ['timestamp,value\n', {}, 'adapter_no_data'],
    ['timestamp,value\n', { stepSeconds: 60 }, 'adapter_no_data'],
    [csvOf([5]), {}, 'option_invalid'],
    ['0,1\n0.5,2\n1,3\n', {}, 'option_invalid'],
    [csvOf([5, 6]), { atSeconds: START }, 'adapter_no_data'],
    ['2026-01-01T00:00:00Z,x\n1,2\n', {}, 'adapter_response'],
  ])('refuses %j with %j as %s', (csv, options, code) => {
    const read = () => seriesOfCsv(csv, { ...OPTIONS, ...options });
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});
