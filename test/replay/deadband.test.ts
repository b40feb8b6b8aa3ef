import { beforeAll, expect, it } from 'vitest';
import type { Demand } from '../../src/replay/demand.ts';
import { TICK_DEFAULTS } from '../../src/replay/forecast-policy.ts';
import { CLUSTER_DEFAULTS } from '../../src/replay/scenario.ts';
import { oracleTrack } from '../../src/replay/track.ts';
import { Trials } from '../../src/replay/trials.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await loadKernel();
});

const STEPS = 960;
/** Twelve to 28 pods of 100, up and down in six hours: a pod every few minutes. */
const demand: Demand = {
  values: Float64Array.from(
    { length: STEPS },
    (_, i) => 2_000 - 800 * Math.cos((i * Math.PI) / 180),
  ),
  stepSeconds: 60,
  startSeconds: 1_700_000_040,
};
const BOUNDS = { minReplicas: 2, maxReplicas: 60 };
const PERIOD = { from: 240, to: STEPS };

/** With perfect foresight, and reactive. */
function played(deadbandProof: boolean) {
  const trials = new Trials(kernel, {
    ...{ demand, deadbandProof, ticks: TICK_DEFAULTS, readDelaySeconds: 15 },
    cluster: { ...CLUSTER_DEFAULTS, ...BOUNDS, capacityPerPod: 100, podReadySeconds: 60 },
    capacity: { ...BOUNDS, targetPerPod: 100, upMaxFactor: 100, downMaxPercent: 100 },
    serving: { staleAfterSeconds: 120, onStale: 'hold', defaultMin: 2 },
  });
  const track = oracleTrack(demand, { firstStep: 0, rows: STEPS, horizonSteps: 12 });
  const forecast = { headroom: 1, quantileLevel: 0, leadTimeSeconds: 300 };
  return {
    ours: trials.run(track, PERIOD, { forecast, reactiveHeadroom: null }),
    rival: trials.reactive(PERIOD, 1),
  };
}

it('replay plays deadband-proof on both sides: what the HPA ignored is served', () => {
  const [off, on] = [played(false), played(true)];
  expect(off.ours.shortMinutes).toBeGreaterThan(20);
  expect(on.ours.shortMinutes).toBeLessThan(off.ours.shortMinutes / 10);
  expect(on.ours.podHours).toBeLessThan(1.06 * off.ours.podHours);
  expect(on.rival.unservedTotal).toBeLessThan(off.rival.unservedTotal / 2);
});
