import type { Kernel } from '../wasm/kernel.ts';
import type { CapacityPolicy } from './policy.ts';

/** Each stage of the plan, one element per forecast step (assembly/capacity/planner.ts). */
export interface CapacityPlan {
  /** Replicas in force at the cutoff, or null when nothing was observed. */
  readonly previous: number | null;
  readonly need: Float64Array;
  readonly bounded: Float64Array;
  readonly raised: Float64Array;
  readonly replicas: Float64Array;
  /** Of the last observed steps, as many as were asked for and there are, oldest first. */
  readonly past: Float64Array;
}

const UNCLAMPED_START = -1;

/**
 * Plans replicas for `demand`.
 *
 * The clamps of step 0 start from what the same planner says of the observed steps, so the plan
 * depends on the samples alone: a restart and an unbroken run agree.
 *
 * @param observed values up to the cutoff, oldest first, NaN = missing
 * @param demand of each forecast step: the median, or what a quantile is planned for; finite
 * @param pastSteps how many of the observed steps' replicas to give
 */
export function planCapacity(
  kernel: Kernel,
  policy: CapacityPolicy,
  observed: Float64Array,
  demand: Float64Array,
  pastSteps = 0,
): CapacityPlan {
  const headroom = policy.quantileLevel > 0 ? 1 : policy.headroom;
  const run = (values: Float64Array, previous: number): void => {
    kernel.write('demandPtr', activating(values, policy));
    kernel.call((guest) =>
      guest.plan(
        values.length,
        headroom,
        policy.targetPerPod,
        policy.minReplicas,
        policy.maxReplicas,
        policy.upMaxFactor,
        policy.downMaxPercent,
        previous,
      ),
    );
  };

  let previous: number | null = null;
  let past = new Float64Array();
  if (observed.some((value) => !Number.isNaN(value))) {
    run(observed, UNCLAMPED_START);
    previous = kernel.readAt('planPtr', observed.length - 1);
    const first = Math.max(0, observed.length - pastSteps);
    past = Float64Array.from(observed.subarray(first), (_, i) =>
      kernel.readAt('planPtr', first + i),
    );
  }
  run(demand, previous ?? UNCLAMPED_START);
  const steps = demand.length;
  return {
    previous,
    need: kernel.read('needPtr', steps),
    bounded: kernel.read('boundedPtr', steps),
    raised: kernel.read('raisedPtr', steps),
    replicas: kernel.read('planPtr', steps),
    past,
  };
}

/** The demand without what no pod is started for. */
function activating(values: Float64Array, { activationDemand }: CapacityPolicy): Float64Array {
  if (activationDemand === undefined) return values;
  return values.map((value) => (value <= activationDemand ? 0 : value));
}
