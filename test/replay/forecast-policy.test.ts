import { beforeAll, describe, expect, it } from 'vitest';
import { type Demand, refineDemand } from '../../src/replay/demand.ts';
import { planTrack, servedMetric, TICK_DEFAULTS } from '../../src/replay/forecast-policy.ts';
import { type ForecastTrack, oracleTrack } from '../../src/replay/track.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { DEFAULT_POLICY } from '../policy.ts';

const START = 1_700_000_040 - (1_700_000_040 % 60);
const STEPS = 40;
const HORIZON = 10;
const SERVING = { leadTimeSeconds: 60, staleAfterSeconds: 120, onStale: 'hold', defaultMin: 2 };
const POLICY = {
  ...{ ...DEFAULT_POLICY, targetPerPod: 1, headroom: 1, minReplicas: 0, maxReplicas: 1_000 },
  ...{ upMaxFactor: 1_000, downMaxPercent: 100 },
};

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const demand: Demand = {
  values: Float64Array.from({ length: STEPS }, (_, i) => i + 1),
  stepSeconds: 60,
  startSeconds: START,
};

/** Row k forecasts k + 1 for every step; `missing` rows have none. */
function trackOf(missing: readonly number[] = []): ForecastTrack {
  const values = Float64Array.from({ length: STEPS * HORIZON }, (_, i) => {
    const row = Math.floor(i / HORIZON);
    return missing.includes(row) ? Number.NaN : row + 1;
  });
  return { model: 'test', firstStep: 0, rows: STEPS, horizonSteps: HORIZON, values, quantiles: {} };
}

function servedOf(track: ForecastTrack, serving = {}) {
  const planned = planTrack(kernel, track, demand, POLICY);
  const policy = { ...SERVING, ...serving } as Parameters<typeof servedMetric>[2];
  return servedMetric(planned, demand, policy, TICK_DEFAULTS);
}

/** The end of step `row`, the cutoff of that row. */
const cutoff = (row: number) => START + (row + 1) * 60;

describe('what a track serves', () => {
  it('comes into force 5 s after the tick that saw its last sample', () => {
    const { read } = servedOf(trackOf());
    expect(read(cutoff(7) + 24.9)).toBe(7);
    expect(read(cutoff(7) + 25)).toBe(8);
    expect(read(cutoff(7) + 60 + 24.9)).toBe(8);
  });

  it('is the largest of the plan from now to the end of the lead time', () => {
    const oracle = oracleTrack(demand, trackOf());
    const { read } = servedOf(oracle, { leadTimeSeconds: 180 });
    // Row 7 knows 9, 10, …: at its cutoff + 30 s the window touches its steps 0 to 3.
    expect(read(cutoff(7) + 30)).toBe(12);
  });

  it('is held while stale, then unknown when the forecast ends before the lead time', () => {
    const { read } = servedOf(trackOf(Array.from({ length: 20 }, (_, i) => 11 + i)));
    expect(read(cutoff(10) + 170)).toBe(11);
    expect(read(cutoff(10) + 171)).toBe(11);
    expect(read(cutoff(10) + HORIZON * 60 - 60)).toBe(11);
    expect(read(cutoff(10) + HORIZON * 60 - 59)).toBeNaN();
    expect(read(cutoff(31) + 25)).toBe(32);
  });

  it('is unknown before the first forecast, and at once when errors are wanted', () => {
    expect(servedOf(trackOf()).read(START + 30)).toBeNaN();
    const missing = Array.from({ length: 20 }, (_, i) => 11 + i);
    const { read } = servedOf(trackOf(missing), { onStale: 'error' });
    expect(read(cutoff(10) + 170)).toBe(11);
    expect(read(cutoff(10) + 171)).toBeNaN();
  });

  it('is planned from the quantile that the policy names', () => {
    const values = trackOf().values.map((value) => value * 2);
    const track = { ...trackOf(), quantiles: { 0.9: values } };
    const planned = planTrack(kernel, track, demand, { ...POLICY, quantileLevel: 0.9 });
    expect(planned.plans[7 * HORIZON]).toBe(16);
    expect(() => planTrack(kernel, track, demand, { ...POLICY, quantileLevel: 0.8 })).toThrow(
      /no quantile 0.8/,
    );
  });
});

describe('demand on a finer grid', () => {
  it('is linear between the ends of its steps', () => {
    const coarse = { values: Float64Array.of(10, 30, Number.NaN, 8), stepSeconds: 60 };
    const fine = refineDemand({ ...coarse, startSeconds: START }, 30);
    expect([...fine.values]).toEqual([10, 10, 20, 30, Number.NaN, Number.NaN, 8, 8]);
    expect(fine.stepSeconds).toBe(30);
  });
});
