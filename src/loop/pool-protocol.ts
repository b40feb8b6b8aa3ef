import type { Options } from '../config/options.ts';
import type { Component, FaultCode } from '../errors.ts';
import type { HorizonAccuracy } from '../forecast/accuracy.ts';
import type { Snapshot } from '../forecast/snapshot.ts';

/** What is said between the process and its worker threads. A key is a workload's, used once. */
export type PoolRequest =
  | { readonly kind: 'add'; readonly key: number; readonly options: Options }
  | (Work & { readonly key: number })
  | { readonly kind: 'stop'; readonly key: number }
  | { readonly kind: 'remove'; readonly key: number }
  | { readonly kind: 'ping' };

/** What a forecaster is asked to do at a tick: a call of its method of that name. */
export type Work =
  | { readonly kind: 'forecast' | 'refresh'; readonly tickSeconds: number }
  | { readonly kind: 'renew'; readonly tickSeconds: number; readonly snapshot: Snapshot };

export type PoolReply =
  | { readonly kind: 'pong' }
  | ({ readonly kind: 'done'; readonly key: number; readonly snapshot: Snapshot | null } & Beside)
  | ({ readonly kind: 'failed'; readonly key: number; readonly fault: PlainFault } & Beside);

/** What came about beside a forecast. */
export interface Beside {
  readonly accuracy: readonly HorizonAccuracy[];
  readonly counted: readonly Counted[];
  readonly warnings: readonly string[];
}

/** A call of a method of WorkloadMetrics, to be repeated where the metrics are. */
export type Counted = readonly [method: string, ...args: unknown[]];

/** A KedastralError as it passes between threads. */
export interface PlainFault {
  readonly code: FaultCode;
  readonly component: Component;
  readonly message: string;
}

/** The data that tells the bundle that it was started as a worker of the pool. */
export const POOL_WORKER_DATA = 'kedastral-forecast-worker';
