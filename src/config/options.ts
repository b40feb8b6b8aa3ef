import { maskUrl, parseHttpUrl, parseRedisAddress } from './address.ts';
import {
  boolean,
  choice,
  duration,
  headers,
  httpUrls,
  identity,
  integer,
  listenAddress,
  maskHeaders,
  number,
  optional,
  order,
  quantileLevel,
  quantileLevels,
  text,
  token,
} from './kinds.ts';
import { option, type ValuesOf } from './option.ts';
import { isNamespace } from './workload.ts';

const secret = { mask: () => '***' } as const;
const maskedUrl = { mask: maskUrl } as const;
const httpUrl = optional(
  text('url', 'an http:// or https:// URL without fragment', (value) => !!parseHttpUrl(value)),
);
const maskUrls = (lines: string) => lines.split('\n').map(maskUrl).join('\n');
const redisAddress = text('address', 'host:port, or a redis:// or rediss:// URL', (value) =>
  Boolean(parseRedisAddress(value)),
);
const path = optional(text('path', 'a path'));
const words = (what: string) => optional(text('text', what));
const metricName = text('text', 'a name of 1 to 120 printable characters', (value) =>
  /^[\x21-\x7e](?:[\x20-\x7e]{0,118}[\x21-\x7e])?$/.test(value),
);

export const ADAPTERS = ['prometheus', 'victoriametrics', 'http', 'synthetic', 'replay'] as const;
export const MODELS = [
  'auto',
  'baseline',
  'arima',
  'sarima',
  'harmonic',
  'mstl-arima',
  'mstl-ets',
  'direct',
  'seasonal-average',
  'seasonal-naive',
  'window-average',
  'last-value',
  'ets',
  'theta',
  'intermittent',
  'byom',
] as const;
const ARIMA_CONSTANTS = ['auto', 'on', 'none'] as const;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Of the models arima and sarima. */
export const ARIMA_ROWS = {
  arimaP: option(order({ max: 5 }), '0', 'autoregressive order'),
  arimaD: option(order({ max: 2 }), '0', 'differences'),
  arimaQ: option(order({ max: 5 }), '0', 'moving-average order'),
  arimaConstant: option(choice(ARIMA_CONSTANTS), 'auto', 'mean at d = 0, drift at d = 1'),
  sarimaP: option(order({ max: 2 }), '0', 'seasonal autoregressive order'),
  sarimaD: option(order({ max: 1 }), '0', 'seasonal differences'),
  sarimaQ: option(order({ max: 2 }), '0', 'seasonal moving-average order'),
  sarimaS: option(order({ min: 2, max: 10_080 }), '0', 'season length in steps; auto = one day'),
} as const;

/** THE table: every option by its field, in the order of `--help`. Names come from the fields
 * (`optionName`, `envName`). */
