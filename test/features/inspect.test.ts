import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/features/inspect.ts';

const range = { startSeconds: 60, endSeconds: 60 * 240, stepSeconds: 60 };

/** A value a minute; undefined = no sample. */
function inspected(values: (number | undefined)[], everySeconds = 60) {
  const points = values.flatMap((value, i) => (value === undefined ? [] : [[i, value] as const]));
  return inspect(
    {
      timesSeconds: Float64Array.from(points, ([i]) => (i + 1) * everySeconds),
      values: Float64Array.from(points, ([, value]) => value),
      warnings: [],
    },
    range,
  );
}

const wave = Array.from({ length: 120 }, (_, i) => 50 + ((i * 37) % 41));
const counter = (restarts: number[]) => {
  let total = 1_000;
  return wave.map((value, i) => {
    total = restarts.includes(i) ? 0 : total + value;
    return total;
  });
};
const codes = (values: (number | undefined)[], everySeconds?: number) =>
  inspected(values, everySeconds).findings.map(({ code }) => code);

test('a good series has no finding', () => {
  expect(inspected(wave)).toEqual({
    points: 120,
    firstSeconds: 60,
    lastSeconds: 7_200,
    sampleStepSeconds: 60,
    missingSteps: 0,
    longestGapSteps: 0,
    notFinite: 0,
    findings: [],
  });
});

test('nothing at all', () => {
  expect(inspected([])).toMatchObject({
    points: 0,
    firstSeconds: null,
    lastSeconds: null,
    sampleStepSeconds: null,
    findings: [{ code: 'empty', message: 'no sample in the last 4 h' }],
  });
});

test('gaps are counted, a NaN is one', () => {
  const values: (number | undefined)[] = [...wave];
  values[10] = values[20] = values[21] = undefined;
  values[22] = Number.NaN;
  expect(inspected(values)).toMatchObject({
    missingSteps: 4,
    longestGapSteps: 3,
    notFinite: 1,
    findings: [
      { code: 'gaps', message: 'steps without a value: 4; the longest run is 3' },
      { code: 'not_finite' },
    ],
  });
});

test('samples that come less often than the step', () => {
  expect(inspected(wave, 300)).toMatchObject({
    sampleStepSeconds: 300,
    findings: [{ code: 'coarse', message: 'samples come every 300 s, step is 60 s: raise step' }],
  });
  expect(codes(wave, 15)).toEqual([]);
});

test('doubles', () => {
  const twice = inspect(
    { timesSeconds: Float64Array.of(60, 60, 120), values: Float64Array.of(1, 2, 3), warnings: [] },
    range,
  );
  expect(twice.findings.map(({ code }) => code)).toEqual(['duplicate']);
});

describe('kinds of values', () => {
  test.each([
    ['negative ones', wave.with(3, -1), ['negative']],
    ['monstrous ones', wave.with(3, 1e16), ['out_of_range']],
    ['all equal', wave.map(() => 7), ['constant']],
    ['all zero', wave.map(() => 0), ['constant']],
    ['the newest 15 equal', wave.map((v, i) => (i < 105 ? v : 33)), ['frozen']],
    ['the newest 14 equal', wave.map((v, i) => (i < 106 ? v : 33)), []],
    ['a quiet night of zeros', wave.map((v, i) => (i < 80 ? v : 0)), []],
    ['a counter', counter([]), ['counter']],
    ['a counter that was reset', counter([40, 90]), ['counter']],
    [
      'a counter that stands still at night',
      counter([]).map((v, i, a) => (i < 60 ? v : (a[60] as number))),
      ['counter'],
    ],
    [
      'a gauge that rises all the time but for dips',
      wave.map((_, i) => i * 10 - (i % 30 === 29 ? 15 : 0) + 100),
      [],
    ],
    ['too few to judge', [1, 2, 3, 4], []],
  ])('%s', (_, values, expected) => {
    expect(codes(values)).toEqual(expected);
  });

  test('a counter is told to use rate()', () => {
    expect(inspected(counter([40])).findings[0]?.message).toContain('use rate()');
  });
});
