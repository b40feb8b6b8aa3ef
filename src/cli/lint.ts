import { boolean, duration, optional, text } from '../config/kinds.ts';
import { option } from '../config/option.ts';
import { isNamespace } from '../config/workload.ts';
import { knowsTolerance } from '../injector/cluster-version.ts';
import { CODES, type Finding, formatPath } from '../lint/finding.ts';
import { type Linted, lint } from '../lint/lint.ts';
import { placeOf } from '../wiring/target.ts';
import { DEFAULTS_OPTIONS, FILE_OPTIONS } from './injection-flags.ts';
import { readInputs } from './manifest-inputs.ts';
import { lineOf, type Terminal } from './terminal.ts';

const LINT_OPTIONS = {
  ...FILE_OPTIONS,
  file: option(
    text('path', 'a path'),
    '-',
    'file or folder of manifests, also as -f; repeatable; - is standard input',
    { isRepeatable: true },
  ),
  ...DEFAULTS_OPTIONS,
  podStartSeconds: option(
    optional(duration()),
    '',
    'measured time that a new pod takes until it serves; without it, what probes allow is a hint',
  ),
  namespace: option(
    text('name', 'a DNS-1123 label', isNamespace),
    'default',
    'namespace of objects that name none',
  ),
  json: option(boolean, 'false', 'print the findings for programs'),
  strict: option(boolean, 'false', 'exit code 1 on warnings, too'),
} as const;

const HELP = `Usage: kedastral lint -f PATH [-f PATH …] [option …]

Checks ScaledObjects that ask Kedastral, with the Services, HPAs and workloads beside them. Exit
code 1 when there is an error. Takes the options of kedastral inject, as the sidecars get them, and:

`;

/** Runs `kedastral lint`; resolves to the exit code. */
export async function lintCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const inputs = await readInputs('lint', argv, LINT_OPTIONS, HELP, terminal);
  if (typeof inputs === 'number') return inputs;
  const { options, objects, shared, complain } = inputs;
  const linted = await lint(objects, {
    defaults: { ...shared, namespace: options.namespace },
    podStartSeconds: options.podStartSeconds,
    knowsTolerance: knowsTolerance(options.kubernetesVersion),
  });
  terminal.print(options.json ? asJson(linted) : asText(linted));
  if (linted.count === 0) complain('no ScaledObject asks Kedastral');
  const isWrong = ({ severity }: Finding) => severity === 'error' || options.strict;
  return linted.findings.some(isWrong) ? 1 : 0;
}

function asText({ count, findings }: Linted): string {
  const lines = findings.map(({ code, severity, object, path, value, fix }) => {
    const place = `${object.file}:${object.lineOf(path)}`;
    const given = value === null ? 'not set' : JSON.stringify(value);
    const what = `${severity} ${code}: ${placeOf(object)}: ${formatPath(path)} ${given}`;
    return [`${place}: ${what}`, `  why: ${CODES[code]}`, `  fix: ${fix}`].map(lineOf).join('');
  });
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const words = [`${errors} errors`, `${findings.length - errors} warnings`, `${count} checked`];
  return `${lines.join('')}${words.join(', ')}\n`;
}

function asJson({ count, findings }: Linted): string {
  const rows = findings.map(({ code, severity, object, path, value, fix }) => ({
    ...{ code, severity },
    file: object.file,
    document: object.document,
    line: object.lineOf(path),
    object: placeOf(object),
    path: formatPath(path),
    ...{ value, why: CODES[code], fix },
  }));
  return `${JSON.stringify({ checked: count, findings: rows }, null, 2)}\n`;
}