export const OPTION_GROUPS = {
  Workload: {
    workload: option(identity, 'my-api', 'the workload that is forecast'),
    namespace: option(
      optional(text('name', 'a DNS-1123 label', isNamespace)),
      '',
      'its namespace, when `workload` does not say it',
    ),
    metric: option(metricName, 'http_rps', 'name of the metric, shown beside every answer'),
  },
  'Data source': {
    adapter: option(
      optional(choice(ADAPTERS)),
      '',
      'where samples come from; `synthetic` is an embedded generator with a day and a week shape',
      { defaultDoc: '`prometheus` when prom-url is set, else `synthetic`' },
    ),
    promUrl: option(httpUrl, '', 'base URL of Prometheus or VictoriaMetrics', maskedUrl),
    promQuery: option(
      words('a query'),
      '',
      'query of one series; `{{workload}}` and `{{namespace}}` are filled in, escaped',
    ),
    upQuery: option(
      words('a query'),
      '',
      'query of one series that is over 0 while the exporter is up: tells zero from dead',
    ),
    reactiveQuery: option(words('a query'), '', 'query of the demand now: a floor of replicas'),
    replicasQuery: option(words('a query'), '', 'query of the pods there are, for deadband-proof'),
    promBearerToken: option(optional(token), '', 'bearer token', secret),
    promBearerTokenFile: option(path, '', 'file with the bearer token, read anew on each use'),
    promUsername: option(words('a name'), '', 'user name for basic authentication'),
    promPassword: option(words('a password'), '', 'password for basic authentication', secret),
    promPasswordFile: option(path, '', 'file with that password, read anew on each use'),
    promHeader: option(
      headers,
      '',
      'header of each request; repeatable, one a line in the environment, a list in the file',
      { mask: maskHeaders, isRepeatable: true },
    ),
    promCaFile: option(path, '', 'PEM file with the certificate authority to trust'),
    httpUrl: option(httpUrl, '', 'URL of a JSON document, for adapter `http`', maskedUrl),
    httpValuePath: option(
      words('a path'),
      '',
      'path of the values in that document, such as `points[].rps`',
    ),
    httpTimePath: option(
      words('a path'),
      '',
      'path of their times (RFC 3339, epoch seconds or milliseconds), such as `points[].at`; ' +
        'without it the value is that of now',
    ),
    replayFile: option(path, '', 'CSV of `timestamp,value`, for adapter `replay`'),
    replaySpeed: option(
      number({ above: 0 }),
      '1',
      'how many times faster than recorded; a trace of minutes at 60 has a grid of seconds',
    ),
  },
  Forecast: {
    stepSeconds: option(duration({ minSeconds: 1, whole: true }), '1m', 'length of a grid step'),
    horizonSeconds: option(
      duration({ minSeconds: 1, whole: true }),
      '30m',
      'how far to forecast, a multiple of step',
    ),
    intervalSeconds: option(
      duration({ minSeconds: 1 }),
      '30s',
      'time between two forecasts; stale-after should be longer',
    ),
    settleSeconds: option(duration(), '5s', 'how long a closed step is left to settle'),
    windowSeconds: option(duration({ minSeconds: 1 }), '30m', 'asked for on each tick, at least', {
      defaultDoc: '`30m`, within step and history',
    }),
    historySeconds: option(duration({ minSeconds: 1 }), '14d', 'kept, and asked for at the start', {
      defaultDoc: '`14d`, at most 46,080 steps',
    }),
    model: option(choice(MODELS), 'auto', 'what forecasts'),
    quantiles: option(
      quantileLevels,
      '0.5,0.75,0.8,0.9,0.95,0.99',
      'quantiles that a forecast is given at; p50 and p90 always are',
    ),
    byomUrl: option(httpUrl, '', 'base URL of your own model, for model `byom`', maskedUrl),
    ...ARIMA_ROWS,
  },
  Capacity: {
    targetPerPod: option(number({ above: 0 }), '200', 'demand that one pod serves'),
    headroom: option(number({ above: 0 }), '1.2', 'factor on the forecast median'),
    quantileLevel: option(
      quantileLevel,
      '0',
      'plan for this quantile of the most in lead-time instead of the median times headroom; ' +
        '0 = off',
    ),
    minReplicas: option(integer({ min: 0, max: 1_000_000 }), '2', 'fewest replicas'),
    maxReplicas: option(integer({ min: 1, max: 1_000_000 }), '50', 'most replicas'),
    upMaxFactor: option(number({ above: 1 }), '2', 'largest growth from one step to the next'),
    downMaxPercent: option(
      number({ min: 0, max: 100 }),
      '50',
      'largest fall from one step to the next, in percent',
    ),
    activationDemand: option(
      number({ min: 0 }),
      '0',
      'demand up to which no pod is needed, where `min` is 0: a forecast is seldom nothing at all',
    ),
    deadbandProof: option(
      boolean,
      'false',
      'lift an increase within 10 %, which the HPA would ignore, to the first number that acts',
    ),
  },
  Serving: {
    role: option(
      choice(['all', 'forecaster', 'scaler']),
      'all',
      '`forecaster` serves HTTP alone; `scaler` serves KEDA from forecasters, or from what it ' +
        'forecasts of `workloads`',
    ),
    listen: option(listenAddress, ':8081', 'address of HTTP; port 0 = a free one', {
      defaultDoc: '`:8081`, in role scaler `:8082`',
    }),
    grpcListen: option(listenAddress, ':50051', 'address of gRPC; port 0 = a free one'),
    tlsCertFile: option(
      path,
      '',
      'PEM file with the certificate chain of HTTP and gRPC; used anew when it changes',
    ),
    tlsKeyFile: option(path, '', 'PEM file with its key'),
    tlsClientCaFile: option(
      path,
      '',
      'PEM file with the authority that clients of gRPC need a certificate of',
    ),
    httpTokenFile: option(
      path,
      '',
      'file with the bearer tokens that open HTTP, one a line; read anew when it changes',
    ),
    httpTokenAll: option(
      boolean,
      'false',
      'ask for a token on /metrics, /healthz and /readyz, too',
    ),
    leadTimeSeconds: option(duration(), '5m', 'how far ahead replicas are wanted'),
    staleAfterSeconds: option(duration(), '120s', 'age up to which it is fresh'),
    onStale: option(
      choice(['hold', 'min', 'error']),
      'hold',
      'what is served when stale: what was served last, default-min, or nothing',
    ),
    defaultMin: option(integer({ min: 0, max: 1_000_000 }), '2', 'fewest replicas when stale'),
    mode: option(
      choice(['live', 'shadow']),
      'live',
      '`shadow` forecasts, plans and serves HTTP, but not KEDA: no port for gRPC',
    ),
    overrideMaxSeconds: option(
      duration({ minSeconds: 1 }),
      '24h',
      'how long an override may be ordered for',
    ),
  },
  Scaler: {
    forecasterUrl: option(
      httpUrls,
      '',
      'base URL of a forecaster, for role scaler; repeatable, one a line in the environment, a ' +
        'list in the file: the newest forecast counts',
      { mask: maskUrls, isRepeatable: true },
    ),
    forecasterIntervalSeconds: option(
      duration({ minSeconds: 1 }),
      '2s',
      'time between two looks at a forecaster, which are cheap; under the 5 s between the making ' +
        'of a forecast and its coming into force replicas change together',
    ),
    forecasterTokenFile: option(
      path,
      '',
      'file with the bearer token for forecasters, read anew on each use',
    ),
    forecasterCaFile: option(path, '', 'PEM file with the authority of forecasters to trust'),
  },
  Storage: {
    storage: option(choice(['memory', 'redis']), 'memory', 'where snapshots are kept'),
    redisAddr: option(redisAddress, 'localhost:6379', 'address of Redis', { mask: maskUrl }),
    redisPassword: option(words('a password'), '', 'password of Redis', secret),
    redisPasswordFile: option(path, '', 'file with that password'),
    redisDb: option(integer({ min: 0, max: 65_535 }), '0', 'database number'),
    redisTtlSeconds: option(duration({ minSeconds: 1 }), '30m', 'how long a snapshot lives'),
  },
  Process: {
    logLevel: option(choice(LOG_LEVELS), 'info', 'least level that is logged'),
    logFormat: option(choice(['json', 'text']), 'json', 'form of the log'),
    injected: option(
      boolean,
      'false',
      'a bad option does not end the process: it answers 503 and `UNAVAILABLE`',
    ),
    config: option(path, '', 'YAML file with options by these names', { isOutsideFile: true }),
    help: option(boolean, 'false', 'print this help', { isFlagOnly: true }),
    version: option(boolean, 'false', 'print the version', { isFlagOnly: true }),
    printConfig: option(boolean, 'false', 'print the options in force, secrets masked', {
      isFlagOnly: true,
    }),
  },
} as const;

type Groups = typeof OPTION_GROUPS;
type Union<G> = G extends unknown ? (rows: G) => void : never;
type Table = Union<Groups[keyof Groups]> extends (rows: infer R) => void ? R : never;

/** A field of {@link TableValues}. */
export type OptionField = keyof Table;

/** The values as the table reads them; durations in seconds, null = not set. */
export type TableValues = ValuesOf<Table>;

export type AdapterName = (typeof ADAPTERS)[number];
export type ModelName = (typeof MODELS)[number];

/** Options that say what to do instead of how. */
type Command = 'config' | 'help' | 'version' | 'printConfig';

/** Every option with its checked value; durations in seconds, null = not set. */
export interface Options extends Omit<TableValues, 'adapter' | 'promHeader' | Command> {
  readonly adapter: AdapterName;
  readonly promHeaders: Readonly<Record<string, string>>;
  /** `[namespace/]name`, from `workload` and `namespace`. */
  readonly identity: string;
}

/** The table as one map, by field. */
export const OPTIONS = Object.assign({}, ...Object.values(OPTION_GROUPS)) as {
  readonly [F in OptionField]: Table[F];
};

export const OPTION_FIELDS = Object.keys(OPTIONS) as readonly OptionField[];
