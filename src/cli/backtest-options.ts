import { formatGate, needsReplay } from '../backtest/gate.ts';
import { formatDuration } from '../config/duration.ts';
import { type OptionFault, valueFault } from '../config/faults.ts';
import { type Given, resolve } from '../config/resolve.ts';
import { type Environment, type Layer, readArguments, readEnvironment } from '../config/sources.ts';
import {
  BACKTEST_OPTIONS,
  type BacktestField,
  type BacktestOptions,
  CAPACITY,
  SHARED,
} from './backtest-table.ts';

export interface ParsedBacktest {
  readonly options: BacktestOptions;
  readonly faults: readonly OptionFault[];
  readonly given: Readonly<Record<BacktestField, Given>>;
}

/** Reads flags, and of the environment what is the sidecar's source, model and capacity. */
export function parseBacktestOptions(argv: readonly string[], env: Environment): ParsedBacktest {
  const flags = readArguments(withInputs(argv), BACKTEST_OPTIONS);
  const { adapter: _, ...shared } = SHARED;
  const fromEnvironment: Layer = readEnvironment(env, { ...shared, ...CAPACITY });
  const { values, given, faultyFields, faults } = resolve(BACKTEST_OPTIONS, [
    ['flag', flags],
    ['env', fromEnvironment],
  ]);
  const broken = RULES.flatMap(({ fields, check }) => {
    if (fields.some((field) => faultyFields.has(field))) return [];
    const [field] = fields;
    const message = check(values);
    return message === null
      ? []
      : [valueFault(field, BACKTEST_OPTIONS[field], given[field], message)];
  });
  return { options: values, faults: [...flags.faults, ...faults, ...broken], given };
}

/** Arguments before the first flag are inputs: `kedastral backtest a.csv --json`. */
function withInputs(argv: readonly string[]): string[] {
  const first = argv.findIndex((argument) => argument.startsWith('-') && argument !== '-');
  const inputs = first < 0 ? argv : argv.slice(0, first);
  return [...inputs.flatMap((input) => ['--input', input]), ...argv.slice(inputs.length)];
}

interface Rule {
  readonly fields: readonly [BacktestField, ...BacktestField[]];
  /** What is wrong, or null. */
  check(options: BacktestOptions): string | null;
}

const RULES: readonly Rule[] = [
  {
    fields: ['input', 'promUrl', 'hpaCase'],
    check: (o) =>
      o.input.length === 0 && o.promUrl === null && o.hpaCase === null
        ? 'or prom-url is needed: a source of data'
        : null,
  },
  {
    fields: ['promQuery', 'promUrl', 'input'],
    check: (o) =>
      o.input.length === 0 && o.promUrl !== null && o.promQuery === null
        ? 'is needed to query prom-url'
        : null,
  },
  {
    fields: ['stride', 'origins'],
    check: (o) => (o.stride !== null && o.origins !== null ? 'excludes origins' : null),
  },
  {
    fields: ['start', 'rangeSeconds'],
    check: (o) => (o.start !== null && o.rangeSeconds !== null ? 'excludes range' : null),
  },
  {
    fields: ['start', 'end'],
    check: (o) =>
      o.start !== null && o.end !== null && o.start >= o.end ? 'must be before end' : null,
  },
  {
    fields: ['minReplicas', 'maxReplicas'],
    check: (o) => {
      const isOver = o.maxReplicas !== null && o.minReplicas > o.maxReplicas;
      return isOver ? `must be at most max, ${o.maxReplicas}` : null;
    },
  },
  {
    fields: ['replay', 'tune'],
    check: (o) => (o.replay === false && o.tune ? 'excludes tune' : null),
  },
  {
    fields: ['replay', 'failIf'],
    check: (o) => {
      const gate = o.failIf.find(needsReplay);
      if (o.replay !== false || !gate) return null;
      return `excludes fail-if ${formatGate(gate)}, which is measured in the replay`;
    },
  },
  ...(['start', 'end', 'rangeSeconds', 'replicasQuery'] as const).map(
    (field): Rule => ({
      fields: [field, 'input'],
      check: (o) =>
        o.input.length > 0 && o[field] !== null ? 'is for prom-url: of a CSV all is taken' : null,
    }),
  ),
  {
    fields: ['leadTimeSeconds', 'horizonSeconds'],
    check: (o) =>
      o.horizonSeconds !== null && o.leadTimeSeconds > o.horizonSeconds
        ? `must be at most horizon, ${formatDuration(o.horizonSeconds)}`
        : null,
  },
  {
    fields: ['byomUrl', 'models'],
    check: (o) =>
      o.models.includes('byom') && o.byomUrl === null ? 'is needed by model byom' : null,
  },
];
