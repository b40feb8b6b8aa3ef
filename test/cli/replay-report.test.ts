import { describe, expect, it } from 'vitest';
import type { ReplayResult } from '../../src/backtest/result.ts';
import { replayText } from '../../src/cli/replay-report.ts';
import { compare } from '../../src/replay/compare.ts';
import type { Outcome } from '../../src/replay/outcome.ts';
import { outcome } from '../backtest/results.ts';

const SETTINGS = {
  ...{ fromSeconds: 0, toSeconds: 86_400, targetPerPod: 10, targetFrom: 'as given' },
  ...{ podStartSeconds: 60, minReplicas: 2, maxReplicas: 9 },
};

/** A reactive HPA that costs 100 pod-hours a unit of headroom and leaves less unserved with it. */
function reactive(unservedAtOne: number) {
  return (headroom: number): Outcome => {
    const unservedTotal = unservedAtOne / headroom;
    const cost = { podHours: 100 * headroom, unservedTotal };
    return outcome({ ...cost, unservedShare: unservedTotal / 1e6 });
  };
}

function replayOf(ours: Outcome, unservedAtOne = 1e3): ReplayResult {
  const comparison = compare(ours, reactive(unservedAtOne));
  const own = { role: 'ours', model: 'auto', headroom: 1, outcome: ours, comparison } as const;
  return { ...SETTINGS, comparison, policies: [own] };
}

/** The cells of the first policy. */
function cellsOf(replay: ReplayResult): string[] {
  const row = replayText(replay)
    .split('\n')
    .find((line) => line.startsWith('kedastral'));
  return row?.split(/ {2,}/) ?? [];
}

describe('the replay as a table', () => {
  const ours = (some: Partial<Outcome> = {}) => outcome({ policy: 'kedastral auto', ...some });

  it('says what is removed and saved at the same cost', () => {
    const removed = { podHours: 200, unservedTotal: 125, unservedShare: 125e-6 };
    expect(cellsOf(replayOf(ours(removed))).slice(-3)).toEqual(['0.050 %', '75.0 %', '75.0 %']);
  });

  it('says plainly when no reactive HPA costs the same, and compares nothing then', () => {
    const [cheap, dear] = [replayOf(ours({ podHours: 40 })), replayOf(ours({ podHours: 1_000 }))];
    expect([cheap.comparison?.isSameCost, dear.comparison?.isSameCost]).toEqual([false, false]);
    expect(cellsOf(cheap).slice(-3)).toEqual(['-', '-', '-']);
    expect(replayText(cheap)).toContain(
      'No reactive HPA costs as little: the nearest one costs 50',
    );
    expect(replayText(dear)).toContain('No reactive HPA costs as much: the nearest one costs 800');
    expect(replayText(replayOf(ours()))).not.toContain('No reactive HPA');
  });

  it('calls worse only what leaves demand unserved', () => {
    const nothing = { podHours: 200, unservedTotal: 50, unservedShare: 5e-5 };
    expect(cellsOf(replayOf(ours(nothing), 0)).at(-2)).toBe('-');
    const much = { podHours: 200, unservedTotal: 5_000, unservedShare: 5e-3 };
    expect(cellsOf(replayOf(ours(much), 0)).at(-2)).toBe('far worse');
  });

  it.each([
    [-3_600, 'never'],
    [3_600, '≥ 60 min'],
    [-90, '-90 s'],
    [null, '-'],
  ])('tells a lead of %s s as %s', (peakLeadSeconds, told) => {
    expect(cellsOf(replayOf(ours({ peakLeadSeconds })))[7]).toBe(told);
  });
});
