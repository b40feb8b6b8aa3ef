import { boolean, choice, duration, integer, number, optional, text } from '../config/kinds.ts';
import { option, type ValuesOf } from '../config/option.ts';
import { ARIMA_ROWS, OPTIONS } from '../config/options.ts';
import { gate, hpaBehavior, instant, modelNames, repeated, startDelay } from './kinds.ts';

const path = optional(text('path', 'a path'));

/** Rows that are the sidecar's; they are read from the environment, too. */
export const SHARED = {
  adapter: option(
    optional(choice(['prometheus', 'victoriametrics'])),
    '',
    'what speaks at prom-url',
    { defaultDoc: '`prometheus`' },
  ),
  workload: OPTIONS.workload,
  namespace: OPTIONS.namespace,
  promUrl: OPTIONS.promUrl,
  promQuery: OPTIONS.promQuery,
  promBearerToken: OPTIONS.promBearerToken,
  promBearerTokenFile: OPTIONS.promBearerTokenFile,
  promUsername: OPTIONS.promUsername,
  promPassword: OPTIONS.promPassword,
  promPasswordFile: OPTIONS.promPasswordFile,
  promHeader: OPTIONS.promHeader,
  promCaFile: OPTIONS.promCaFile,
} as const;

const FORECAST = {
  models: option(modelNames, '', 'models side by side; the first one is replayed and tuned', {
    defaultDoc: 'those that take little time, the default model first',
    isRepeatable: true,
  }),
  stepSeconds: option(
    optional(duration({ minSeconds: 1, whole: true })),
    '',
    'length of a grid step',
    {
      defaultDoc: 'the usual gap between rows; `1m` for Prometheus',
    },
  ),
  horizonSeconds: option(
    optional(duration({ minSeconds: 1, whole: true })),
    '',
    'how far to forecast',
    {
      defaultDoc: '`1h` at steps of up to 5m, else `24h`',
    },
  ),
  historySeconds: OPTIONS.historySeconds,
  protocol: option(
    choice(['walk', 'kv1']),
    'walk',
    'kv1: horizon, history and the 30 origins of the rolling-origin protocol kv1',
  ),
  cutoffs: option(path, '', 'JSON file of series with step, H, W and cutoffs, as in protocol kv1'),
  origins: option(
    optional(integer({ min: 1, max: 1_000_000 })),
    '',
    'how many, evenly on the last quarter',
    {
      defaultDoc: '30',
    },
  ),
  stride: option(
    optional(integer({ min: 1, max: 1_000_000 })),
    '',
    'an origin every so many steps instead',
  ),
  byomUrl: OPTIONS.byomUrl,
  ...ARIMA_ROWS,
} as const;

export const CAPACITY = {
  targetPerPod: option(optional(number({ above: 0 })), '', 'demand that one pod serves', {
    defaultDoc: 'from the column `replicas`, else p99 of the demand / 40',
  }),
  headroom: OPTIONS.headroom,
  quantileLevel: OPTIONS.quantileLevel,
  leadTimeSeconds: OPTIONS.leadTimeSeconds,
  minReplicas: OPTIONS.minReplicas,
  maxReplicas: option(optional(OPTIONS.maxReplicas.kind), '', OPTIONS.maxReplicas.doc, {
    defaultDoc: `\`${OPTIONS.maxReplicas.default}\`, or \`100\` where the target is p99 / 40`,
  }),
  upMaxFactor: OPTIONS.upMaxFactor,
  downMaxPercent: OPTIONS.downMaxPercent,
  deadbandProof: OPTIONS.deadbandProof,
} as const;

const REPLAY = {
  replay: option(optional(boolean), '', 'replay the scaling under every policy', {
    defaultDoc: '`true`, unless origins are given by protocol, cutoffs or stride',
  }),
  replayRangeSeconds: option(
    duration({ minSeconds: 1 }),
    '7d',
    'replay the last so much, within the last quarter',
  ),
  reactiveHeadroom: option(
    number({ above: 0 }),
    '1',
    'factor on the raw metric where it is a second trigger: `+ reactive`',
  ),
  podStartSeconds: option(startDelay, '60s', 'time from a pod’s creation until it serves'),
  nodeStartSeconds: option(
    optional(duration()),
    '',
    'time until a new node is there, when pods need one',
  ),
  podsPerNode: option(integer({ min: 1, max: 1_000 }), '10', 'pods that a node has room for'),
  syncSeconds: option(
    duration({ minSeconds: 1, whole: true }),
    '15s',
    'period of the HPA controller',
  ),
  tolerance: option(number({ min: 0, max: 10 }), '0.1', 'tolerance of the HPA controller'),
  stabilizationSeconds: option(
    duration({ whole: true }),
    '5m',
    'downscale stabilization of the HPA controller',
  ),
  behavior: option(hpaBehavior, '', 'behavior of the HPA, such as `"$(cat behavior.yaml)"`'),
  staleAfterSeconds: OPTIONS.staleAfterSeconds,
  tune: option(
    boolean,
    'false',
    'search settings on the first part of the replayed range, prove them on the rest',
  ),
  failIf: option(
    repeated(gate),
    '',
    'exit code 1 when this holds of the chosen model, such as `short_minutes>reactive`; repeatable',
    { isRepeatable: true },
  ),
} as const;

const OWN = {
  input: option(
    repeated(text('path', 'paths, or - for standard input')),
    '',
    'CSV of `timestamp,value[,replicas]`, a folder of them, or - for standard input; repeatable',
    { isRepeatable: true },
  ),
  replicasQuery: option(
    optional(text('text', 'a query')),
    '',
    'query of the replicas that really ran',
  ),
  start: option(optional(instant), '', 'first time to ask Prometheus for'),
  end: option(optional(instant), '', 'last time to ask it for', { defaultDoc: 'now' }),
  rangeSeconds: option(
    optional(duration({ minSeconds: 1 })),
    '',
    'how much to ask it for, up to end',
    {
      defaultDoc: '`30d`, without start',
    },
  ),
} as const;

const OUTPUT = {
  workers: option(optional(integer({ min: 0, max: 256 })), '', 'worker threads; 0 = none', {
    defaultDoc: 'one a core',
  }),
  dump: option(path, '', 'write each forecast as a line of JSON to this file'),
  html: option(path, '', 'write the report as one HTML page to this file'),
  hpaCase: option(
    path,
    '',
    'replay this case of the HPA controller instead and print a line for each sync',
  ),
  json: option(boolean, 'false', 'print JSON'),
  help: OPTIONS.help,
} as const;

/** The table of `kedastral backtest`. */
export const BACKTEST_OPTIONS = {
  ...OWN,
  ...SHARED,
  ...FORECAST,
  ...CAPACITY,
  ...REPLAY,
  ...OUTPUT,
} as const;

export const BACKTEST_GROUPS = {
  Input: { ...OWN, ...SHARED },
  'Walk-forward': FORECAST,
  Capacity: CAPACITY,
  Replay: REPLAY,
  Output: OUTPUT,
} as const;

export type BacktestOptions = ValuesOf<typeof BACKTEST_OPTIONS>;
export type BacktestField = keyof BacktestOptions;
