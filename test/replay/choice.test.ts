import { beforeAll, describe, expect, it } from 'vitest';
import { chooseSettings, forecastCandidates } from '../../src/replay/choice.ts';
import { compare, headroomAtPodHours, headroomAtUnserved } from '../../src/replay/compare.ts';
import type { Demand } from '../../src/replay/demand.ts';
import { TICK_DEFAULTS } from '../../src/replay/forecast-policy.ts';
import type { Outcome } from '../../src/replay/outcome.ts';
import { CLUSTER_DEFAULTS } from '../../src/replay/scenario.ts';
import { type ForecastTrack, oracleTrack } from '../../src/replay/track.ts';
import { type TrialSetup, Trials } from '../../src/replay/trials.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';

const START = 1_699_920_000;
const DAY_STEPS = 288;
const DAYS = 4;

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

/** Jumps from 20 to 200 each day at noon, for four hours. */
const demand: Demand = {
  values: Float64Array.from({ length: DAYS * DAY_STEPS }, (_, i) => {
    const step = i % DAY_STEPS;
    return step >= 144 && step < 192 ? 200 : 20 + (i % 7);
  }),
  stepSeconds: 300,
  startSeconds: START,
};

const BOUNDS = { minReplicas: 2, maxReplicas: 60 };
const setup: TrialSetup = {
  demand,
  cluster: { ...CLUSTER_DEFAULTS, ...BOUNDS, capacityPerPod: 5, podReadySeconds: 180 },
  capacity: { ...BOUNDS, targetPerPod: 5, upMaxFactor: 100, downMaxPercent: 100 },
  serving: { staleAfterSeconds: 120, onStale: 'hold', defaultMin: 2 },
  ticks: TICK_DEFAULTS,
  readDelaySeconds: 15,
};
const ROWS = { firstStep: 0, rows: DAYS * DAY_STEPS, horizonSteps: 12 };
const first = { from: DAY_STEPS, to: 2 * DAY_STEPS };
const rest = { from: 2 * DAY_STEPS, to: DAYS * DAY_STEPS };

/** Says that nothing ever changes. */
function blindTrack(): ForecastTrack {
  const { rows, horizonSteps } = ROWS;
  const values = Float64Array.from({ length: rows * horizonSteps }, (_, i) => {
    return demand.values[Math.floor(i / horizonSteps)] as number;
  });
  return { ...ROWS, model: 'blind', values, quantiles: {} };
}

function choiceOf(track: ForecastTrack) {
  return chooseSettings(new Trials(kernel, setup), track, {
    ...{ period: first, budgetHeadroom: 1.2, gainMin: 0.03 },
    candidates: forecastCandidates(180, 300, []),
  });
}

describe('the choice of settings', () => {
  it('takes a forecast that knows the rise, at the cost of reactive scaling', () => {
    const { settings, outcome, reactive } = choiceOf(oracleTrack(demand, ROWS));
    expect(settings.forecast).not.toBeNull();
    expect(outcome.unservedTotal).toBeLessThan(reactive.unservedTotal / 2);
    expect(Math.abs(outcome.podHours / reactive.podHours - 1)).toBeLessThan(0.01);
  });

  it('stays reactive when the forecast knows nothing', () => {
    const { settings } = choiceOf(blindTrack());
    expect(settings).toEqual({ forecast: null, reactiveHeadroom: 1.2 });
  });
});

describe('the fair rival', () => {
  it('costs what ours costs, or loses what ours loses', () => {
    const trials = new Trials(kernel, setup);
    const oracle = oracleTrack(demand, ROWS);
    const ours = trials.run(oracle, rest, choiceOf(oracle).settings);
    const result = compare(ours, (headroom) => trials.reactive(rest, headroom));
    // Whole pods: where the cost jumps, the rival gets the dearer side.
    expect(result.rival.podHours / ours.podHours).toBeGreaterThan(0.999);
    expect(result.rival.podHours / ours.podHours).toBeLessThan(1.02);
    expect(result.unservedRemoved).toBeGreaterThan(0.5);
    expect(result.podHoursRatio).toBeLessThan(0.9);
  });

  it('is even with itself', () => {
    const trials = new Trials(kernel, setup);
    const reactive = (headroom: number) => trials.reactive(rest, headroom);
    const result = compare(reactive(1.3), reactive);
    expect(result.unservedRemoved).toBeCloseTo(0, 1);
    expect(result.podHoursRatio).toBeCloseTo(1, 1);
  });

  it('is found by bisection', () => {
    const reactive = (headroom: number) =>
      ({ podHours: 10 * headroom, unservedTotal: Math.max(0, 30 - 10 * headroom) }) as Outcome;
    expect(headroomAtPodHours(17, reactive)).toBeCloseTo(1.7, 2);
    expect(headroomAtUnserved(5, reactive)).toBeCloseTo(2.5, 2);
    expect(headroomAtUnserved(-1, reactive)).toBeNull();
  });
});
