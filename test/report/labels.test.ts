import { describe, expect, it } from 'vitest';
import { type Axis, numberAxis, timeAxis } from '../../src/report/axis.ts';
import { labels } from '../../src/report/labels.ts';

const HOUR = 3_600;
const DAY = 86_400;

function textsOf(axis: Axis, widthPx: number): string[] {
  return labels(axis, widthPx).map(({ text }) => text);
}

describe('labels', () => {
  it('takes rounder times where there is less room', () => {
    const axis = timeAxis(6 * HOUR, 9 * HOUR);
    expect(textsOf(axis, 800)).toContain('06:15');
    expect(textsOf(axis, 250)).toEqual(['06:30', '07:00', '07:30', '08:00', '08:30']);
  });

  it('leaves days out evenly where two of them would meet at the end of a month', () => {
    const axis = timeAxis(25 * DAY, 36 * DAY);
    expect(textsOf(axis, 250)).toEqual(['26 Jan', '30 Jan', '3 Feb']);
  });

  it('takes rounder numbers where there is less room', () => {
    const axis = numberAxis(0, 60, { markCount: 8, isNice: false });
    expect(textsOf(axis, 360)).toEqual(['0', '10', '20', '30', '40', '50', '60']);
    expect(textsOf(axis, 90)).toEqual(['0', '20', '40', '60']);
  });

  it.each([3, 7, 14, 40, 400])('parts the labels of %d hours at any width', (hours) => {
    for (let from = 0; from < DAY; from += 900) {
      const axis = timeAxis(from, from + hours * HOUR);
      for (const widthPx of [250, 360, 540]) {
        const shown = labels(axis, widthPx);
        expect(shown.length).toBeGreaterThan(1);
        for (const [i, { at, text }] of shown.entries()) {
          const next = shown[i + 1];
          // Both half outside at the worst: the letters are at least 6 px wide.
          if (next) expect((next.at - at) * widthPx).toBeGreaterThan(6 * text.length);
        }
      }
    }
  });
});
