import { randomUUID } from 'node:crypto';
import { asFault, FAULTS, type FaultCode, KedastralError } from '../errors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import { parseQuery, type Query } from './query.ts';
import type { Reply, Route, RouteParts } from './route.ts';
import { routesOf } from './routes.ts';

export interface HttpParts extends RouteParts {
  readonly log: Logger;
  /** Who may ask; absent = anybody. */
  readonly tokens?: HttpTokens | undefined;
}

export interface HttpTokens {
  /** @param authorization the header as it came */
  opens(authorization: string | undefined): boolean;
  /** What to call the one whose token opens. */
  nameOf(authorization: string | undefined): string;
  /** Also for the paths of probes and scrapes. */
  readonly isForAll: boolean;
}

/** What is looked at of a request. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, or all of a URL. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of a PUT. */
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string | null;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** The kubelet and Prometheus ask without a token unless told otherwise. */
const OPEN_PATHS = ['/healthz', '/readyz', '/metrics'];
const URL_LENGTH_MAX = 4_096;
/** A forecast comes with the next tick or the one after. */
const RETRY_AFTER_SECONDS = '10';
/** What is taken for a request id from outside; it ends up in a header and in the log. */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;
const SHOWN_PATH_LENGTH_MAX = 100;
/** What a request that goes through a proxy names before its path. */
const ORIGIN = /^https?:\/\/[^/?#]*/i;

/**
 * The HTTP face without its socket.
 *
 * Exact paths need no router. One built on the Fetch API would also load Node's implementation of
 * it: 10 MB of memory and 25 ms of start.
 */
export class HttpApp {
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #log: Logger;
  readonly #tokens: HttpTokens | undefined;
  /** Only faults of its own are counted, with the process' only workload, if it has but one. */
  readonly #metrics: WorkloadMetrics;

  constructor(parts: HttpParts) {
    this.#routes = new Map(Object.entries(routesOf(parts)));
    this.#log = parts.log;
    this.#tokens = parts.tokens;
    this.#metrics = parts.metrics.forWorkload(parts.workloads.only?.identity ?? '');
  }

  /** Answers any request; a promise only where the route is asynchronous. */
  answer(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const url = request.url.replace(ORIGIN, '');
    const mark = url.indexOf('?');
    const path = (mark < 0 ? url : url.slice(0, mark)) || '/';
    const said = { requestId: requestIdOf(request), method: request.method, path: cut(path) };
    try {
      if (request.url.length > URL_LENGTH_MAX) {
        throw new KedastralError('url_too_long', 'http', `the URL is over ${URL_LENGTH_MAX} bytes`);
      }
      this.#authorize(path, request);
      const route = this.#routeOf(request.method, path);
      const reply = this.#reply(route, request, parseQuery(url, route.parameters));
      if (!(reply instanceof Promise)) return this.#respond(said, reply);
      return reply.then(
        (settled) => this.#respond(said, settled),
        (thrown) => this.#refuse(said, thrown),
      );
    } catch (thrown) {
      return this.#refuse(said, thrown);
    }
  }

  /** Answers what could not be read as a request. */
  refuse(fault: KedastralError): HttpResponse {
    return this.#refuse({ requestId: randomUUID() }, fault);
  }

  /** Before the path is looked up: what there is, is nobody's business either. */
  #authorize(path: string, { headers }: HttpRequest): void {
    const tokens = this.#tokens;
    if (!tokens || (OPEN_PATHS.includes(path) && !tokens.isForAll)) return;
    if (tokens.opens(single(headers.authorization))) return;
    throw new KedastralError('request_unauthorized', 'http', 'a bearer token that is known is due');
  }

  #routeOf(method: string, path: string): Route {
    const route = this.#routes.get(path);
    if (!route) throw new KedastralError('route_unknown', 'http', `there is no ${cut(path)}`);
    if (methodsOf(route).includes(method)) return route;
    const allowed = methodsOf(route).join(', ');
    throw new KedastralError('method_unknown', 'http', `${path} takes ${allowed}`);
  }

  #reply(route: Route, request: HttpRequest, query: Query): Reply | Promise<Reply> {
    const { method, headers, body = '' } = request;
    const change = route.changes?.[method];
    if (change) return change(query, { body, by: this.#nameOf(headers) });
    return route.reply(query, single(headers['if-none-match']));
  }

  /** @throws KedastralError override_forbidden: what anybody may ask, nobody may change */
  #nameOf({ authorization }: HttpRequest['headers']): string {
    if (this.#tokens) return this.#tokens.nameOf(single(authorization));
    const message = 'an override is taken from known people alone: set http-token-file';
    throw new KedastralError('override_forbidden', 'http', message);
  }

  #refuse(said: Said, thrown: unknown): HttpResponse {
    const fault = asFault(thrown, 'http');
    const { code } = fault;
    const { status } = FAULTS[code];
    const isOurs = code === 'internal';
    if (isOurs) {
      this.#metrics.error(fault);
      this.#log.error('request failed', { ...said, error: fault.cause });
    }
    const headers: Record<string, string> = {};
    if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS;
    if (status === 405) headers.allow = methodsOf(this.#routes.get(said.path ?? '')).join(', ');
    if (status === 401) headers['www-authenticate'] = 'Bearer';
    const message = isOurs ? 'a fault of Kedastral itself; its log says more' : fault.message;
    return this.#respond(
      { ...said, code },
      { status, headers, body: { error: { code, message } } },
    );
  }

  #respond(said: Said, { status = 200, headers, body }: Reply): HttpResponse {
    this.#log.debug('request', { ...said, status });
    const isReady = body === null || typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = isReady ? body : JSON.stringify(body);
    const always = { 'content-type': JSON_TYPE, ...headers, 'x-request-id': said.requestId };
    if (bytes === null) return { status, headers: always, body: null };
    const length = String(Buffer.byteLength(bytes));
    return { status, headers: { ...always, 'content-length': length }, body: bytes };
  }
}

function methodsOf(route: Route | undefined): readonly string[] {
  return ['GET', 'HEAD', ...Object.keys(route?.changes ?? {})];
}

/** What the log says of a request. */
interface Said {
  readonly requestId: string;
  readonly method?: string;
  readonly path?: string;
  readonly code?: FaultCode;
}

function requestIdOf({ headers }: HttpRequest): string {
  const given = single(headers['x-request-id']);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function cut(path: string): string {
  return path.length > SHOWN_PATH_LENGTH_MAX ? `${path.slice(0, SHOWN_PATH_LENGTH_MAX)}…` : path;
}
