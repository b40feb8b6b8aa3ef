import type { ReplicaBounds, ServingPolicy } from '../../src/forecast/served.ts';

/** As most tests of loops serve. */
export const SERVING: ServingPolicy & ReplicaBounds = {
  leadTimeSeconds: 60,
  staleAfterSeconds: 120,
  onStale: 'hold',
  defaultMin: 2,
  minReplicas: 2,
  maxReplicas: 50,
};
