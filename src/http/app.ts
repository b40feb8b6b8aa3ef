import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { Clock } from '../clock.ts';
import { asFault, FAULTS, KedastralError } from '../errors.ts';
import type { ActiveSnapshot } from '../forecast/active.ts';
import { ageSeconds, isFresh, serve } from '../forecast/served.ts';
import type { Workloads, WorkloadView } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics, WorkloadMetrics } from '../telemetry/metrics.ts';
import { explain } from './explain.ts';
import { leadSecondsIn, parseQuery, type Query, wantsAllSteps, workloadIn } from './query.ts';

export interface HttpParts {
  readonly workloads: Workloads;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What a route answers with: an object becomes JSON. */
interface Reply {
  readonly body: Buffer | string | object | null;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  readonly parameters: readonly string[];
  readonly reply: (query: Query, request: Context['req']) => Reply | Promise<Reply>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const METHODS = 'GET, HEAD';
/** A forecast comes with the next tick or the one after. */
const RETRY_AFTER_SECONDS = '10';
/** What is taken for a request id from outside; it ends up in a header and in the log. */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** The HTTP face. It reads the snapshots in memory: only /metrics, which collects, is asynchronous. */
export function createApp(parts: HttpParts): Hono {
  const app = new Hono();
  for (const [path, route] of Object.entries(routes(parts))) {
    app.get(path, (context) => answer(parts, context, route));
    app.all(path, (context) => {
      const message = `${path} takes ${METHODS}`;
      return refuse(parts, context, new KedastralError('method_unknown', 'http', message));
    });
  }
  app.notFound((context) => {
    const message = `there is no ${context.req.path.slice(0, 200)}`;
    return refuse(parts, context, new KedastralError('route_unknown', 'http', message));
  });
  app.onError((thrown, context) => refuse(parts, context, thrown));
  return app;
}

function routes(parts: HttpParts): Readonly<Record<string, Route>> {
  const { workloads, clock, metrics } = parts;
  const nowSeconds = () => clock.nowMs() / 1000;
  return {
    '/forecast/current': {
      parameters: ['workload'],
      reply: (query, request) => {
        const view = workloadIn(query, workloads);
        const active = activeOf(view);
        const { etag, fresh, stale } = headersOf(active);
        const headers = isFresh(active, view.serving, nowSeconds()) ? fresh : stale;
        const isKnown = request.header('if-none-match') === etag;
        return isKnown ? { status: 304, body: null, headers } : { body: active.body, headers };
      },
    },
    '/forecast/explain': {
      parameters: ['workload', 'leadTime', 'steps'],
      reply: (query) => {
        const view = workloadIn(query, workloads);
        const leadSeconds = leadSecondsIn(query, view.serving.leadTimeSeconds);
        const wish = { leadSeconds, nowSeconds: nowSeconds(), allSteps: wantsAllSteps(query) };
        return { body: explain(activeOf(view), view.serving, wish) };
      },
    },
    '/workloads': {
      parameters: [],
      reply: () => ({
        body: { workloads: workloads.all().map((view) => describe(view, nowSeconds())) },
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
        for (const view of workloads.all()) {
          serve(activeOf(view), view.serving, view.serving.leadTimeSeconds, nowSeconds());
        }
        return { body: { status: 'ready' } };
      },
    },
  };
}

/** @throws KedastralError forecast_pending */
function activeOf(view: WorkloadView): ActiveSnapshot {
  if (view.active) return view.active;
  const reason = view.pendingReason || 'no forecast has been made yet';
  throw new KedastralError('forecast_pending', 'http', `${view.identity}: ${reason}`);
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
    const fresh = { 'content-type': JSON_TYPE, etag, 'cache-control': 'no-cache' };
    prepared = { etag, fresh, stale: { ...fresh, 'x-kedastral-stale': 'true' } };
    preparedHeaders.set(active, prepared);
  }
  return prepared;
}

function describe(view: WorkloadView, nowSeconds: number) {
  const { identity: workload, active, serving } = view;
  if (!active) return { workload, state: 'pending', reason: view.pendingReason };
  return {
    workload,
    state: isFresh(active, serving, nowSeconds) ? 'fresh' : 'stale',
    metric: active.snapshot.metric,
    generatedAt: active.snapshot.generatedAt,
    ageSeconds: Number(ageSeconds(active, nowSeconds).toFixed(3)),
    leadTimeSeconds: serving.leadTimeSeconds,
  };
}

function answer(parts: HttpParts, context: Context, route: Route): Response | Promise<Response> {
  try {
    const reply = route.reply(parseQuery(context.req.url, route.parameters), context.req);
    return reply instanceof Promise
      ? reply.then((settled) => respond(parts, context, settled))
      : respond(parts, context, reply);
  } catch (thrown) {
    return refuse(parts, context, thrown);
  }
}

function refuse(parts: HttpParts, context: Context, thrown: unknown): Response {
  const fault = asFault(thrown, 'http');
  const { code, status } = fault;
  noWorkload(parts.metrics).error(fault);
  const isOurs = code === 'internal';
  if (isOurs) parts.log.error('request failed', { path: context.req.path, error: fault.cause });
  const headers: Record<string, string> = {};
  if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS;
  if (status === 405) headers.allow = METHODS;
  const message = isOurs ? 'a fault of Kedastral itself; its log says more' : fault.message;
  return respond(parts, context, { status, headers, body: { error: { code, message } } });
}

function respond(parts: HttpParts, context: Context, reply: Reply): Response {
  const { status = 200, headers, body } = reply;
  const given = context.req.header('x-request-id');
  const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
  const { method, path } = context.req;
  parts.log.debug('request', { requestId, method, path, status });
  const said = { 'content-type': JSON_TYPE, ...headers, 'x-request-id': requestId };
  if (body === null) return new Response(null, { status, headers: said });
  const isText = typeof body === 'string';
  const bytes = isText || body instanceof Uint8Array ? body : JSON.stringify(body);
  // HEAD is answered by its GET, without the body but with its length.
  const length = Buffer.byteLength(bytes);
  return new Response(bytes as BodyInit, {
    status,
    headers: { ...said, 'content-length': String(length) },
  });
}

/** The answer to a request that is none, e.g. with a malformed Host. */
export function refuseMalformed(): Response {
  const error = { code: 'parameter_invalid', message: 'the request line or Host is malformed' };
  return Response.json({ error }, { status: FAULTS.parameter_invalid.status });
}

const withoutWorkload = new WeakMap<Metrics, WorkloadMetrics>();

/** Faults of requests are counted with an empty workload: what they name is not ours to trust. */
function noWorkload(metrics: Metrics): WorkloadMetrics {
  let counted = withoutWorkload.get(metrics);
  if (!counted) {
    counted = metrics.forWorkload('');
    withoutWorkload.set(metrics, counted);
  }
  return counted;
}
