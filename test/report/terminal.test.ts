import { describe, expect, it } from 'vitest';
import type { SeriesResult } from '../../src/backtest/result.ts';
import { replicaChart, sparkline } from '../../src/report/terminal.ts';
import { sampleSeries } from './sample.ts';

/** A demand of 1 pod, 4 in the middle; `policy` has these pods ready from these seconds on. */
function small(timesSeconds: number[], readyPods: number[]): SeriesResult {
  const series = sampleSeries({ days: 1 });
  const replay = series.replay as NonNullable<SeriesResult['replay']>;
  const [ours] = replay.policies as [(typeof replay.policies)[number]];
  const timeline = { timesSeconds, readyPods, pods: readyPods, specReplicas: readyPods };
  const outcome = { ...ours.outcome, policy: 'ours', podHours: 12, unservedShare: 0.25, timeline };
  return {
    ...series,
    startSeconds: 0,
    stepSeconds: 15,
    values: Float64Array.from({ length: 41 }, (_, i) => (i > 16 && i <= 24 ? 400 : 100)),
    replay: {
      ...replay,
      fromSeconds: 0,
      toSeconds: 600,
      targetPerPod: 100,
      policies: [{ ...ours, outcome }],
    },
  };
}

describe('sparkline', () => {
  it('scales from 0', () => {
    expect(sparkline([0, 4, 8, 9, Number.NaN, -1], 8)).toBe('▁▅██ ▁');
    expect(sparkline([0], 0)).toBe('▁');
  });
});

describe('replicaChart', () => {
  it('shows what was needed, what was ready, and where it was short', () => {
    const lines = replicaChart(small([0, 300, 420], [1, 4, 1]), 47).split('\n');
    expect(lines[0]).toBe('pods ready, 1 Jan 1970 to 1 Jan 1970, █ = 4, ! = fewer than needed');
    expect(lines[1]).toBe('needed  ▃▃▃▃██▃▃▃▃');
    expect(lines[2]).toBe('ours    ▃▃▃▃▃██▃▃▃  12 pod-hours, 25\u00a0% unserved');
    expect(lines[3]).toBe('            !');
  });

  it('is empty without a replay', () => {
    expect(replicaChart(sampleSeries({ hasReplay: false }), 80)).toBe('');
  });

  it('keeps within the columns where it can', () => {
    const widths = replicaChart(sampleSeries(), 120)
      .split('\n')
      .map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(120);
  });
});
