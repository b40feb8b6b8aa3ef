import type { Clock } from '../clock.ts';
import type { Workloads } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface Context {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The workloads of the process and their lives. */
export interface Work {
  readonly workloads: Workloads;
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
