import type { HorizonAccuracy } from '../src/forecast/accuracy.ts';
import type { ActiveSnapshot } from '../src/forecast/active.ts';
import type { ReplicaBounds, ServingPolicy } from '../src/forecast/served.ts';
import type { HttpParts } from '../src/http/app.ts';
import { Overrides } from '../src/loop/overrides.ts';
import { Workloads, type WorkloadView } from '../src/loop/workloads.ts';
import { MemoryStore } from '../src/storage/memory.ts';
import { createLogger } from '../src/telemetry/log.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { activeSnapshot } from './snapshots.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A Friday's midnight; the snapshots of the faces' tests have their cutoff here. */
export const CUTOFF_SECONDS = 1_767_916_800;
export const STEP_SECONDS = 60;

/** Options of both faces, without TLS and tokens. */
export const PLAIN = {
  identity: 'my-api',
  role: 'all',
  mode: 'live',
  overrideMaxSeconds: 86_400,
  tlsCertFile: null,
  tlsKeyFile: null,
  tlsClientCaFile: null,
  httpTokenFile: null,
  httpTokenAll: false,
} as const;

export class TestWorkload implements WorkloadView {
  active: ActiveSnapshot | null = null;
  pendingReason = '';
  accuracy: readonly HorizonAccuracy[] = [];
  serving: ServingPolicy & ReplicaBounds = {
    minReplicas: 0,
    maxReplicas: 100,
    leadTimeSeconds: 120,
    staleAfterSeconds: 120,
    onStale: 'hold',
    defaultMin: 2,
  };

  constructor(readonly identity: string) {}

  /** Puts a snapshot in force that was made at the cutoff. */
  forecast(...replicas: readonly number[]): this {
    this.active = activeSnapshot({
      workload: this.identity,
      cutoffSeconds: CUTOFF_SECONDS,
      generatedAtSeconds: CUTOFF_SECONDS,
      stepSeconds: STEP_SECONDS,
      replicas,
    });
    return this;
  }
}

export interface Faces extends HttpParts {
  readonly clock: VirtualClock;
  readonly lines: readonly Record<string, unknown>[];
}

/** What both faces are made of: these workloads, at the cutoff, with a log that can be read. */
export function facesOf(...workloads: readonly WorkloadView[]): Faces {
  const clock = new VirtualClock(CUTOFF_SECONDS * 1000);
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level: 'debug',
    format: 'json',
    name: 'test',
    clock,
    write: (line) => lines.push(JSON.parse(line)),
  });
  const metrics = new Metrics(clock, '1.2.3');
  const overrides = new Overrides({ store: new MemoryStore(), clock, metrics, log });
  metrics.observe(workloads, overrides);
  return { workloads: new Workloads(workloads), overrides, clock, metrics, log, lines };
}
