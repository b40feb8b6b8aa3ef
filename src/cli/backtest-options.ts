import { formatGate, needsReplay } from '../backtest/gate.ts';
import { formatDuration } from '../config/duration.ts';
import type { OptionFault } from '../config/faults.ts';
import { type Given, resolve } from '../config/resolve.ts';
import { type Rule, rule, ruleFaults } from '../config/rule.ts';
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
  const resolved = resolve(BACKTEST_OPTIONS, [
    ['flag', flags],
    ['env', fromEnvironment],
  ]);
  const broken = ruleFaults(BACKTEST_OPTIONS, resolved, RULES);
  const { values, given, faults } = resolved;
  return { options: values, faults: [...flags.faults, ...faults, ...broken], given };
}

/** Arguments before the first flag are inputs: `kedastral backtest a.csv --json`. */
function withInputs(argv: readonly string[]): string[] {
  const first = argv.findIndex((argument) => argument.startsWith('-') && argument !== '-');
  const inputs = first < 0 ? argv : argv.slice(0, first);
  return [...inputs.flatMap((input) => ['--input', input]), ...argv.slice(inputs.length)];
}

const RULES: readonly Rule<BacktestOptions>[] = [
  rule(
    ['input', 'promUrl', 'hpaCase'],
    (o) => o.input.length === 0 && o.promUrl === null && o.hpaCase === null,
    'or prom-url is needed: a source of data',
  ),
  rule(
    ['promQuery', 'promUrl', 'input'],
    (o) => o.input.length === 0 && o.promUrl !== null && o.promQuery === null,
    'is needed to query prom-url',
  ),
  rule(['stride', 'origins'], (o) => o.stride !== null && o.origins !== null, 'excludes origins'),
  rule(
    ['start', 'rangeSeconds'],
    (o) => o.start !== null && o.rangeSeconds !== null,
    'excludes range',
  ),
  rule(
    ['start', 'end'],
    (o) => o.start !== null && o.end !== null && o.start >= o.end,
    'must be before end',
  ),
  rule(
    ['minReplicas', 'maxReplicas'],
    (o) => o.maxReplicas !== null && o.minReplicas > o.maxReplicas,
    (o) => `must be at most max, ${o.maxReplicas}`,
  ),
  rule(['replay', 'tune'], (o) => o.replay === false && o.tune, 'excludes tune'),
  {
    fields: ['replay', 'failIf'],
    check: (o) => {
      const gate = o.failIf.find(needsReplay);
      if (o.replay !== false || !gate) return null;
      return `excludes fail-if ${formatGate(gate)}, which is measured in the replay`;
    },
  },
  ...(['start', 'end', 'rangeSeconds', 'replicasQuery'] as const).map((field) =>
    rule<BacktestOptions>(
      [field, 'input'],
      (o) => o.input.length > 0 && o[field] !== null,
      'is for prom-url: of a CSV all is taken',
    ),
  ),
  {
    fields: ['leadTimeSeconds', 'horizonSeconds'],
    check: ({ leadTimeSeconds, horizonSeconds }) => {
      if (horizonSeconds === null || leadTimeSeconds <= horizonSeconds) return null;
      return `must be at most horizon, ${formatDuration(horizonSeconds)}`;
    },
  },
  rule(
    ['byomUrl', 'models'],
    (o) => o.models.includes('byom') && o.byomUrl === null,
    'is needed by model byom',
  ),
];
