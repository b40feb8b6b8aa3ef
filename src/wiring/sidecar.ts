import { optionName } from '../config/option.ts';
import type { Options } from '../config/options.ts';
import { type Wishes, wishesOf } from '../injector/annotations.ts';
import { argumentsOf, parseArguments } from '../injector/container.ts';
import { sidecarIn } from '../injector/eligibility.ts';
import { inject, type Surroundings } from '../injector/inject.ts';
import { type InjectionOptions, readInjection } from '../injector/options.ts';
import type { Container } from '../injector/pod.ts';
import { fieldsOf, listOf } from './objects.ts';
import type { Target } from './target.ts';

/** The sidecar that a workload's pods have, or get. */
export interface Sidecar {
  readonly options: Options;
  readonly injection: InjectionOptions;
  /** Texts by the names of options, as they are given; also of names that are none. */
  readonly given: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** Why there is none, in words. */
export interface NoSidecar {
  readonly faults: readonly string[];
}

/** What is known from outside of the manifest. */
export interface Defaults {
  readonly wishes: Wishes;
  /** Whether the options of all sidecars are among them, as the injector has them. */
  readonly isShared: boolean;
  readonly knowsNative: boolean;
  /** Of workloads that name none. */
  readonly namespace: string;
}

const SHARED_HINT =
  ' (where the injector has it for all sidecars: give its ConfigMap, or --defaults-file)';

/** The container itself is the truth where it is there; else it is what injection would put in. */
export async function sidecarOf(target: Target, defaults: Defaults): Promise<Sidecar | NoSidecar> {
  const { pod, object } = target;
  const present = sidecarIn(pod);
  if (present) return ofContainer(present, target, defaults, []);
  const around: Surroundings = {
    ownerKind: object.kind,
    workload: object.name,
    namespace: namespaceOf(target, defaults),
    limits: [],
    knowsNative: defaults.knowsNative,
    defaults: defaults.wishes,
  };
  const injection = await inject(pod, around);
  if (injection.outcome !== 'injected') {
    const isOfOptions = injection.outcome === 'refused' && injection.reason === 'options';
    const hint = isOfOptions && !defaults.isShared ? SHARED_HINT : '';
    return { faults: injection.warnings.map((words) => words + hint) };
  }
  const made = sidecarIn(injection.pod) as Container;
  return ofContainer(made, target, defaults, injection.warnings);
}

/** What a relay would have to know of a workload: its options, without a source of data. */
export async function relayed(target: Target, defaults: Defaults): Promise<Sidecar | NoSidecar> {
  const { wishes, faults: unread } = wishesOf(target.pod, defaults.wishes);
  const injection = readInjection(wishes.injection);
  const name = wishes.sidecar.get('workload') || target.object.name;
  const all = argumentsOf({ workload: name, wishes, options: injection.values });
  // The source may be one that all workloads of the relay share.
  const argv = all.filter((argument) => argument !== '--injected');
  const read = await parseArguments(argv, namespaceOf(target, defaults), {});
  const faults = [...unread, ...injection.faults, ...read.faults];
  if (faults.length > 0) return { faults: faults.map(({ option, rule }) => `${option}: ${rule}`) };
  const { values } = injection;
  return { options: read.options, injection: values, given: givenIn(argv), warnings: [] };
}

async function ofContainer(
  container: Container,
  target: Target,
  defaults: Defaults,
  warnings: readonly string[],
): Promise<Sidecar | NoSidecar> {
  const { args, env } = fieldsOf(container);
  // Kubernetes makes `$$` one `$`.
  const argv = listOf(args).map((each) => String(each).replaceAll('$$', '$'));
  // What a variable takes from elsewhere, as its namespace, has no value here.
  const texts = listOf(env)
    .map(fieldsOf)
    .filter(({ value }) => typeof value === 'string')
    .map(({ name, value }) => [String(name), value as string] as const);
  const namespace = namespaceOf(target, defaults);
  const read = await parseArguments(argv, namespace, Object.fromEntries(texts));
  // Variables from Secrets are not here to be read.
  const mistakes = read.faults.filter(({ origin }) => origin === 'flag');
  if (mistakes.length > 0) {
    return { faults: mistakes.map(({ option, rule }) => `its container: ${option}: ${rule}`) };
  }
  const { values } = readInjection(wishesOf(target.pod, defaults.wishes).wishes.injection);
  return { options: read.options, injection: values, given: givenIn(argv), warnings };
}

function namespaceOf({ object }: Target, defaults: Defaults): string {
  return object.namespace ?? defaults.namespace;
}

const GIVEN = /^--?([^=]+)(?:=([\s\S]*))?$/;

function givenIn(argv: readonly string[]): ReadonlyMap<string, string> {
  const pairs = argv.map((argument, i) => {
    const [, name = '', attached] = GIVEN.exec(argument) ?? [];
    return [name, attached ?? argv[i + 1] ?? ''] as const;
  });
  return new Map(pairs.filter(([name]) => name !== ''));
}

/** Whether an option was given, and not left to its default. */
export function isGiven({ given }: Sidecar, field: keyof Options): boolean {
  return given.has(optionName(field));
}
