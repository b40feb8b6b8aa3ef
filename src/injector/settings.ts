import type { OptionFault } from '../config/faults.ts';
import { boolean, choice, duration, listenAddress, optional, text } from '../config/kinds.ts';
import { option, type ValuesOf } from '../config/option.ts';
import { LOG_LEVELS, OPTIONS } from '../config/options.ts';
import { resolve } from '../config/resolve.ts';
import {
  type Environment,
  errnoOf,
  type ReadText,
  readArguments,
  readEnvironment,
} from '../config/sources.ts';
import { isNamespace } from '../config/workload.ts';
import { readYamlPairs } from '../config/yaml.ts';
import { NO_WISHES, readWishes, type Wishes } from './annotations.ts';
import { INJECTION_OPTIONS, type InjectionField, readInjection } from './options.ts';

const path = (rule = 'a path') => text('path', rule);
const name = text('name', 'a DNS-1123 label', isNamespace);
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What Kubernetes itself runs in. */
const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease'];

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Namespaces whose pods stay as they are. @param list the option `excluded-namespaces` */
export function excludedNamespaces(own: string, list: string): ReadonlySet<string> {
  return new Set([own, ...SYSTEM_NAMESPACES, ...namesIn(list)]);
}

/** The injector's own options, by the groups of `--help`. */
export const INJECTOR_GROUPS = {
  Injector: {
    listen: option(listenAddress, ':8443', 'address of the webhook, TLS'),
    metricsListen: option(listenAddress, ':8080', 'address of metrics and health, plain HTTP'),
    namespace: option(name, 'kedastral', 'its own namespace, whose pods stay as they are'),
    excludedNamespaces: option(
      text('names', 'names of namespaces, separated by commas', (value) =>
        namesIn(value).every(isNamespace),
      ),
      '',
      'further namespaces whose pods stay as they are, beside its own and those of Kubernetes',
    ),
    defaultsFile: option(
      optional(path()),
      '',
      'YAML file of options of all sidecars, by the names of their annotations, which go before it',
    ),
    logLevel: option(choice(LOG_LEVELS), 'info', 'least level that is logged'),
    logFormat: option(choice(['json', 'text']), 'json', 'form of the log'),
    help: option(boolean, 'false', 'print this help', { isFlagOnly: true }),
    version: option(boolean, 'false', 'print the version', { isFlagOnly: true }),
  },
  Certificate: {
    certificateFolder: option(
      optional(path()),
      '',
      "folder with tls.crt and tls.key, such as cert-manager's; without it one is made and renewed",
    ),
    certificateLifeSeconds: option(
      duration({ minSeconds: 10 }),
      '30d',
      'life of a certificate of its own, renewed when a third is left',
    ),
    serviceName: option(name, 'kedastral-injector', 'Service that the certificate is for'),
    secretName: option(name, 'kedastral-injector', 'Secret that keeps it'),
    leaseName: option(name, 'kedastral-injector', 'Lease that says which replica renews it'),
    webhookName: option(
      name,
      '0-kedastral-injector',
      'MutatingWebhookConfiguration that is told whom to trust',
    ),
  },
  Kubernetes: {
    podName: option(
      optional(text('name', 'a name')),
      '',
      'its own pod, whose image the sidecars get when no other is named',
    ),
    apiUrl: option(
      text('url', 'an http:// or https:// URL', (value) => /^https?:\/\/[^/]+$/.test(value)),
      'https://kubernetes.default.svc',
      'API server',
    ),
    apiTokenFile: option(path(), `${SERVICE_ACCOUNT}/token`, 'token for it, read anew'),
    apiCaFile: option(path(), `${SERVICE_ACCOUNT}/ca.crt`, 'its certificate authority'),
  },
} as const;

const TABLE = {
  ...INJECTOR_GROUPS.Injector,
  ...INJECTOR_GROUPS.Certificate,
  ...INJECTOR_GROUPS.Kubernetes,
  ...INJECTION_OPTIONS,
} as const;

/** The injector's options, checked. */
export type Settings = ValuesOf<typeof TABLE>;

export interface ReadSettings {
  readonly settings: Settings;
  /** Options of all sidecars: those of the defaults file, then those of the command line. */
  readonly defaults: Wishes;
  readonly faults: readonly OptionFault[];
}

/** Reads the injector's options: flag > environment > default, and the defaults of sidecars. */
export async function readSettings(
  argv: readonly string[],
  env: Environment,
  read: ReadText,
): Promise<ReadSettings> {
  const layers = [
    ['flag', readArguments(argv, TABLE)],
    ['env', readEnvironment(env, TABLE)],
  ] as const;
  const { values: settings, given, faults } = resolve(TABLE, layers);
  const file = await readDefaults(settings.defaultsFile, read);
  const injection = new Map(file.wishes.injection);
  for (const field of Object.keys(INJECTION_OPTIONS) as InjectionField[]) {
    const { text, origin } = given[field];
    if (origin !== 'default') injection.set(field, text);
  }
  return {
    settings,
    defaults: { sidecar: file.wishes.sidecar, injection },
    faults: [...layers.flatMap(([, layer]) => layer.faults), ...faults, ...file.faults],
  };
}

/** Of all sidecars' options the one that no two have in common. */
const NAME = 'workload';

/** Reads a file of sidecars' defaults; null reads as an empty one. */
export async function readDefaults(
  file: string | null,
  read: ReadText,
): Promise<{ wishes: Wishes; faults: OptionFault[] }> {
  if (file === null) return { wishes: NO_WISHES, faults: [] };
  const refuse = (option: string, rule: string): OptionFault => {
    return { option, value: null, origin: 'file', rule };
  };
  let source: string;
  try {
    source = await read(file);
  } catch (thrown) {
    return { wishes: NO_WISHES, faults: [refuse(file, `cannot be read (${errnoOf(thrown)})`)] };
  }
  const { pairs, mistakes } = readYamlPairs(source);
  const texts = pairs.map((pair) => [pair.name, pair.text] as const);
  const { wishes, faults } = readWishes(texts, (each) => each);
  const named = wishes.sidecar.has(NAME) ? [refuse(NAME, 'is of one workload: set it there')] : [];
  const unread = mistakes.map((each) => refuse(`${file}:${each.line}`, each.rule));
  const injection = readInjection(wishes.injection);
  const sidecar = resolve(OPTIONS, [['file', { texts: wishes.sidecar, faults: [] }]]);
  return {
    wishes,
    faults: [...unread, ...faults, ...named, ...injection.faults, ...sidecar.faults],
  };
}
