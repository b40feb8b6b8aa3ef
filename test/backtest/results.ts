import type { ModelResult, PolicyRole, SeriesResult } from '../../src/backtest/result.ts';
import type { Outcome } from '../../src/replay/outcome.ts';

const PEAK = { underRate: 0.5, under: 0.1, over: 0.1 };

/** What a policy came to, with some numbers set. */
export function outcome(some: Partial<Outcome> = {}): Outcome {
  return {
    policy: 'reactive',
    durationSeconds: 86_400,
    podHours: 100,
    demandTotal: 1e6,
    unservedTotal: 1e3,
    unservedShare: 1e-3,
    shortMinutes: 10,
    shortDepthMean: 0.1,
    shortDepthMax: 0.4,
    utilisationP99: 1.1,
    scaleUps: 5,
    scaleDowns: 6,
    replicasMax: 9,
    replicasMin: 2,
    peakLeadSeconds: null,
    timeline: null,
    ...some,
  };
}

export function modelResult(some: Partial<ModelResult> = {}): ModelResult {
  const scores = { skill: 0.2, skillFirst: 0.3, skillEarly: 0.3, mae: 4, naiveMae: 5, wape: 0.2 };
  return {
    model: 'baseline',
    ...scores,
    accuracy: 0.8,
    mase: 0.8,
    spl: 0.2,
    coverage: [{ level: 0.9, observed: 0.91 }],
    peak: PEAK,
    peak90: PEAK,
    byHorizon: [],
    byHour: [],
    fitMs: 1,
    fitMsP95: 2,
    origins: 3,
    refused: 0,
    refusal: '',
    fans: [],
    track: null,
    trackUpper: null,
    ...some,
  };
}

export function seriesResult({
  models = [modelResult()],
  policies = [],
}: {
  models?: readonly ModelResult[];
  policies?: readonly (readonly [PolicyRole, string, Outcome])[];
}): SeriesResult {
  return {
    ...{
      name: 'a',
      stepSeconds: 60,
      startSeconds: 0,
      values: Float64Array.of(1, 2, Number.NaN, 4),
    },
    ...{ horizonSteps: 1, windowSteps: 2, leadSteps: 1, cutoffs: [2] },
    models,
    replay: {
      ...{ fromSeconds: 0, toSeconds: 240, targetPerPod: 1, targetFrom: 'as given' },
      ...{ podStartSeconds: 60, minReplicas: 2, maxReplicas: 9 },
      policies: policies.map(([role, model, played]) => ({
        ...{ role, model, headroom: 1, comparison: null },
        outcome: played,
      })),
      comparison: null,
    },
    tune: null,
  };
}
