import type { Clock } from '../clock.ts';
import { KedastralError } from '../errors.ts';
import { type ActiveSnapshot, servingSeconds } from '../forecast/active.ts';
import { ageSeconds, bounded, isFresh, NO_FORECAST } from '../forecast/served.ts';
import { servedOf, type WorkloadView } from '../loop/workloads.ts';
import { explain, explainOrder } from './explain.ts';
import { overrideRoute } from './override-route.ts';
import { leadSecondsIn, wantsAllSteps, wantsNewest, workloadIn } from './query.ts';
import type { Route, RouteParts } from './route.ts';

/**
 * Every path. All answer from memory; asynchronous are /metrics, which collects, and changes, which
 * go to the store.
 */
export function routesOf(parts: RouteParts): Readonly<Record<string, Route>> {
  const { workloads, overrides, clock, metrics } = parts;
  const nowOf = (active: ActiveSnapshot | null) => servingSeconds(active, clock);
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
        const allSteps = wantsAllSteps(query);
        const override = bounded(overrides.of(view.identity), view.serving);
        const wish = { leadSeconds, nowSeconds: nowOf(view.active), allSteps, override };
        const isOrder = !view.active && override?.kind === 'replicas';
        const body = isOrder
          ? explainOrder(view, override, wish)
          : explain(activeOf(view), view.serving, wish);
        return { body };
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
    '/override': overrideRoute(parts),
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
        requireServable(parts);
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
function requireServable({ workloads, overrides, clock }: RouteParts): void {
  let fault: unknown = null;
  for (const view of workloads) {
    try {
      const { identity, serving } = view;
      servedOf(view, overrides.of(identity), serving.leadTimeSeconds, clock);
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
