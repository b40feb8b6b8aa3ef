// The JSON Schema of the chart's values: every option of the tables in src/, by its name.
import { type Option, type OptionTable, optionName } from '../src/config/option.ts';
import { OPTION_FIELDS, OPTIONS } from '../src/config/options.ts';
import { PROCESS_FIELDS } from '../src/config/process-fields.ts';
import { SECRET_FIELDS, WORKLOAD_FIELDS } from '../src/injector/annotations.ts';
import { INJECTION_OPTIONS } from '../src/injector/options.ts';
import { INJECTOR_GROUPS } from '../src/injector/settings.ts';

/** What the chart's templates set themselves. */
const SET_BY_CHART = [
  ...['namespace', 'defaultsFile', 'certificateFolder', 'serviceName', 'secretName', 'leaseName'],
  ...['webhookName'],
];

type Schema = Record<string, unknown>;

/** Numbers of YAML that an option takes are those of these kinds; `120` is no duration. */
const NUMBERS = ['integer', 'number', 'order', 'quantile', 'quantiles', 'quantity'];
/** Texts by the kind that reads them; Go's syntax, as Helm has it. An empty one takes back. */
const PATTERNS: Readonly<Record<string, string>> = {
  integer: '^[+-]?[0-9]+$',
  number: '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$',
  duration: '^(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)?$',
  quantity: '^([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$|^$',
  url: '^(https?://[^#]+)?$',
  '[host]:port': '^([^:]*|\\[.*\\]):[0-9]{1,5}$',
  '[namespace/]name': '^([a-z0-9-]+/)?[a-z0-9-]+$',
  names: '^ *([a-z0-9-]+ *(, *[a-z0-9-]+ *)*,? *)?$',
};
/** What a ConfigMap, which all may read, must not hold. */
const CREDENTIAL = '//[^/@]+@';
const SECRET_HEADER = `^[^:\\n]*(${[
  'auth',
  'cookie',
  'credential',
  'passw',
  'secret',
  'token',
  'key',
]
  .map((word) => word.replace(/./g, (letter) => `[${letter.toUpperCase()}${letter}]`))
  .join('|')})[^:\\n]*:`;

const TABLE: OptionTable = OPTIONS;

/** The schema of one option's value, as YAML gives it. */
function valueSchema(row: Option<unknown>, field: string): Schema {
  const { kind, doc, default: byDefault, isRepeatable } = row;
  const forbidden = credentialIn(row, field);
  const about: Schema = { description: `${doc}; must be ${kind.rule}` };
  if (byDefault !== '') about.default = byDefault;
  const { label } = kind;
  if (kind.isSwitch) return { ...about, enum: [true, false, 'true', 'false'] };
  if (label.includes(' | ')) {
    const empty = kind.parse('') === null ? [''] : [];
    return { ...about, enum: [...label.split(' | '), ...empty] };
  }
  const pattern = PATTERNS[label];
  const value = {
    type: 'string',
    ...(pattern === undefined || isRepeatable ? {} : { pattern }),
    ...(forbidden === null ? {} : { not: { type: 'string', pattern: forbidden } }),
  };
  if (isRepeatable) return { ...about, ...value, type: ['string', 'array'], items: value };
  if (label === 'integer' || label === 'number') {
    return { ...about, ...value, type: [label, 'string'], ...boundsOf(kind.rule) };
  }
  const types = NUMBERS.includes(label) ? ['string', 'number'] : ['string'];
  return { ...about, ...value, type: types };
}

/** What of a text is a credential: in a URL, or in a header by its name. */
function credentialIn({ mask }: Option<unknown>, field: string): string | null {
  if (field === 'promHeader') return SECRET_HEADER;
  return mask === undefined ? null : CREDENTIAL;
}

