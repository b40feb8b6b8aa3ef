import fc from 'fast-check';
import type { Samples } from '../../src/adapters/adapter.ts';
import type { CapacityPolicy } from '../../src/capacity/policy.ts';
import type { FaultCode } from '../../src/errors.ts';
import { History } from '../../src/features/history.ts';
import { Forecaster } from '../../src/forecast/forecaster.ts';
import { DEFAULT_LEVELS } from '../../src/forecast/quantiles.ts';
import { ladderFor } from '../../src/models/ladder.ts';
import { createModel } from '../../src/models/registry.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/storage/codec.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { CUTOFF_SECONDS } from '../faces.ts';
import { loadKernel } from '../kernel.ts';
import { MODEL_OPTIONS } from '../models/options.ts';
import { DEFAULT_POLICY } from '../policy.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { accepted, claim, type Opened, type Target } from './target.ts';

const STEP = 300;
const HISTORY = { stepSeconds: STEP, historySeconds: 86_400, windowSeconds: 1_800 };
const FAULTS: readonly FaultCode[] = [
  'adapter_late',
  'adapter_no_data',
  'sample_doubtful',
  'series_not_finite',
];
const NASTY = [0, -0, -1, 1e-300, 1e15, 1e16, 1.7e308, -1e15, Number.NaN, Number.POSITIVE_INFINITY];

/** A day of samples, spoilt at any place, and a policy that the options would take. */
interface Spoilt {
  readonly spoilt: readonly (readonly [at: number, offsetSeconds: number, value: number])[];
  readonly policy: CapacityPolicy;
}

const values = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...NASTY));
const policies = fc
  .record({
    targetPerPod: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    headroom: fc.double({ min: 0.1, max: 10, noNaN: true }),
    quantileLevel: fc.constantFrom(0, 0.5, 0.9),
    minReplicas: fc.nat({ max: 20 }),
    room: fc.nat({ max: 1_000_000 - 20 }),
    upMaxFactor: fc.double({ min: 1.001, max: 1e6, noNaN: true }),
    downMaxPercent: fc.double({ min: 0, max: 100, noNaN: true }),
  })
  .map(({ room, ...rest }) => ({ ...rest, maxReplicas: Math.max(1, rest.minReplicas + room) }));
const inputs: fc.Arbitrary<Spoilt> = fc.record({
  spoilt: fc.array(fc.tuple(fc.nat({ max: 288 }), fc.integer({ min: -700, max: 700 }), values), {
    maxLength: 300,
  }),
  policy: fc.oneof(fc.constant(DEFAULT_POLICY), policies),
});

function samplesOf({ spoilt }: Spoilt): Samples {
  const spoiltAt = new Map(spoilt.map((each) => [each[0], each]));
  const times: number[] = [];
  const found: number[] = [];
  for (let k = 0; k <= 288; k++) {
    const timeSeconds = CUTOFF_SECONDS - (288 - k) * STEP;
    const [, offsetSeconds, value] = spoiltAt.get(k) ?? [k, 0, 500 + (k % 12) * 20];
    times.push(timeSeconds + offsetSeconds);
    found.push(value);
  }
  return { timesSeconds: Float64Array.from(times), values: Float64Array.from(found), warnings: [] };
}

/** From samples to the snapshot: whatever is measured, the plan is one that the policy allows. */
const forecast: Target<Spoilt> = {
  name: 'forecast',
  weight: 1,
  inputs,
  open: async (): Promise<Opened<Spoilt>> => {
    const kernel = await loadKernel();
    const clock = new VirtualClock(CUTOFF_SECONDS * 1_000);
    const metrics = new Metrics(clock, '0.0.0').forWorkload('my-api');
    const ladder = ladderFor('baseline').map((name) => createModel(name, kernel, MODEL_OPTIONS));
    return {
      check: async (input) => {
        const { policy } = input;
        const adapter = { name: 'fuzz', collect: async () => samplesOf(input) };
        const forecaster = new Forecaster(
          {
            ...{ workload: 'my-api', metric: 'http_rps', stepSeconds: STEP, horizonSteps: 12 },
            ...{ settleSeconds: 5, policy, quantileLevels: DEFAULT_LEVELS, leadTimeSeconds: 300 },
            ...{ tickAgeMaxSeconds: 120, optionsId: 'fuzz', deadbandProof: true },
          },
          {
            ...{ kernel, adapter, history: new History(HISTORY), up: null, ladder, clock, metrics },
            onWarning: () => undefined,
          },
        );
        const never = new AbortController().signal;
        const make = () => forecaster.forecast(CUTOFF_SECONDS + 10, never);
        const snapshot = await accepted(make, FAULTS);
        if (!snapshot) return;
        decodeSnapshot(encodeSnapshot(snapshot), 'my-api');
        const low = snapshot.quantiles['0.5'] as readonly number[];
        const high = snapshot.quantiles['0.9'] as readonly number[];
        claim(
          low.every((value, i) => value <= (high[i] as number)),
          'quantiles ascend',
        );
      },
    };
  },
};

export const FORECAST_TARGETS = [forecast];
