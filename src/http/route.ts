import type { Clock } from '../clock.ts';
import type { Overrides } from '../loop/overrides.ts';
import type { Workloads } from '../loop/workloads.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Query } from './query.ts';

export interface RouteParts {
  readonly workloads: Workloads;
  readonly overrides: Overrides;
  /** How long an override may be ordered for; absent = not at all. */
  readonly overrideMaxSeconds?: number | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** A request that changes something, and what its sender is called. */
export interface Change {
  readonly body: string;
  readonly by: string;
}

/** What a route answers with: an object becomes JSON. */
export interface Reply {
  readonly body: Buffer | string | object | null;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  /** The query parameters it takes; any other is refused. */
  readonly parameters: readonly string[];
  /** @throws KedastralError */
  readonly reply: (query: Query, ifNoneMatch: string | undefined) => Reply | Promise<Reply>;
  /** By the method, where it takes more than GET and HEAD.
   *  @throws KedastralError */
  readonly changes?: Readonly<Record<string, (query: Query, change: Change) => Promise<Reply>>>;
}
