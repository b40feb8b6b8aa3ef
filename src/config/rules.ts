import type { ListenAddress } from '../listen.ts';
import { formatDuration } from './duration.ts';
import { pairFault, parsePath } from './json-path.ts';
import type { OptionField, TableValues } from './options.ts';
import { type Rule, rule } from './rule.ts';
import { templateFault } from './template.ts';

/** Points of history that the forecasting kernel holds (assembly/abi.ts, compared by a test). */
export const HISTORY_STEPS_MAX = 46_080;
/** Steps of a forecast that it holds. */
export const HORIZON_STEPS_MAX = 2_880;

/** A rule between the options of the sidecar. */
export type OptionRule = Rule<TableValues>;

const text = formatDuration;

const TIME_RULES: readonly OptionRule[] = [
  rule(
    ['horizonSeconds', 'stepSeconds'],
    (o) => o.horizonSeconds % o.stepSeconds !== 0,
    (o) => `must be a multiple of step, ${text(o.stepSeconds)}`,
  ),
  rule(
    ['horizonSeconds', 'stepSeconds'],
    (o) => o.horizonSeconds / o.stepSeconds > HORIZON_STEPS_MAX,
    (o) =>
      `must be at most ${HORIZON_STEPS_MAX} steps: ${text(HORIZON_STEPS_MAX * o.stepSeconds)} ` +
      `at step ${text(o.stepSeconds)}`,
  ),
  rule(
    ['horizonSeconds', 'leadTimeSeconds', 'staleAfterSeconds', 'stepSeconds'],
    (o) => o.horizonSeconds < leastHorizonSeconds(o),
    (o) =>
      `must be at least lead-time + stale-after + step = ${text(o.leadTimeSeconds)} + ` +
      `${text(o.staleAfterSeconds)} + ${text(o.stepSeconds)} = ${text(leastHorizonSeconds(o))}`,
  ),
  rule(
    ['historySeconds', 'stepSeconds'],
    (o) => o.historySeconds / o.stepSeconds > HISTORY_STEPS_MAX,
    (o) =>
      `must be at most ${HISTORY_STEPS_MAX} steps: ${text(HISTORY_STEPS_MAX * o.stepSeconds)} ` +
      `at step ${text(o.stepSeconds)}`,
  ),
  rule(
    ['historySeconds', 'windowSeconds'],
    (o) => o.historySeconds < o.windowSeconds,
    (o) => `must be at least window, ${text(o.windowSeconds)}`,
  ),
  rule(
    ['windowSeconds', 'stepSeconds'],
    (o) => o.windowSeconds < o.stepSeconds,
    (o) => `must be at least step, ${text(o.stepSeconds)}`,
  ),
];

const REPLICA_RULES: readonly OptionRule[] = [
  rule(
    ['minReplicas', 'maxReplicas'],
    (o) => o.minReplicas > o.maxReplicas,
    (o) => `must be at most max, ${o.maxReplicas}`,
  ),
  rule(
    ['defaultMin', 'maxReplicas'],
    (o) => o.defaultMin > o.maxReplicas,
    (o) => `must be at most max, ${o.maxReplicas}`,
  ),
];

/** `field` must be set when `isNeeded`, which looks at `because`. */
function needed(
  field: OptionField,
  because: OptionField,
  isNeeded: (values: TableValues) => boolean,
  message: string,
): OptionRule {
  return rule([field, because], (o) => isNeeded(o) && o[field] === null, message);
}

/** Both fields at once are refused. */
function exclusive(field: OptionField, other: OptionField, message: string): OptionRule {
  return rule([field, other], (o) => o[field] !== null && o[other] !== null, message);
}

/** A field whose text may hold `{{workload}}` and `{{namespace}}`. */
type QueryField = 'promQuery' | 'reactiveQuery' | 'replicasQuery' | 'upQuery';
function template(field: QueryField | 'httpUrl'): OptionRule {
  return {
    fields: [field, 'workload', 'namespace'],
    check: (o) => {
      const namespace = o.workload.namespace ?? o.namespace;
      const text = o[field];
      return text === null ? null : templateFault(text, { workload: o.workload.name, namespace });
    },
  };
}

/** A field that holds a path into a JSON document. */
function path(field: 'httpValuePath' | 'httpTimePath'): OptionRule {
  return {
    fields: [field],
    check: (o) => {
      const compiled = o[field] === null ? null : parsePath(o[field]);
      return typeof compiled === 'string' ? compiled : null;
    },
  };
}

const HTTP_PATHS: OptionRule = {
  fields: ['httpTimePath', 'httpValuePath'],
  check: ({ httpValuePath, httpTimePath }) => {
    if (httpValuePath === null) return null;
    const valuePath = parsePath(httpValuePath);
    const timePath = httpTimePath === null ? null : parsePath(httpTimePath);
    const isWrong = typeof valuePath === 'string' || typeof timePath === 'string';
    return isWrong ? null : pairFault(valuePath, timePath);
  },
};

const speaksPrometheus = ({ adapter, promUrl }: TableValues) =>
  adapter === null ? promUrl !== null : adapter === 'prometheus' || adapter === 'victoriametrics';
const hasUserName = ({ promUsername }: TableValues) => promUsername !== null;
const hasPassword = (o: TableValues) => o.promPassword !== null || o.promPasswordFile !== null;

