import { isWithin, type Tolerances } from '../capacity/deadband.ts';
import type { HpaMetric } from './hpa-spec.ts';
import { INT32_MAX, toInt32 } from './int32.ts';

/** Go's MaxInt64 as float64. */
const INT64_MAX = 2 ** 63;

/** Pods as the replica calculator counts them. */
export interface Pods {
  /** Pods that exist. */
  readonly pods: number;
  readonly readyPods: number;
}

/**
 * Replicas that one external metric proposes (replica_calculator.go), before any window or rate.
 *
 * @param valueMilli the metric in thousandths
 * @param spec spec.replicas and `status` status.replicas, as read when the sync began
 * @param now the pods after the query; only Value looks at them
 * @returns NaN when the controller reports an error: Value without any pod
 */
export function proposal(
  metric: HpaMetric,
  valueMilli: number,
  spec: number,
  status: number,
  now: Pods,
  tolerances: Tolerances,
): number {
  if (metric.type === 'AverageValue') {
    // A negative sum is taken for an overflow of 64 bits, and becomes the largest number.
    const usage = valueMilli < 0 ? INT64_MAX : valueMilli;
    if (isWithin(tolerances, usage / (metric.targetMilli * status))) return status;
    return Math.min(Math.ceil(usage / metric.targetMilli), INT32_MAX);
  }
  const ratio = valueMilli / metric.targetMilli;
  if (spec === 0) return toInt32(Math.ceil(ratio));
  if (isWithin(tolerances, ratio)) return spec;
  if (now.pods === 0) return Number.NaN;
  return toInt32(Math.min(Math.ceil(ratio * now.readyPods), INT32_MAX));
}
