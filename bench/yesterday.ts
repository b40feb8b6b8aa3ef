import { type Demand, refineDemand } from '../src/replay/demand.ts';
import type { Outcome } from '../src/replay/outcome.ts';
import { reactivePolicy } from '../src/replay/policy.ts';
import { fineSeconds, type Period, type TrialSetup, type Trials } from '../src/replay/trials.ts';

const DAY_SECONDS = 86_400;
/** Metric of one full pod: far over KEDA's thousandths, whatever the unit of the demand is. */
const POD_UNITS = 1_000;

/** Reactive, or the demand of one day before where a pod asked for now would serve: the larger. */
export function yesterdayOf(
  trials: Trials,
  { demand, cluster, readDelaySeconds }: TrialSetup,
  leadSeconds: number,
): (period: Period, headroom: number) => Outcome {
  const { capacityPerPod } = cluster;
  const fine = refineDemand(demand, fineSeconds(demand.stepSeconds));
  const delaySeconds = readDelaySeconds - fine.stepSeconds;
  const aheadSeconds = leadSeconds - DAY_SECONDS;
  return (period, headroom) => {
    const reactive = reactivePolicy(fine, delaySeconds, { capacityPerPod, headroom });
    const scale = (POD_UNITS * headroom) / capacityPerPod;
    const read = (timeSeconds: number) => demandAt(fine, timeSeconds + aheadSeconds) * scale;
    const metrics = [...reactive.metrics, { target: POD_UNITS, read }];
    return trials.play({ name: `max(${reactive.name}, yesterday)`, metrics }, period);
  };
}

/** The demand of the step that a time lies in; the end of a step belongs to it. */
function demandAt({ values, startSeconds, stepSeconds }: Demand, timeSeconds: number): number {
  return values[Math.ceil((timeSeconds - startSeconds) / stepSeconds) - 1] ?? Number.NaN;
}
