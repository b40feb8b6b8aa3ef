import { describe, expect, it } from 'vitest';
import { chart, chartStyle } from '../../src/cli/chart.ts';

const STYLE = chartStyle(false);

function draw(history: number[], forecast: number[], upper = forecast, columns = 40): string[] {
  const data = {
    history: Float64Array.from(history),
    forecast: Float64Array.from(forecast),
    upper: Float64Array.from(upper),
  };
  return chart(data, { columns, rows: 5 }, STYLE).trimEnd().split('\n');
}

describe('chart', () => {
  it('draws history, forecast and band on one scale', () => {
    expect(draw([0, 0, 4, 4], [2, 2], [3, 4])).toEqual([
      '         4 ┤  ╭─╮░',
      '         3 ┤  │ │░',
      '         2 ┤  │ ╰─',
      '         1 ┤  │',
      '         0 ┤──╯',
    ]);
  });

  it('leaves gaps where values are missing', () => {
    const lines = draw([1, Number.NaN, 1], [1]);
    expect(lines.filter((line) => line.includes('─'))).toEqual(['         1 ┤─ ──']);
  });

  it('stays within its columns, whatever the lengths', () => {
    const wave = Array.from({ length: 5000 }, (_, i) => Math.sin(i / 50));
    for (const columns of [30, 80, 200]) {
      for (const steps of [1, 7, 2880]) {
        const lines = draw(wave, wave.slice(0, steps), undefined, columns);
        expect(lines).toHaveLength(5);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      }
    }
  });

  it('colours the forecast on terminals that have colours', () => {
    expect(chartStyle(true).forecast('x')).toBe('\u001b[36mx\u001b[39m');
  });
});
