import { formatFaults, USAGE_EXIT_CODE } from '../config/faults.ts';
import { boolean, type Kind, optional, text } from '../config/kinds.ts';
import { type OptionTable, option, optionName, type ValuesOf } from '../config/option.ts';
import { OPTIONS } from '../config/options.ts';
import { resolve } from '../config/resolve.ts';
import { readArguments } from '../config/sources.ts';
import { overlaid, readWishes, type Wishes, WORKLOAD_FIELDS } from '../injector/annotations.ts';
import type { ClusterVersion } from '../injector/cluster-version.ts';
import { INJECTION_OPTIONS } from '../injector/options.ts';
import { excludedNamespaces, INJECTOR_GROUPS, readDefaults } from '../injector/settings.ts';
import type { Terminal } from './terminal.ts';

const VERSION = /^v?(\d{1,3})\.(\d{1,3})(?:[.+-].*)?$/;
/** Stands for "a recent one". */
const NEWEST = { major: Number.POSITIVE_INFINITY, minor: 0 };
const clusterVersion: Kind<ClusterVersion> = {
  label: 'version',
  rule: 'a version such as 1.36',
  parse: (value) => {
    if (value === '') return NEWEST;
    const [, major, minor] = VERSION.exec(value) ?? [];
    return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
  },
  format: (value) => (value === NEWEST ? '' : `${value.major}.${value.minor}`),
};

/** Whose pods a webhook leaves as they are, whatever it is told. */
export const EXCLUDED_NAMESPACES = excludedNamespaces(
  INJECTOR_GROUPS.Injector.namespace.default,
  '',
);

const SIDECAR_OPTIONS: OptionTable = Object.fromEntries(
  WORKLOAD_FIELDS.map((field) => [field, OPTIONS[field]]),
);
const OF_SIDECARS = { ...SIDECAR_OPTIONS, ...INJECTION_OPTIONS };

export const FILE_OPTIONS = {
  file: option(text('path', 'a path'), '-', 'manifest to read, also as -f; - is standard input'),
  help: option(boolean, 'false', 'print this help', { isFlagOnly: true }),
} as const;

/** Options of every command that has to know what sidecars are given. */
export const DEFAULTS_OPTIONS = {
  defaultsFile: option(
    optional(text('path', 'a path')),
    '',
    'YAML file of options of all sidecars, as the injector takes it; without it the ConfigMap ' +
      'of an injector among the manifests',
  ),
  kubernetesVersion: option(clusterVersion, '', 'of the cluster; without it a recent one'),
} as const;

/** What a command line says: options of the command, and those of all sidecars. */
export interface InjectionFlags<T> {
  readonly options: T;
  /** Of the defaults file, then of the command line. */
  readonly wishes: Wishes;
}

export type OwnOptions = typeof FILE_OPTIONS & typeof DEFAULTS_OPTIONS & OptionTable;

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

export function spelledOut(argument: string): string {
  return argument.replace(/^-f(?==|$)/, '--file');
}
