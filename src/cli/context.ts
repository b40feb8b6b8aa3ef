import type { Clock } from '../clock.ts';
import type { Parsed } from '../config/parse.ts';
import type { Overrides } from '../loop/overrides.ts';
import type { Workloads } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface Context {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What the work is made from. */
export interface WorkParts {
  readonly parsed: Parsed;
  /** Reads all options anew, as at the start. */
  readonly reparse: () => Promise<Parsed>;
  /** The bundle that worker threads run. */
  readonly workerUrl: URL;
}

/** The workloads of the process and their lives. */
export interface Work {
  readonly workloads: Workloads;
  readonly overrides: Overrides;
  run(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
