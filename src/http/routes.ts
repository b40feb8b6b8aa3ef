import type { Clock } from '../clock.ts';
import { KedastralError } from '../errors.ts';
import { type ActiveSnapshot, servingSeconds } from '../forecast/active.ts';
import { ageSeconds, isFresh, NO_FORECAST, serve } from '../forecast/served.ts';
import type { Workloads, WorkloadView } from '../loop/workloads.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { explain } from './explain.ts';
import { leadSecondsIn, type Query, wantsAllSteps, wantsNewest, workloadIn } from './query.ts';

export interface RouteParts {
  readonly workloads: Workloads;
  readonly clock: Clock;
  readonly metrics: Metrics;
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
}

/** Every path. All answer from memory; only /metrics, which collects, is asynchronous. */
export function routesOf({
  workloads,
  clock,
  metrics,
}: RouteParts): Readonly<Record<string, Route>> {
  const nowOf = (active: ActiveSnapshot) => servingSeconds(active, clock);
  return {
    '/forecast/current': {
      parameters: ['workload', 'newest'],
      reply: (query, ifNoneMatch) => {
        const view = workloadIn(query, workloads);
        const active = wantsNewest(query) ? (view.newest ?? activeOf(view)) : activeOf(view);
        const { etag, fresh, stale } = headersOf(active);
        const headers = isFresh(active, view.serving, nowOf(active)) ? fresh : stale;
        if (ifNoneMatch === '*' || ifNoneMatch?.includes(etag)) {
          return { status: 304, body: null, headers };
        }
        return { body: active.body, headers };
      },
    },
    '/forecast/explain': {
      parameters: ['workload', 'leadTime', 'steps'],
      reply: (query) => {
        const view = workloadIn(query, workloads);
        const leadSeconds = leadSecondsIn(query, view.serving.leadTimeSeconds);
        const active = activeOf(view);
        const wish = { leadSeconds, nowSeconds: nowOf(active), allSteps: wantsAllSteps(query) };
        return { body: explain(active, view.serving, wish) };
      },
    },
    '/forecast/accuracy': {
      parameters: ['workload'],
      reply: (query) => {
        const { identity: workload, active, accuracy } = workloadIn(query, workloads);
        const drift = active?.snapshot.risk.drift ?? null;
        return { body: { workload, windowSeconds: 86_400, horizons: accuracy, drift } };
      },
    },
    '/workloads': {
      parameters: [],
      reply: () => ({
        body: { workloads: workloads.all().map((view) => describe(view, clock)) },
      }),
    },
    '/metrics': {
      parameters: [],
      reply: async () => {
        const { body, contentType } = await metrics.scrape();
        return { body, headers: { 'content-type': contentType } };
      },
    },
    '/healthz': { parameters: [], reply: () => ({ body: { status: 'alive' } }) },
    '/readyz': {
      parameters: [],
      reply: () => {
        requireServable(workloads.all(), clock);
        return { body: { status: 'ready' } };
      },
    },
  };
}

/**
 * One that can be served is enough: of many there is always one that cannot.
 *
 * @throws KedastralError forecast_pending, forecast_stale: the last one's
 */
function requireServable(views: readonly WorkloadView[], clock: Clock): void {
  let fault: unknown = null;
  for (const view of views) {
    try {
      const active = activeOf(view);
      const nowSeconds = servingSeconds(active, clock);
      serve(active, view.serving, view.serving.leadTimeSeconds, nowSeconds);
      return;
    } catch (thrown) {
      fault = thrown;
    }
  }
  if (fault) throw fault;
}

/** @throws KedastralError forecast_pending */
function activeOf(view: WorkloadView): ActiveSnapshot {
  if (view.active) return view.active;
  const reason = view.pendingReason || NO_FORECAST;
  throw new KedastralError('forecast_pending', 'loop', `${view.identity}: ${reason}`);
}

interface SnapshotHeaders {
  readonly etag: string;
  readonly fresh: Readonly<Record<string, string>>;
  readonly stale: Readonly<Record<string, string>>;
}

const preparedHeaders = new WeakMap<ActiveSnapshot, SnapshotHeaders>();

function headersOf(active: ActiveSnapshot): SnapshotHeaders {
  let prepared = preparedHeaders.get(active);
  if (!prepared) {
    const etag = `"${active.snapshot.id}-${active.generatedAtSeconds}"`;
    const fresh = { etag, 'cache-control': 'no-cache' };
    prepared = { etag, fresh, stale: { ...fresh, 'x-kedastral-stale': 'true' } };
    preparedHeaders.set(active, prepared);
  }
  return prepared;
}

function describe(view: WorkloadView, clock: Clock) {
  const { identity: workload, active, serving } = view;
  if (!active) return { workload, state: 'pending', reason: view.pendingReason };
  const nowSeconds = servingSeconds(active, clock);
  return {
    workload,
    state: isFresh(active, serving, nowSeconds) ? 'fresh' : 'stale',
    metric: active.snapshot.metric,
    generatedAt: active.snapshot.generatedAt,
    ageSeconds: ageSeconds(active, nowSeconds),
    leadTimeSeconds: serving.leadTimeSeconds,
  };
}
