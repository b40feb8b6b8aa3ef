import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMilli } from '../../src/replay/milli.ts';
import { quantityMilli, quantityNumber } from '../../src/replay/quantity.ts';

/** The exact binary value in thousandths, halves to even, by whole numbers alone. */
function exactMilli(value: number): number {
  const shift = 1_074n;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const exponent = bits >> 52n;
  const fraction = bits & 0xfffffffffffffn;
  const unit = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  const [whole, rest] = [(unit * 1000n) >> shift, (unit * 1000n) & ((1n << shift) - 1n)];
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && whole % 2n === 1n);
  const milli = Number(up ? whole + 1n : whole);
  return value < 0 ? -milli : milli;
}

describe('a metric in thousandths', () => {
  it.each([
    [2.4995, 2499],
    [2.0004, 2000],
    [0.0625, 62],
    [0.1875, 188],
    [-0.0625, -62],
    [1e12, 1e15],
  ])('%f is %i', (value, want) => {
    expect(toMilli(value)).toBe(want);
    expect(exactMilli(value)).toBe(want);
  });

  it('is the exact value rounded, halves to even', () => {
    const sixteenths = fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 16);
    const near = fc.integer({ min: -1e6, max: 1e6 }).map((n) => (n + 0.5) / 1000);
    const any = fc.double({ min: -1e13, max: 1e13, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(sixteenths, near, any), (value) => {
        expect(toMilli(value) + 0).toBe(exactMilli(value) + 0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a quantity', () => {
  it.each([
    ['1', 1000],
    ['1500m', 1500],
    ['2k', 2_000_000],
    ['1Ki', 1_024_000],
    ['1e3', 1_000_000],
    ['0.0001', 1],
    ['33.333', 33_333],
    ['.5', 500],
    ['+2', 2000],
    ['-1', -1000],
  ])('%s is %i thousandths', (text, want) => {
    expect(quantityMilli(text)).toBe(want);
  });

  it.each(['', 'x', '1x', '1e', '--1', '1 k', '.', 'm'])('%j is none', (text) => {
    expect(quantityMilli(text)).toBeNull();
    expect(quantityNumber(text)).toBeNull();
  });
});
