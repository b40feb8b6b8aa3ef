import fc from 'fast-check';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { DEFAULT_POLICY } from '../policy.ts';

/** JSON has no minus zero, so no snapshot does. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
/** In the past: a store refuses what was made in the future. */
const time = fc
  .integer({ min: 0, max: 1.7e9 })
  .map((seconds) => new Date(seconds * 1_000).toISOString());

function ofSteps(steps: number) {
  const numbers = fc.array(finite, { minLength: steps, maxLength: steps });
  return fc.record({
    values: numbers,
    desiredReplicas: fc.array(fc.nat({ max: 1_000_000 }), { minLength: steps, maxLength: steps }),
    quantiles: fc.dictionary(fc.constantFrom('0.5', '0.9', '0.99'), numbers),
    plan: fc.record({
      sample: fc.option(finite),
      previous: fc.option(fc.nat()),
      policy: fc.record({
        targetPerPod: finite,
        headroom: finite,
        quantileLevel: finite,
        minReplicas: fc.constant(0),
        maxReplicas: fc.constant(1_000_000),
        upMaxFactor: finite,
        downMaxPercent: finite,
      }),
      need: numbers,
      bounded: numbers,
      raised: numbers,
    }),
  });
}

/** Any snapshot that the forecaster could make. */
export const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    steps: fc.integer({ min: 1, max: 40 }),
    stepSeconds: fc.integer({ min: 1, max: 3600 }),
  })
  .chain(({ steps, stepSeconds }) =>
    fc
      .record({
        workload: fc.constantFrom('my-api', 'shop/my-api', 'a.b.c'),
        metric: fc.string({ unit: 'grapheme', minLength: 1 }),
        generatedAt: time,
        cutoff: time,
        id: fc.string(),
        optionsId: fc.string(),
        model: fc.record({
          requested: fc.string(),
          answered: fc.string(),
          reason: fc.string({ unit: 'grapheme' }),
        }),
        risk: fc.record({
          method: fc.constantFrom('conformal' as const, 'normal' as const),
          confidence: fc.double({ min: 0, max: 1, noNaN: true }),
          errors: fc.nat(),
          effectiveErrors: finite,
          tailFrom: finite,
          drift: fc.option(
            fc.record({ excess: finite, limit: finite, isOn: fc.boolean(), ageSteps: fc.nat() }),
          ),
        }),
        peak: fc.record({
          leadTimeSeconds: finite,
          steps: fc.integer({ min: 1, max: 40 }),
          method: fc.constantFrom('conformal' as const, 'bound' as const),
          quantiles: fc.dictionary(fc.constantFrom('0.5', '0.9', '0.99'), finite),
          factor: finite,
        }),
        dataQuality: fc.record({
          points: fc.nat(),
          missing: fc.nat(),
          rejected: fc.dictionary(fc.constantFrom('nan', 'duplicate', 'late'), fc.nat()),
        }),
        arrays: ofSteps(steps),
      })
      .map(({ arrays, ...rest }) => ({
        ...rest,
        ...arrays,
        stepSeconds,
        horizonSeconds: steps * stepSeconds,
      })),
  );

export const OPTIONS_ID = 'beef';

/** One fixed snapshot of a workload. */
export function snapshotOf(workload: string, generatedAt = '2026-01-01T00:00:00.000Z'): Snapshot {
  return {
    workload,
    metric: 'http_rps',
    generatedAt,
    stepSeconds: 60,
    horizonSeconds: 120,
    values: [100.5, 101.25],
    desiredReplicas: [2, 3],
    cutoff: '2025-12-31T23:59:00.000Z',
    id: 'c0ffee',
    optionsId: OPTIONS_ID,
    quantiles: { '0.5': [100.5, 101.25], '0.9': [120, 130] },
    risk: {
      method: 'normal',
      confidence: 0,
      errors: 0,
      effectiveErrors: 0,
      tailFrom: 0,
      drift: null,
    },
    peak: { leadTimeSeconds: 60, steps: 2, method: 'bound', quantiles: { '0.9': 130 }, factor: 1 },
    model: { requested: 'baseline', answered: 'baseline', reason: '' },
    dataQuality: { points: 100, missing: 1, rejected: { nan: 1 } },
    plan: {
      sample: 99,
      previous: 2,
      policy: DEFAULT_POLICY,
      need: [0.6, 0.7],
      bounded: [2, 2],
      raised: [2, 3],
    },
  };
}
