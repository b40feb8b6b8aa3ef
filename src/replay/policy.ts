import { liftOver } from '../capacity/deadband.ts';
import type { Demand } from './demand.ts';

/** One external metric with its AverageValue target. */
export interface PolicyMetric {
  readonly target: number;
  /**
   * The metric as it reads at a time in epoch seconds, while so many pods exist; NaN when it cannot
   * be read. Pure.
   */
  read(timeSeconds: number, pods: number): number;
}

/** A way of scaling: what its triggers tell the HPA. Several are the HPA's maximum. */
export interface Policy {
  readonly name: string;
  readonly metrics: readonly PolicyMetric[];
}

/**
 * The demand as a metrics system tells it: the last step that has ended.
 *
 * @param delaySeconds how long after the end of a step its value can be read
 */
export function readDemand(demand: Demand, delaySeconds: number): (time: number) => number {
  const { values, startSeconds, stepSeconds } = demand;
  return (timeSeconds) => {
    const ended = Math.floor((timeSeconds - delaySeconds - startSeconds) / stepSeconds) - 1;
    return values[ended] ?? Number.NaN;
  };
}

/** Metric of one full pod: far over KEDA's thousandths, whatever the unit of the demand is. */
const POD_UNITS = 1_000;

/** The HPA on the raw metric, `headroom` times what the demand needs. */
export function reactivePolicy(
  demand: Demand,
  delaySeconds: number,
  { capacityPerPod, headroom }: { readonly capacityPerPod: number; readonly headroom: number },
): Policy {
  const name = headroom === 1 ? 'reactive' : `reactive × ${Number(headroom.toFixed(3))}`;
  const read = readDemand(demand, delaySeconds);
  const scale = (POD_UNITS * headroom) / capacityPerPod;
  const metric = { target: POD_UNITS, read: (time: number) => read(time) * scale };
  return { name, metrics: [metric] };
}

/** A policy whose increases that the HPA would ignore are lifted, over the pods there are. */
export function deadbandProof({ name, metrics }: Policy, maxReplicas: number): Policy {
  const proof = ({ target, read }: PolicyMetric): PolicyMetric => ({
    target,
    read: (timeSeconds, pods) => {
      const value = read(timeSeconds, pods);
      const replicas = Math.ceil(value / target);
      const lifted = liftOver(replicas, [pods], maxReplicas);
      return lifted > replicas ? lifted * target : value;
    },
  });
  return { name, metrics: metrics.map(proof) };
}

/** A fixed number of replicas. */
export function staticPolicy(replicas: number): Policy {
  return { name: `static ${replicas}`, metrics: [{ target: 1, read: () => replicas }] };
}
