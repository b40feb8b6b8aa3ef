import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['90s', 90],
    ['1h30m', 5400],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['.5s', 0.5],
    ['1.s', 1],
    ['14d', 1_209_600],
    ['1w', 604_800],
    ['1d12h', 129_600],
    ['0.1s0.2s', 0.3],
    ['250us', 0.00025],
    ['250µs', 0.00025],
    ['250μs', 0.00025],
    ['1000ns', 0.000001],
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    ...['', ' ', '5', '-5m', '+5m', '5 m', '5min', 'm', '1h 30m', '1e3s', 'Infinitys', '٣s'],
    ...['0x10s', '1h30', '.s', '1..5s', '1M', '1y', '36526d', `${'9'.repeat(400)}s`],
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseDuration(text)));
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.5, '500ms'],
    [1.5, '1.5s'],
    [60, '1m'],
    [90, '1m30s'],
    [5400, '1h30m'],
    [1_209_600, '14d'],
  ])('writes %d as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('writes what parseDuration reads, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_000_000_000_000 }), (milliseconds) => {
        const seconds = milliseconds / 1000;
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});
