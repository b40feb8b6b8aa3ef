import { describe, expect, it } from 'vitest';
import {
  amount,
  change,
  compact,
  count,
  fixed,
  moment,
  percent,
  percentMark,
  percents,
  span,
  timeMark,
} from '../../src/report/figures.ts';

describe('figures for people', () => {
  it.each([
    [compact(0), '0'],
    [compact(1_234), '1.23k'],
    [compact(999_950), '1M'],
    [compact(-0.05), '−0.05'],
    [compact(2e-7), '2.0e−7'],
    [compact(Number.NaN), '–'],
    [amount(1_234_567.4), '1,234,567'],
    [amount(12.345), '12.3'],
    [fixed(-1.005, 1), '−1.0'],
    [fixed(Number.POSITIVE_INFINITY), '–'],
    [percent(0), '0 %'],
    [percent(0.00311), '0.31 %'],
    [percent(0.000031), '0.0031 %'],
    [percent(0.0000001), 'under 0.0001 %'],
    [percents(0.00003, 0.000054).join(), '0.0030 %,0.0054 %'],
    [percents(0.1234, 0.1199).join(), '12.34 %,11.99 %'],
    [percents(0.003, 0.003).join(), '0.30 %,0.30 %'],
    [percents(0, 0.25).join(), '0 %,25 %'],
    [percents(0.5, Number.NaN).join(), '50 %,–'],
    [percent(0.1234), '12 %'],
    [percentMark(0.125), '12.5 %'],
    [change(1.0004), '±0 %'],
    [change(0.88), '−12 %'],
    [change(1.043), '+4.3 %'],
    [span(90), '90 s'],
    [span(300), '5 min'],
    [span(86_400), '24 h'],
    [span(14 * 86_400), '14 days'],
    [span(-180), '−3 min'],
    [moment(1_741_010_700), '3 Mar 2025, 14:05'],
    [timeMark(1_740_960_000), '3 Mar'],
    [timeMark(1_735_689_600), '2025'],
    [timeMark(1_741_010_700), '14:05'],
    [count(1, 'origin'), '1 origin'],
    [count(0, 'origin'), '0 origins'],
    [percent(0.5, 1), '50.0 %'],
  ])('%s', (shown, expected) => {
    expect(shown.replaceAll('\u00a0', ' ')).toBe(expected);
  });

  it('hold together with their unit', () => {
    for (const text of [percent(0.5), percentMark(0.5), change(1.5), span(90)]) {
      expect(text).not.toContain(' ');
    }
  });
});