const SOURCE_RULES: readonly OptionRule[] = [
  rule(
    ['workload', 'namespace'],
    ({ workload, namespace }) =>
      workload.namespace !== null && namespace !== null && workload.namespace !== namespace,
    ({ namespace }) => `names another namespace than namespace, ${namespace}`,
  ),
  needed('promUrl', 'adapter', speaksPrometheus, 'is needed by this adapter'),
  rule(
    ['promQuery', 'promUrl', 'adapter'],
    (o) => speaksPrometheus(o) && o.promQuery === null,
    'is needed to query prom-url',
  ),
  rule(
    ['promUrl', 'promQuery', 'adapter'],
    (o) => o.adapter === null && o.promUrl === null && o.promQuery !== null,
    'is needed to ask prom-query',
  ),
  needed('httpUrl', 'adapter', (o) => o.adapter === 'http', 'is needed by adapter http'),
  needed('httpValuePath', 'adapter', (o) => o.adapter === 'http', 'is needed by adapter http'),
  needed('replayFile', 'adapter', (o) => o.adapter === 'replay', 'is needed by adapter replay'),
  ...(['reactiveQuery', 'replicasQuery', 'upQuery'] as const).flatMap((field) => [
    rule<TableValues>(
      [field, 'adapter', 'promUrl'],
      (o) => o[field] !== null && !speaksPrometheus(o),
      'needs adapter prometheus or victoriametrics',
    ),
    template(field),
  ]),
  rule(
    ['replicasQuery', 'deadbandProof'],
    (o) => o.replicasQuery !== null && !o.deadbandProof,
    'is for deadband-proof',
  ),
  template('promQuery'),
  template('httpUrl'),
  path('httpValuePath'),
  path('httpTimePath'),
  HTTP_PATHS,
  needed('byomUrl', 'model', (o) => o.model === 'byom', 'is needed by model byom'),
];

const SECRET_RULES: readonly OptionRule[] = [
  exclusive('promBearerToken', 'promBearerTokenFile', 'excludes prom-bearer-token-file'),
  exclusive('promPassword', 'promPasswordFile', 'excludes prom-password-file'),
  exclusive('redisPassword', 'redisPasswordFile', 'excludes redis-password-file'),
  exclusive('promBearerToken', 'promUsername', 'excludes basic authentication, prom-username'),
  exclusive('promBearerTokenFile', 'promUsername', 'excludes basic authentication, prom-username'),
  rule(
    ['promUsername', 'promPassword', 'promPasswordFile'],
    (o) => hasUserName(o) && !hasPassword(o),
    'needs prom-password or prom-password-file',
  ),
  rule(
    ['promUsername', 'promPassword', 'promPasswordFile'],
    (o) => !hasUserName(o) && hasPassword(o),
    'is needed by prom-password and prom-password-file',
  ),
  rule(
    ['redisAddr', 'redisPassword', 'redisPasswordFile'],
    (o) => hasUrlPassword(o.redisAddr) && (o.redisPassword ?? o.redisPasswordFile) !== null,
    'has a password of its own: leave out redis-password and redis-password-file',
  ),
];

const SERVING_RULES: readonly OptionRule[] = [
  rule(
    ['grpcListen', 'listen', 'role', 'mode'],
    ({ role, mode, listen, grpcListen }) =>
      role !== 'forecaster' && mode !== 'shadow' && listen.port > 0 && overlap(listen, grpcListen),
    ({ listen }) => `has the port of listen, ${listen.port}`,
  ),
];

/** Of a process without `workloads`: a scaler that has some may forecast them itself. */
export const NEEDS_FORECASTER: OptionRule = rule(
  ['forecasterUrl', 'role'],
  (o) => o.role === 'scaler' && o.forecasterUrl.length === 0,
  'is needed in role scaler without workloads',
);

const ROLE_RULES: readonly OptionRule[] = [
  NEEDS_FORECASTER,
  rule(
    ['mode', 'role'],
    (o) => o.mode === 'shadow' && o.role === 'scaler',
    'leaves nothing for role scaler to do',
  ),
  rule(
    ['forecasterUrl', 'role'],
    (o) => o.role !== 'scaler' && o.forecasterUrl.length > 0,
    'is for role scaler',
  ),
];

const TLS_RULES: readonly OptionRule[] = [
  needed('tlsKeyFile', 'tlsCertFile', (o) => o.tlsCertFile !== null, 'is needed by tls-cert-file'),
  needed('tlsCertFile', 'tlsKeyFile', (o) => o.tlsKeyFile !== null, 'is needed by tls-key-file'),
  rule(
    ['tlsClientCaFile', 'tlsCertFile'],
    (o) => o.tlsClientCaFile !== null && o.tlsCertFile === null && o.tlsKeyFile === null,
    'needs tls-cert-file and tls-key-file',
  ),
  needed('httpTokenFile', 'httpTokenAll', (o) => o.httpTokenAll, 'is needed by http-token-all'),
];

/** Every rule between options; those of single values are in their kinds. */
export const RULES: readonly OptionRule[] = [
  ...TIME_RULES,
  ...REPLICA_RULES,
  ...SOURCE_RULES,
  ...SECRET_RULES,
  ...SERVING_RULES,
  ...ROLE_RULES,
  ...TLS_RULES,
];

function leastHorizonSeconds(o: TableValues): number {
  return o.leadTimeSeconds + o.staleAfterSeconds + o.stepSeconds;
}

const ANY_HOST = ['', '0.0.0.0', '::'];

/** Whether one of two servers would find its port in use by the other. */
function overlap(a: ListenAddress, b: ListenAddress): boolean {
  const isAny = [a, b].some(({ host }) => ANY_HOST.includes(host));
  return a.port === b.port && (isAny || a.host === b.host);
}

function hasUrlPassword(address: string): boolean {
  return address.includes('://') && new URL(address).password !== '';
}
