import { beforeEach, expect, it } from 'vitest';
import { activate } from '../../src/forecast/active.ts';
import { CUTOFF_SECONDS, type Faces, facesOf, TestWorkload } from '../faces.ts';
import { snapshotOf } from '../snapshots.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { ask } from './ask.ts';

const POLICY = {
  targetPerPod: 100,
  headroom: 1,
  quantileLevel: 0.9,
  minReplicas: 2,
  maxReplicas: 10,
  upMaxFactor: 2,
  downMaxPercent: 50,
};
/** By hand for POLICY: 8 pods at the cutoff, a quiet step, then a rise over the maximum. */
const STAGES = {
  sample: 790,
  previous: 8,
  policy: POLICY,
  need: [0.5, 2.0000000001, 3.2, 12, 12],
  bounded: [2, 2, 4, 10, 10],
  raised: [2, 3, 5, 10, 10],
};
const REPLICAS = [4, 3, 5, 10, 10];

let faces: Faces;
let api: TestWorkload;

// biome-ignore lint/suspicious/noExplicitAny: the answer's shape is what is tested
async function explained(query = ''): Promise<any> {
  return (await ask(faces, `/forecast/explain${query}`)).json();
}

beforeEach(() => {
  api = new TestWorkload('my-api');
  const snapshot = snapshotOf({
    cutoffSeconds: CUTOFF_SECONDS,
    generatedAtSeconds: CUTOFF_SECONDS,
    stepSeconds: 60,
    replicas: REPLICAS,
  });
  const high = [50, 200, 320, 1200, 1200];
  const quantiles = { '0.5': high.map((value) => value / 2), '0.9': high };
  const values = quantiles['0.5'];
  const peak = { ...snapshot.peak, factor: 1.5 };
  const made = { ...snapshot, values, quantiles, peak, plan: STAGES };
  api.active = activate(made, new VirtualClock(CUTOFF_SECONDS * 1000));
  faces = facesOf(api);
});

it('leads from the sample to what is served', async () => {
  await faces.clock.advance(61_500);
  const answer = await explained();
  expect(answer).toMatchObject({
    workload: 'my-api',
    now: '2026-01-09T00:01:01.500Z',
    cutoff: '2026-01-09T00:00:00.000Z',
    observed: { sample: 790, previousReplicas: 8 },
    policy: POLICY,
    freshness: { ageSeconds: 61.5, staleAfterSeconds: 120, isFresh: true, onStale: 'hold' },
    window: {
      leadTimeSeconds: 120,
      from: 1,
      to: 3,
      covered: true,
      start: '2026-01-09T00:01:00.000Z',
      end: '2026-01-09T00:04:00.000Z',
    },
    served: { replicas: 10, isActive: true, state: 'fresh' },
  });
  expect(answer.steps.map((step: { step: number }) => step.step)).toEqual([1, 2, 3]);
  expect(answer.steps[0]).toEqual({
    step: 1,
    start: '2026-01-09T00:01:00.000Z',
    end: '2026-01-09T00:02:00.000Z',
    isInWindow: true,
    value: 100,
    quantile: { level: 0.9, value: 200, planned: 250 },
    need: 2.0000000001,
    ceil: 2,
    bounded: 2,
    raised: 3,
    replicas: 3,
    clamps: ['up-backward'],
  });
});

it('shows every step on request, each with the clamps that changed it', async () => {
  const { steps } = await explained('?steps=all');
  expect(steps.map((step: { clamps: string[] }) => step.clamps)).toEqual([
    ['min', 'down-forward'],
    ['up-backward'],
    ['up-backward'],
    ['max'],
    ['max'],
  ]);
  expect(steps.map((step: { isInWindow: boolean }) => step.isInWindow)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it('takes another lead time, and refuses what is none', async () => {
  expect((await explained('?leadTime=0s')).window).toMatchObject({ from: 0, to: 0 });
  expect((await explained('?leadTime=5m')).window).toMatchObject({ fitsHorizon: true });
  expect((await explained('?leadTime=6m')).window).toMatchObject({
    to: 4,
    covered: false,
    fitsHorizon: false,
  });
  expect((await explained('?leadTime=soon')).error.code).toBe('parameter_invalid');
  expect((await explained('?steps=some')).error.code).toBe('parameter_invalid');
});

it('says why nothing is served', async () => {
  await faces.clock.advance(290_000);
  const { served, freshness } = await explained();
  expect(freshness.isFresh).toBe(false);
  expect(served.error.code).toBe('forecast_stale');
  expect(served.error.message).toContain('290 s old');
});

it('shows the lifts of deadband-proof, the reactive floor and an order', async () => {
  const snapshot = snapshotOf({
    cutoffSeconds: CUTOFF_SECONDS,
    generatedAtSeconds: CUTOFF_SECONDS,
    stepSeconds: 60,
    replicas: [4, 3, 6, 10, 10],
  });
  const deadband = { present: [5], from: 'query', without: REPLICAS } as const;
  const at = '2026-01-09T00:00:00.000Z';
  const reactive = { at, value: 610.5, need: 6.105, bounded: 7, replicas: 7 };
  api.active = activate({ ...snapshot, plan: STAGES, deadband, reactive }, faces.clock);
  await faces.overrides.set('my-api', {
    ...{ kind: 'atLeast', replicas: 9, at, by: 'a1b2c3d4' },
    until: '2026-01-09T01:00:00Z',
  });
  const answer = await explained('?leadTime=1m');
  expect(answer).toMatchObject({
    deadband: { present: [5], from: 'query' },
    reactive: { ...reactive, ceil: 7, counts: true },
    override: { kind: 'atLeast', replicas: 9 },
    served: { replicas: 9, isActive: true, state: 'fresh', forecast: 4, reactive: 7 },
  });
  const { steps } = await explained('?steps=all');
  expect(steps[2]).toMatchObject({ planned: 5, replicas: 6 });
  expect(steps.map(({ clamps }: { clamps: string[] }) => clamps.includes('deadband'))).toEqual([
    ...[false, false, true, false, false],
  ]);
});
