import type { Clock } from '../clock.ts';
import type { DataAdapter, GridRange, Samples } from './adapter.ts';
import { authorization, type Credentials, credentialsOf } from './credentials.ts';
import { adapterFault } from './faults.ts';
import { HttpClient } from './http-client.ts';
import { errorText, type MatrixReply, parseMatrix } from './prometheus-reply.ts';
import { escapePromqlLiteral, fillTemplate } from './template.ts';

export interface PrometheusOptions {
  /**
   * Where /api/v1 lies; a path is kept as a prefix, credentials are used when there are no others.
   */
  readonly promUrl: string;
  /** PromQL for one series; may hold `{{workload}}` and `{{namespace}}` inside string literals. */
  readonly promQuery: string;
  readonly promBearerToken?: string | null | undefined;
  readonly promBearerTokenFile?: string | null | undefined;
  readonly promUsername?: string | null | undefined;
  readonly promPassword?: string | null | undefined;
  readonly promPasswordFile?: string | null | undefined;
  /** Sent with each request, e.g. X-Scope-OrgID. */
  readonly promHeaders?: Readonly<Record<string, string>> | undefined;
  readonly promCaFile?: string | null | undefined;
  /** Cap on a reply, after decompression; default 4 MiB. */
  readonly maxResponseBytes?: number | undefined;
  readonly workload: { readonly namespace?: string | null | undefined; readonly name: string };
}

/** How a relative of Prometheus differs from it. */
export interface Dialect {
  readonly name: string;
  /** Form fields beside query, start, end and step. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Prometheus refuses a range query of more than 11,000 points (web/api/v1/api.go). */
const CHUNK_POINTS_MAX = 11_000;
/** As many points of one series are half a megabyte; of more series it may be any amount. */
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;
const SHOWN_CHARACTERS_MAX = 300;

/**
 * Prometheus' range query API, https://prometheus.io/docs/prometheus/latest/querying/api/. One
 * query, one series: none gives no samples, more are refused.
 *
 * @throws KedastralError option_invalid when URL or query cannot be used
 */
export function prometheusAdapter(options: PrometheusOptions, clock: Clock): DataAdapter {
  return rangeQueryAdapter({ name: 'prometheus', fields: {} }, options, clock);
}

export function rangeQueryAdapter(
  dialect: Dialect,
  options: PrometheusOptions,
  clock: Clock,
): DataAdapter {
  const url = rangeQueryUrl(options.promUrl);
  const urlCredentials = credentialsOf('prom-url', url);
  const { namespace, name } = options.workload;
  const values = { workload: name, namespace };
  const query = fillTemplate('prom-query', options.promQuery, values, escapePromqlLiteral);
  const client = new HttpClient(
    { caFile: options.promCaFile, maxResponseBytes: options.maxResponseBytes ?? CHUNK_BYTES_MAX },
    clock,
  );

  const fetchChunk = async (range: GridRange, signal: AbortSignal): Promise<MatrixReply> => {
    const body = new URLSearchParams({
      query,
      start: String(range.startSeconds),
      end: String(range.endSeconds),
      step: String(range.stepSeconds),
      ...dialect.fields,
    }).toString();
    const headers = await requestHeaders(options, urlCredentials);
    const sent = [query, ...secretsOf(options, headers)].join('\n');
    const place = [url.pathname, ...Object.values(urlCredentials)];
    const tellError = (said: string) => errorText(said, [sent, ...place].join('\n'));
    const text = await client.request({ method: 'POST', url, headers, body, tellError }, signal);
    return parseMatrix(text, sent);
  };

  return {
    name: dialect.name,
    collect: (range, signal) =>
      client.within(signal, async (deadline) => {
        const replies: MatrixReply[] = [];
        for (const chunk of chunksOf(range)) replies.push(await fetchChunk(chunk, deadline));
        return { ...merged(replies), answeredAtSeconds: client.answeredAtSeconds };
      }),
  };
}

function rangeQueryUrl(promUrl: string): URL {
  const base = URL.canParse(promUrl) ? new URL(promUrl) : null;
  if (!base || !/^https?:$/.test(base.protocol)) {
    throw adapterFault('option_invalid', 'prom-url: not an http:// or https:// URL');
  }
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v1/query_range`;
  return base;
}

async function requestHeaders(
  options: PrometheusOptions,
  urlCredentials: Credentials,
): Promise<Record<string, string>> {
  const own = await authorization({
    bearerToken: options.promBearerToken,
    bearerTokenFile: options.promBearerTokenFile,
    username: options.promUsername,
    password: options.promPassword,
    passwordFile: options.promPasswordFile,
  });
  const value = own ?? (await authorization(urlCredentials));
  return {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    ...(value === null ? {} : { authorization: value }),
    ...options.promHeaders,
  };
}

/** What came with the request and must not come back in a warning, Basic decoded, too. */
function secretsOf(
  { promHeaders = {} }: PrometheusOptions,
  { authorization = '' }: Readonly<Record<string, string>>,
): string[] {
  const [, basic = ''] = /^Basic (.+)$/.exec(authorization) ?? [];
  const decoded = Buffer.from(basic, 'base64').toString('utf8');
  return [authorization, decoded, ...Object.values(promHeaders)];
}

/** The range in pieces that the API answers, oldest first. */
function chunksOf(range: GridRange): GridRange[] {
  const { startSeconds, endSeconds, stepSeconds } = range;
  const chunks: GridRange[] = [];
  const spanSeconds = (CHUNK_POINTS_MAX - 1) * stepSeconds;
  for (let start = startSeconds; start <= endSeconds; start += spanSeconds + stepSeconds) {
    const end = Math.min(start + spanSeconds, endSeconds);
    chunks.push({ startSeconds: start, endSeconds: end, stepSeconds });
  }
  return chunks;
}

/** @throws KedastralError adapter_several_series when the pieces are not of one series */
function merged(replies: readonly MatrixReply[]): Samples {
  const series = replies.flatMap((reply) => reply.series);
  const [first] = series;
  const other = series.find((one) => first && one.labels !== first.labels);
  if (first && other) {
    const both = `${shown(first.labels)} and ${shown(other.labels)}`;
    const message = `the query returns more than one series, such as ${both}`;
    throw adapterFault('adapter_several_series', message);
  }
  const count = series.reduce((sum, one) => sum + one.values.length, 0);
  const timesSeconds = new Float64Array(count);
  const values = new Float64Array(count);
  let offset = 0;
  for (const one of series) {
    timesSeconds.set(one.timesSeconds, offset);
    values.set(one.values, offset);
    offset += one.values.length;
  }
  const warnings = [...new Set(replies.flatMap((reply) => reply.warnings))];
  return { timesSeconds, values, warnings };
}

function shown(labels: string): string {
  const isLong = labels.length > SHOWN_CHARACTERS_MAX;
  return isLong ? `${labels.slice(0, SHOWN_CHARACTERS_MAX)}…` : labels;
}
