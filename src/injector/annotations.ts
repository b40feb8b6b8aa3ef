import { maskUrl } from '../config/address.ts';
import type { OptionFault } from '../config/faults.ts';
import { type OptionTable, optionName } from '../config/option.ts';
import { OPTION_FIELDS, OPTIONS, type OptionField } from '../config/options.ts';
import { unknownRule } from '../config/suggest.ts';
import { INJECT_LABEL, MARKER, PREFIX } from './names.ts';
import {
  INJECTION_OPTIONS,
  type InjectionField,
  KEYED_FIELDS,
  KEYED_OPTIONS,
  TLS_KEYS,
} from './options.ts';
import type { Pod } from './pod.ts';

/** Options of the process, not of the workload; the files are made from keys of Secrets. */
const NOT_PER_WORKLOAD: readonly OptionField[] = [
  ...(['namespace', 'injected', 'config', 'help', 'version', 'printConfig'] as const),
  ...(['role', 'forecasterUrl', 'forecasterIntervalSeconds'] as const),
  ...(['forecasterTokenFile', 'forecasterCaFile'] as const),
  ...(['replayFile', 'replaySpeed'] as const),
  ...(['promBearerTokenFile', 'promPasswordFile', 'promCaFile', 'redisPasswordFile'] as const),
  ...(['tlsCertFile', 'tlsKeyFile', 'tlsClientCaFile', 'httpTokenFile'] as const),
];
/** Never by value: an annotation is there for all to read. */
export const SECRET_FIELDS: readonly OptionField[] = [
  'promBearerToken',
  'promPassword',
  'redisPassword',
];
const SECRET_HEADER =
  /^[^:\n]*(?:auth|cookie|credential|passw|secret|token|key\b)[^:\n]*:|:\s*(?:bearer|basic) /im;

/** Texts by field, of the sidecar's own table and of that of injection. */
export interface Wishes {
  readonly sidecar: ReadonlyMap<OptionField, string>;
  readonly injection: ReadonlyMap<InjectionField, string>;
}

export const NO_WISHES: Wishes = { sidecar: new Map(), injection: new Map() };

/** Options of the sidecar that a workload may set. */
export const WORKLOAD_FIELDS = OPTION_FIELDS.filter(
  (field) => !NOT_PER_WORKLOAD.includes(field) && !SECRET_FIELDS.includes(field),
);

const SIDECAR_BY_NAME = new Map(OPTION_FIELDS.map((field) => [optionName(field), field]));
const INJECTION_BY_NAME = new Map(
  (Object.keys(INJECTION_OPTIONS) as InjectionField[]).map((field) => [optionName(field), field]),
);
const KNOWN_NAMES = [...WORKLOAD_FIELDS.map(optionName), ...INJECTION_BY_NAME.keys()];

/**
 * Sorts named texts (annotations without their prefix, lines of a file) by the table that they
 * belong to. An empty text takes back a default.
 */
export function readWishes(
  texts: Iterable<readonly [name: string, text: string]>,
  spelling: (name: string) => string,
): { wishes: Wishes; faults: OptionFault[] } {
  const sidecar = new Map<OptionField, string>();
  const injection = new Map<InjectionField, string>();
  const faults: OptionFault[] = [];
  for (const [name, text] of texts) {
    const refuse = (rule: string) =>
      faults.push({ option: spelling(name) || '""', value: null, origin: 'file', rule });
    const field = SIDECAR_BY_NAME.get(name);
    const ofInjection = INJECTION_BY_NAME.get(name);
    if (ofInjection !== undefined) injection.set(ofInjection, text);
    else if (field === undefined) refuse(unknownRule(name, KNOWN_NAMES, spelling('')));
    else if (SECRET_FIELDS.includes(field) || holdsSecret(field, text)) {
      refuse(`holds a secret: name a key of a Secret in ${spelling(`${name}-secret`)}`);
    } else if (NOT_PER_WORKLOAD.includes(field)) refuse(notPerWorkload(field, spelling));
    else sidecar.set(field, text);
  }
  return { wishes: { sidecar, injection }, faults };
}

/** The wishes in a pod's annotations, before which the defaults of all sidecars go. */
export function wishesOf(
  { metadata }: Pod,
  defaults: Wishes,
): { wishes: Wishes; faults: OptionFault[] } {
  const texts = Object.entries(metadata?.annotations ?? {})
    .filter(([name]) => name.startsWith(PREFIX) && name !== MARKER && name !== INJECT_LABEL)
    .map(([name, text]) => [name.slice(PREFIX.length), text] as const);
  const { wishes, faults } = readWishes(texts, (name) => PREFIX + name);
  return { wishes: overlaid(defaults, wishes), faults };
}

/** The second wishes before the first; a credential that is given one way takes the other back. */
export function overlaid(defaults: Wishes, wishes: Wishes): Wishes {
  const sidecar = new Map([...defaults.sidecar, ...wishes.sidecar]);
  const injection = new Map([...defaults.injection, ...wishes.injection]);
  for (const keyed of KEYED_FIELDS) {
    const { field } = KEYED_OPTIONS[keyed];
    const isKeyed = wishes.injection.has(keyed);
    if (isKeyed && !wishes.sidecar.has(field)) sidecar.delete(field);
    if (!isKeyed && wishes.sidecar.has(field)) injection.delete(keyed);
  }
  return { sidecar, injection };
}

function holdsSecret(field: OptionField, text: string): boolean {
  if (field === 'promHeader') return SECRET_HEADER.test(text);
  const isUrl = (OPTIONS as OptionTable)[field]?.mask === maskUrl;
  return isUrl && text !== '' && maskUrl(text) !== text;
}

function notPerWorkload(field: OptionField, spelling: (name: string) => string): string {
  const isOfTls = TLS_KEYS.some((each) => each.field === field);
  if (isOfTls) return `is set by the injector: name a Secret in ${spelling('tls-secret')}`;
  const keyed = KEYED_FIELDS.find((each) => KEYED_OPTIONS[each].field === field);
  return keyed
    ? `is set by the injector: name a key in ${spelling(optionName(keyed))}`
    : 'is no option of a workload';
}
