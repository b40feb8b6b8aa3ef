import type { CapacityPolicy } from '../src/capacity/policy.ts';

/** The sidecar's defaults. */
export const DEFAULT_POLICY: CapacityPolicy = {
  targetPerPod: 200,
  headroom: 1.2,
  quantileLevel: 0,
  minReplicas: 2,
  maxReplicas: 50,
  upMaxFactor: 2,
  downMaxPercent: 50,
};
