import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import { boolean, optional, text } from '../config/kinds.ts';
import { type OptionTable, option, optionName, type ValuesOf } from '../config/option.ts';
import { OPTIONS } from '../config/options.ts';
import { resolve } from '../config/resolve.ts';
import { readArguments } from '../config/sources.ts';
import { overlaid, readWishes, type Wishes, WORKLOAD_FIELDS } from '../injector/annotations.ts';
import { INJECTION_OPTIONS } from '../injector/options.ts';
import { readDefaults } from '../injector/settings.ts';
import { fieldsOf, type ManifestObject, textOf } from '../wiring/objects.ts';
import type { Terminal } from './terminal.ts';

const VERSION = /^v?(\d{1,3})\.(\d{1,3})(?:[.+-].*)?$/;
/** Stands for "a recent one". */
const NEWEST = { major: Number.POSITIVE_INFINITY, minor: 0 };

const SIDECAR_OPTIONS: OptionTable = Object.fromEntries(
  WORKLOAD_FIELDS.map((field) => [field, OPTIONS[field]]),
);
const OF_SIDECARS = { ...SIDECAR_OPTIONS, ...INJECTION_OPTIONS };

const FILE_HELP = {
  help: option(boolean, 'false', 'print this help', { isFlagOnly: true }),
} as const;

export const FILE_OPTIONS = {
  file: option(text('path', 'a path'), '-', 'manifest to read, also as -f; - is standard input'),
  ...FILE_HELP,
} as const;

/** Options of every command that has to know what sidecars are given. */
export const DEFAULTS_OPTIONS = {
  defaultsFile: option(
    optional(text('path', 'a path')),
    '',
    'YAML file of options of all sidecars, as the injector takes it; without it the ConfigMap ' +
      'of an injector among the manifests',
  ),
  kubernetesVersion: option(
    optional(text('version', 'a version such as 1.36', (value) => VERSION.test(value))),
    '',
    'of the cluster; without it a recent one',
  ),
} as const;

/** What a command line says: options of the command, and those of all sidecars. */
export interface InjectionFlags<T> {
  readonly options: T;
  /** Of the defaults file, then of the command line. */
  readonly wishes: Wishes;
}

type OwnOptions = typeof DEFAULTS_OPTIONS & typeof FILE_HELP & OptionTable;

/**
 * Reads a command's own options and, beside them, all those that an annotation may have. When help
 * is asked for, or there are faults, these are printed, and the exit code is what comes back.
 */
export async function readInjectionFlags<T extends OwnOptions>(
  argv: readonly string[],
  own: T,
  help: string,
  terminal: Terminal,
): Promise<InjectionFlags<ValuesOf<T>> | number> {
  const layer = readArguments(argv.map(spelledOut), { ...OF_SIDECARS, ...own });
  const { faults: wrong } = resolve(OF_SIDECARS, [['flag', layer]]);
  const { values: options, faults } = resolve(own, [['flag', layer]]);
  const { defaultsFile, help: isHelp } = options as ValuesOf<OwnOptions>;
  if (isHelp) {
    terminal.print(help);
    return 0;
  }
  const file = await readDefaults(defaultsFile, (path) => terminal.read(path));
  const texts = [...layer.texts].filter(([field]) => !(field in own));
  const flags = readWishes(
    texts.map(([field, value]) => [optionName(field), value] as const),
    (name) => `--${name}`,
  );
  const all = [...layer.faults, ...wrong, ...faults, ...flags.faults, ...file.faults];
  if (all.length > 0) {
    terminal.printError(formatFaults(all));
    return USAGE_EXIT_CODE;
  }
  return { options, wishes: overlaid(file.wishes, flags.wishes) };
}

const INJECTOR = 'kedastral-injector';
const DEFAULTS_KEY = 'defaults.yaml';

/**
 * Wishes over the defaults of the one injector whose ConfigMap is among the manifests, unless a
 * file was given; null when there is none. Faults in it are said, and it is left out.
 */
export async function sharedWishes(
  objects: readonly ManifestObject[],
  { options, wishes }: InjectionFlags<ValuesOf<OwnOptions>>,
  complain: (words: string) => void,
): Promise<Wishes | null> {
  if (options.defaultsFile !== null) return wishes;
  const found = objects.filter(
    ({ kind, name, labels, value }) =>
      kind === 'ConfigMap' &&
      (name === INJECTOR || labels['app.kubernetes.io/name'] === INJECTOR) &&
      textOf(fieldsOf(value.data)[DEFAULTS_KEY]) !== undefined,
  );
  const [map, ...others] = found;
  if (map === undefined || others.length > 0) return null;
  const text = String(fieldsOf(map.value.data)[DEFAULTS_KEY]);
  const file = await readDefaults(`ConfigMap ${map.name}`, async () => text);
  if (file.faults.length === 0) return overlaid(file.wishes, wishes);
  const faults = file.faults.map(({ option, rule }) => `${option}: ${rule}`);
  complain(`${map.file}: ConfigMap ${map.name}: left out: ${faults.join(', ')}`);
  return null;
}

export function spelledOut(argument: string): string {
  return argument.replace(/^-f(?==|$)/, '--file');
}

/** Of the cluster; null is newer than all. */
export function versionOf(text: string | null): { readonly major: number; readonly minor: number } {
  const [, major, minor] = VERSION.exec(text ?? '') ?? [];
  return major === undefined ? NEWEST : { major: Number(major), minor: Number(minor) };
}

/** HPAConfigurableTolerance is on by default. */
const TOLERANCE_SINCE = { major: 1, minor: 35 };

/** Whether an HPA of that cluster may have a tolerance of its own. */
export function knowsTolerance(version: string | null): boolean {
  const { major, minor } = versionOf(version);
  const since = TOLERANCE_SINCE;
  return major > since.major || (major === since.major && minor >= since.minor);
}