/** Bounds of a number, from the rule that people read. */
function boundsOf(rule: string): Schema {
  const [, min, max] = /(?:from|at least) (\S+)(?: to (\S+))?$/.exec(rule) ?? [];
  const [, above] = /above (\S+)$/.exec(rule) ?? [];
  return {
    ...(min === undefined ? {} : { minimum: Number(min) }),
    ...(max === undefined ? {} : { maximum: Number(max) }),
    ...(above === undefined ? {} : { exclusiveMinimum: Number(above) }),
  };
}

function optionsSchema(description: string, table: OptionTable, fields: readonly string[]): Schema {
  const properties = Object.fromEntries(
    fields.flatMap((field) => {
      const row = table[field];
      return row ? [[optionName(field), valueSchema(row, field)]] : [];
    }),
  );
  return closed(description, properties);
}

function closed(description: string, properties: Schema): Schema {
  return { type: 'object', description, additionalProperties: false, properties };
}

const text = { type: 'string' };
const TAG = '([A-Za-z0-9_][A-Za-z0-9._-]{0,127})';
const DIGEST = 'sha256:[0-9a-f]{64}';
const replicas = { type: 'integer', minimum: 1 };
const placement = {
  resources: { type: 'object' },
  nodeSelector: { type: 'object' },
  tolerations: { type: 'array' },
  affinity: { type: 'object' },
  priorityClassName: text,
  podLabels: { type: 'object', additionalProperties: text },
  podAnnotations: { type: 'object', additionalProperties: text },
};
const injectorTable: OptionTable = Object.assign({}, ...Object.values(INJECTOR_GROUPS));
const inFile = OPTION_FIELDS.filter(
  (field) => isGiven(TABLE[field]) && !SECRET_FIELDS.includes(field),
);

/** Whether a config file may hold it. */
function isGiven(row: Option<unknown> | undefined): boolean {
  return row !== undefined && !row.isFlagOnly && !row.isOutsideFile;
}

/** @returns a JSON Schema, draft 7 */
export function chartSchema(): Schema {
  const perWorkload = inFile.filter((field) => !PROCESS_FIELDS.includes(field));
  const ofInjector = Object.keys(injectorTable).filter(
    (field) => isGiven(injectorTable[field]) && !SET_BY_CHART.includes(field),
  );
  const workload = optionsSchema('Options of one workload.', OPTIONS, perWorkload);
  const defaults = { ...OPTIONS, ...INJECTION_OPTIONS };
  const shared = WORKLOAD_FIELDS.filter((field) => field !== 'workload');
  const ofSidecars = [...shared, ...Object.keys(INJECTION_OPTIONS)];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...closed('Values of the chart.', {
      global: { type: 'object' },
      image: closed('The image of all parts.', {
        repository: { type: 'string', pattern: '^[a-z0-9][a-zA-Z0-9./:_-]*$' },
        tag: { type: 'string', pattern: `^${TAG}?(@?${DIGEST})?$` },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
        pullSecrets: { type: 'array' },
      }),
      injector: closed('The webhook that puts sidecars into pods.', {
        ...{ enabled: { type: 'boolean' }, replicas },
        options: optionsSchema('Options of the injector.', injectorTable, ofInjector),
        defaults: optionsSchema('Options of all sidecars.', defaults, ofSidecars),
        certificateSecret: text,
        webhookAnnotations: { type: 'object' },
        ...placement,
      }),
      relay: closed('Forecasts for workloads that may have no pod.', {
        ...{ enabled: { type: 'boolean' }, replicas },
        options: optionsSchema('Options of the process and of all workloads.', OPTIONS, inFile),
        workloads: { type: 'array', items: { ...workload, required: ['workload'] } },
        ...{ env: { type: 'array' }, volumes: { type: 'array' }, volumeMounts: { type: 'array' } },
        ...placement,
      }),
      monitoring: closed('Objects of the Prometheus Operator, and the dashboard.', {
        podMonitors: { type: 'boolean' },
        rules: { type: 'boolean' },
        dashboard: { type: 'boolean' },
        labels: { type: 'object', additionalProperties: text },
      }),
    }),
  };
}
