import { describe, expect, it } from 'vitest';
import {
  headers,
  integer,
  maskHeaders,
  number,
  order,
  quantileLevel,
  quantileLevels,
  token,
} from '../../src/config/kinds.ts';

describe('numbers', () => {
  it.each(['NaN', 'Infinity', '-Infinity', '1e999', '0x10', '', ' 1', '1 ', '1,5', '1_000', '--1'])(
    'refuse %j',
    (text) => {
      expect(number({ min: -1e300 }).parse(text)).toBeUndefined();
      expect(integer({ min: -1e9 }).parse(text)).toBeUndefined();
    },
  );

  it('keep to their range, the open bound excluded', () => {
    expect(number({ above: 0 }).parse('0')).toBeUndefined();
    expect(number({ above: 0 }).parse('1e-9')).toBe(1e-9);
    expect(number({ min: 0, max: 100 }).parse('100')).toBe(100);
    expect(number({ min: 0, max: 100 }).parse('100.1')).toBeUndefined();
    expect(integer({ min: 0 }).parse('2.5')).toBeUndefined();
    expect(integer({ min: 0 }).parse('-1')).toBeUndefined();
    expect(integer({ min: 0 }).parse('1e3')).toBe(1000);
  });
});

describe('token', () => {
  it.each([
    ['abc.d-e_f~+/=', 'abc.d-e_f~+/='],
    ['abc\r\n', 'abc'],
    ['a b', undefined],
    ['a\nb', undefined],
    ['a\u2026', undefined],
    ['\n', undefined],
  ])('reads %j as %j', (text, value) => {
    expect(token.parse(text)).toBe(value);
  });
});

describe('order', () => {
  it.each([
    ['0', 'auto'],
    ['auto', 'auto'],
    ['none', 0],
    ['1', 1],
    ['5', 5],
    ['6', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, value) => {
    expect(order({ max: 5 }).parse(text)).toBe(value);
  });
});

describe('quantileLevel', () => {
  it.each([
    ['0', 0],
    ['off', 0],
    ['p90', 0.9],
    ['0.9', 0.9],
    ['p50', 0.5],
    ['p99.9', 0.999],
    ['0.999', 0.999],
    ['0.4', undefined],
    ['p0', undefined],
    ['1', undefined],
    ['90', undefined],
    ['p100', undefined],
    ['p', undefined],
    ['NaN', undefined],
  ])('reads %j as %j', (text, level) => {
    expect(quantileLevel.parse(text)).toBe(level);
  });
});

describe('quantileLevels', () => {
  it.each([
    ['0.5', [0.5]],
    ['p99.9,p90', [0.9, 0.999]],
    [' 0.9 , 0.75', [0.75, 0.9]],
    ['', undefined],
    ['0', undefined],
    ['off', undefined],
    ['0.9,0.9', undefined],
    ['0.9,p90', undefined],
    ['0.9,', undefined],
    ['0.4', undefined],
    [Array.from({ length: 17 }, (_, i) => 0.5 + i / 100).join(), undefined],
  ])('reads %s', (text, levels) => {
    expect(quantileLevels.parse(text)).toEqual(levels);
    if (levels) expect(quantileLevels.parse(quantileLevels.format(levels))).toEqual(levels);
  });
});

describe('headers', () => {
  it('reads lines of Name: value', () => {
    const value = headers.parse('X-Scope-OrgID: a:b \r\n\n__proto__:c');
    expect(Object.entries(value ?? {})).toEqual([
      ['X-Scope-OrgID', 'a:b'],
      ['__proto__', 'c'],
    ]);
  });

  it.each(['x', ': x', 'a b: c', 'A: 1\na: 2', 'a: \u0000', 'a: é'])('refuses %j', (text) => {
    expect(headers.parse(text)).toBeUndefined();
  });

  it('shows names alone', () => {
    expect(maskHeaders('Authorization: Bearer abc\nX: y')).toBe('Authorization: ***\nX: ***');
    expect(maskHeaders('hunter2\n\nX:\nY:hunter2')).toBe('***\n\nX: ***\nY: ***');
  });
});
