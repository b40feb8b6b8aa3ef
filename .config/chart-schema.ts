// The JSON Schema of the chart's values: every option of the tables in src/, by its name.
import { type Option, type OptionTable, optionName } from '../src/config/option.ts';
import { OPTION_FIELDS, OPTIONS } from '../src/config/options.ts';
import { PROCESS_FIELDS } from '../src/config/process-fields.ts';
import { WORKLOAD_FIELDS } from '../src/injector/annotations.ts';
import { INJECTION_OPTIONS } from '../src/injector/options.ts';
import { INJECTOR_GROUPS } from '../src/injector/settings.ts';

/** What the chart's templates set themselves. */
const SET_BY_CHART = [
  ...['namespace', 'defaultsFile', 'certificateFolder', 'serviceName', 'secretName', 'leaseName'],
  ...['webhookName'],
];

type Schema = Record<string, unknown>;

const TABLE: OptionTable = OPTIONS;

/** The schema of one option's value, as YAML gives it. */
function valueSchema({ kind, doc, default: byDefault, isRepeatable }: Option<unknown>): Schema {
  const about: Schema = { description: `${doc}; must be ${kind.rule}` };
  if (byDefault !== '') about.default = byDefault;
  const { label } = kind;
  if (kind.isSwitch) return { ...about, enum: [true, false, 'true', 'false'] };
  if (label.includes(' | ')) {
    const empty = kind.parse('') === null ? [''] : [];
    return { ...about, enum: [...label.split(' | '), ...empty] };
  }
  if (label === 'integer' || label === 'number') {
    return { ...about, type: [label, 'string'], ...boundsOf(kind.rule) };
  }
  if (isRepeatable) return { ...about, type: ['string', 'array'], items: { type: 'string' } };
  return { ...about, type: ['string', 'number'] };
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
      return row ? [[optionName(field), valueSchema(row)]] : [];
    }),
  );
  return closed(description, properties);
}

function closed(description: string, properties: Schema): Schema {
  return { type: 'object', description, additionalProperties: false, properties };
}

const text = { type: 'string' };
const replicas = { type: 'integer', minimum: 1 };
const placement = {
  resources: { type: 'object' },
  nodeSelector: { type: 'object' },
  tolerations: { type: 'array' },
  affinity: { type: 'object' },
};
const injectorTable: OptionTable = Object.assign({}, ...Object.values(INJECTOR_GROUPS));
const inFile = OPTION_FIELDS.filter((field) => isGiven(TABLE[field]));

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
  const ofSidecars = [...WORKLOAD_FIELDS, ...Object.keys(INJECTION_OPTIONS)];
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...closed('Values of the chart.', {
      global: { type: 'object' },
      image: closed('The image of all parts.', {
        ...{ repository: text, tag: text },
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
