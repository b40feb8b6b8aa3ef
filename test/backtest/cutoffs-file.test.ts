import { describe, expect, it } from 'vitest';
import { parseCutoffs } from '../../src/backtest/cutoffs-file.ts';

const ENTRY = { step: 60, H: 2, W: 10, points: 20, cutoffs: [14, 16], group: 'x' };
const textOf = (entry: unknown) => JSON.stringify({ protocol: 'kv1', series: { a: entry } });

describe('parseCutoffs', () => {
  it('reads the settings and cutoffs of each series', () => {
    const entry = parseCutoffs(textOf(ENTRY)).get('a');
    expect(entry).toEqual({
      ...{ stepSeconds: 60, horizonSteps: 2, windowSteps: 10, points: 20, cutoffs: [14, 16] },
    });
  });

  it.each([
    ['', 'no JSON'],
    ['[]', 'the file must be an object'],
    ['{}', 'series must be an object'],
    [textOf(null), 'a must be an object'],
    [textOf({ ...ENTRY, H: 0 }), 'a.H must be a whole number from 1 to 2880'],
    [textOf({ ...ENTRY, W: 1e9 }), 'a.W must be'],
    [textOf({ ...ENTRY, step: '60' }), 'a.step must be'],
    [textOf({ ...ENTRY, points: undefined }), 'a.points must be'],
    [textOf({ ...ENTRY, cutoffs: [] }), 'a.cutoffs must be ascending'],
    [textOf({ ...ENTRY, cutoffs: [16, 14] }), 'a.cutoffs must be ascending'],
    [textOf({ ...ENTRY, cutoffs: [16, 20] }), 'below points'],
    [textOf({ ...ENTRY, cutoffs: [1.5] }), 'a.cutoffs'],
  ])('%s is refused', (text, message) => {
    expect(() => parseCutoffs(text)).toThrow(
      expect.objectContaining({
        code: 'option_invalid',
        message: expect.stringContaining(message),
      }),
    );
  });
});
