import { describe, expect, it } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import { VirtualClock } from '../virtual-clock.ts';

function watched(isInteractive: boolean) {
  const clock = new VirtualClock(0);
  const printed: string[] = [];
  return {
    clock,
    printed,
    progress: new Progress((text) => printed.push(text), isInteractive, clock),
  };
}

describe('progress', () => {
  it('is a bar on a terminal, redrawn in place and taken away', () => {
    const { printed, progress } = watched(true);
    progress.show('a', 0);
    progress.show('a', 0.25);
    progress.show('b', 0.5);
    expect(printed).toEqual([
      `\r\x1b[2K${'░'.repeat(24)}  0 %  a`,
      `\r\x1b[2K${'█'.repeat(12)}${'░'.repeat(12)} 50 %  b`,
    ]);
    progress.clear();
    progress.clear();
    expect(printed.slice(2)).toEqual(['\r\x1b[2K']);
  });

  it('is a plain line from time to time elsewhere', async () => {
    const { clock, printed, progress } = watched(false);
    progress.show('a', 0.1);
    await clock.advance(9_999);
    progress.show('b', 0.2);
    expect(printed).toEqual([]);
    await clock.advance(1);
    progress.show('b', 0.555);
    progress.show('b', 0.6);
    progress.clear();
    expect(printed).toEqual(['kedastral backtest: 55 %, b\n']);
  });
});
