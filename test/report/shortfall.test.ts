import { describe, expect, it } from 'vitest';
import { deepest, shortfalls, worstWindow } from '../../src/report/shortfall.ts';

/** Steps of 60 s that end at 60, 120, … and need these pods. */
const PODS = [2, 3, 5, 5, Number.NaN, 1];
const NEED = { startSeconds: 60, stepSeconds: 60, podsAt: (i: number) => PODS[i] ?? Number.NaN };

function ready(timesSeconds: number[], readyPods: number[]) {
  return { timesSeconds, readyPods, pods: readyPods, specReplicas: readyPods };
}

describe('shortfalls', () => {
  it('are where fewer pods are ready than are needed, cut where either changes', () => {
    expect(shortfalls(NEED, ready([0, 150, 200], [3, 4, 6]), 0, 360)).toEqual([
      { fromSeconds: 120, toSeconds: 150, need: 5, ready: 3 },
      { fromSeconds: 150, toSeconds: 180, need: 5, ready: 4 },
      { fromSeconds: 180, toSeconds: 200, need: 5, ready: 4 },
    ]);
  });

  it('end with the range that is looked at', () => {
    expect(shortfalls(NEED, ready([0], [2]), 130, 170)).toEqual([
      { fromSeconds: 130, toSeconds: 170, need: 5, ready: 2 },
    ]);
  });

  it('are drawn as the deepest of each column', () => {
    const all = shortfalls(NEED, ready([0, 150, 200], [3, 4, 6]), 0, 360);
    expect(deepest(all, 0, 360, 2)).toEqual([all[0], all[2]]);
    expect(deepest(all, 0, 360, 1)).toEqual([all[0]]);
  });
});

describe('worstWindow', () => {
  const all = [
    { fromSeconds: 100, toSeconds: 120, need: 5, ready: 4 },
    { fromSeconds: 900, toSeconds: 930, need: 9, ready: 4 },
  ];

  it('holds what is missed most, within the range', () => {
    expect(worstWindow(all, 200, 0, 1_000)).toBe(800);
    expect(worstWindow(all.slice(0, 1), 200, 0, 1_000)).toBe(0);
  });

  it('is null when nothing is short', () => {
    expect(worstWindow([], 200, 0, 1_000)).toBeNull();
  });
});
