import { stringify } from 'yaml';
import { parseAddress } from '../config/address.ts';
import { boolean, choice, optional, text } from '../config/kinds.ts';
import { option, optionName, type ValuesOf } from '../config/option.ts';
import { PROCESS_FIELDS } from '../config/process-fields.ts';
import { isNamespace } from '../config/workload.ts';
import { WORKLOAD_FIELDS } from '../injector/annotations.ts';
import { knowsTolerance } from '../injector/cluster-version.ts';
import { isAsked, isInjected } from '../injector/eligibility.ts';
import { INJECT_LABEL } from '../injector/names.ts';
import { type CommentedObject, printed } from '../wiring/document.ts';
import { type ManifestObject, valueAt } from '../wiring/objects.ts';
import { rolloutOf, withTemplates } from '../wiring/rollout.ts';
import { relayed, type Sidecar, sidecarOf } from '../wiring/sidecar.ts';
import { isScalable, isUnscalable, placeOf, targetOf } from '../wiring/target.ts';
import type { WiringWishes } from '../wiring/wired.ts';
import { type Wiring, wiringOf } from '../wiring/wiring.ts';
import { DEFAULTS_OPTIONS, EXCLUDED_NAMESPACES, FILE_OPTIONS } from './injection-flags.ts';
import { type ManifestInputs, readInputs } from './manifest-inputs.ts';
import type { Terminal } from './terminal.ts';

const namespaceName = text('name', 'a DNS-1123 label', isNamespace);
const relayAddress = optional(
  text('host:port', 'host:port of a relay', (value) => {
    const address = parseAddress(value);
    return address !== undefined && address.host !== '' && address.port > 0;
  }),
);

const WIRE_OPTIONS = {
  ...FILE_OPTIONS,
  ...DEFAULTS_OPTIONS,
  push: option(
    boolean,
    'true',
    'trigger external-push: KEDA hears of sidecars that come later; false has external',
  ),
  relay: option(
    relayAddress,
    '',
    'address of a relay in place of sidecars, for workloads that may sleep at 0 replicas',
  ),
  safety: option(
    choice(['auto', 'prometheus', 'cpu', 'none']),
    'auto',
    'second trigger: the query itself, or CPU where KEDA cannot ask it',
  ),
  namespace: option(namespaceName, 'default', 'namespace of workloads that name none'),
  kedaNamespace: option(namespaceName, 'keda', 'who may ask for replicas'),
  prometheusNamespace: option(
    optional(namespaceName),
    '',
    'who may ask for metrics; without it as prom-url says, or monitoring',
  ),
  networkPolicy: option(
    choice(['open', 'guarded', 'none']),
    'open',
    'open leaves the ports of the application as they are; guarded where another policy opens them',
  ),
  serviceMonitor: option(boolean, 'true', 'whether the Prometheus Operator scrapes the sidecars'),
  disruptionBudget: option(boolean, 'true', 'whether there is a PodDisruptionBudget'),
} as const;

const HELP = `Usage: kedastral wire -f FILE [option …]

Prints what the workloads of a manifest need beside their pods: headless Service, ScaledObject,
PodDisruptionBudget, NetworkPolicy and ServiceMonitor. Takes the options of kedastral inject, and:

`;

/** Runs `kedastral wire`; resolves to the exit code. */
export async function wireCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const inputs = await readInputs('wire', argv, WIRE_OPTIONS, HELP, terminal);
  if (typeof inputs === 'number') return inputs;
  const { complain } = inputs;
  const objects = withTemplates(inputs.objects);
  for (const object of objects.filter(isUnscalable)) {
    complain(`${placeOf(object)}: left out: a ${object.kind} is not scaled`);
  }
  const scalable = objects.filter((object) => isScalable(object) && hasTemplate(object));
  for (const object of objects.filter((each) => isScalable(each) && !hasTemplate(each))) {
    complain(`${placeOf(object)}: left out: it has no pod template`);
  }
  for (const object of scalable.filter(wantsNone)) {
    complain(`${placeOf(object)}: left out: its label ${INJECT_LABEL} is "false"`);
  }
  const wanted = scalable.filter((object) => !wantsNone(object));
  const named = wanted.filter((object) => rolloutOf(object, objects) !== undefined);
  for (const object of named) complain(`${placeOf(object)}: left out: a Rollout has its pods`);
  const workloads = wanted.filter((object) => !named.includes(object));
  if (workloads.length === 0) complain('there is no workload to be scaled');
  const wired: CommentedObject[] = [];
  const cautions = new Set<string>();
  let isRefused = workloads.length === 0;
  for (const workload of workloads) {
    const { faults: wrong, objects: made, ...said } = await wire(workload, inputs);
    for (const words of [...wrong, ...said.notes]) complain(`${placeOf(workload)}: ${words}`);
    for (const words of said.cautions) cautions.add(words);
    isRefused ||= wrong.length > 0;
    const head = [[], `${placeOf(workload)}, by kedastral wire`] as const;
    wired.push(...withComment(made, head));
  }
  for (const words of sharedNames(wired)) {
    complain(words);
    isRefused = true;
  }
  // Half of it would be applied: what is piped on is all or nothing.
  if (isRefused) return 1;
  for (const words of cautions) complain(words);
  terminal.print(printed(wired));
  return 0;
}

/** A Rollout may name the workload that has it instead, which is not among the manifests then. */
function hasTemplate({ value }: ManifestObject): boolean {
  return valueAt(value, ['spec', 'template']) !== undefined;
}

function wantsNone({ value }: ManifestObject): boolean {
  return valueAt(value, ['spec', 'template', 'metadata', 'labels', INJECT_LABEL]) === 'false';
}

type WireOptions = ValuesOf<typeof WIRE_OPTIONS>;

async function wire(
  workload: ManifestObject,
  { options, objects, shared }: ManifestInputs<WireOptions>,
): Promise<Wiring> {
  const refused = (faults: readonly string[]): Wiring => ({
    ...{ objects: [], notes: [], cautions: [], faults },
  });
  const target = targetOf(workload);
  if (typeof target === 'string') return refused([target]);
  const isRelayed = options.relay !== null;
  const defaults = { ...shared, namespace: options.namespace };
  const sidecar = await (isRelayed ? relayed : sidecarOf)(target, defaults);
  if ('faults' in sidecar) return refused(sidecar.faults);
  const wiring = wiringOf(target, sidecar, wiringWishes(options), objects);
  const unnamed = `it names no namespace: wired for namespace ${options.namespace}`;
  const bare = `its pods have no sidecar: set label ${INJECT_LABEL}: "true", or inject it`;
  const excluded = 'its pods get no sidecar: the webhook leaves its namespace out';
  const isGiven = isRelayed || isInjected(target.pod);
  const isExcluded = EXCLUDED_NAMESPACES.has(workload.namespace ?? options.namespace);
  const notes = [
    ...(workload.namespace === null ? [unnamed] : []),
    ...(isGiven || isAsked(target.pod) ? [] : [bare]),
    ...(isGiven || !isExcluded ? [] : [excluded]),
  ];
  const entry = isRelayed ? relayEntry(sidecar, workload.namespace ?? options.namespace) : null;
  const made = entry === null ? wiring.objects : withComment(wiring.objects, [['spec'], entry]);
  return { ...wiring, objects: made, notes: [...notes, ...wiring.notes] };
}

/** What stands in the relay's list of workloads, as lines of its config file. */
function relayEntry({ options, given }: Sidecar, namespace: string): string {
  const identity = `${options.workload.namespace ?? namespace}/${options.workload.name}`;
  const own = WORKLOAD_FIELDS.filter((field) => !PROCESS_FIELDS.includes(field))
    .map((field) => [optionName(field), given.get(optionName(field))] as const)
    .filter(([name, text]) => text !== undefined && name !== 'workload');
  const entry = { workload: identity, ...Object.fromEntries(own) };
  const words = 'Among workloads of the relay, where it has no such entry:';
  return `${words}\n${stringify([entry], { lineWidth: 0 }).trimEnd()}`;
}

/** The objects with a further comment on the first one. */
function withComment(
  [first, ...others]: readonly CommentedObject[],
  comment: CommentedObject['comments'][number],
): readonly CommentedObject[] {
  return first ? [{ ...first, comments: [...first.comments, comment] }, ...others] : [];
}

function wiringWishes(options: WireOptions): WiringWishes {
  const { relay, safety, kedaNamespace, prometheusNamespace, networkPolicy } = options;
  return {
    ...{ relay, safety, kedaNamespace, prometheusNamespace, networkPolicy },
    triggerType: options.push || relay !== null ? 'external-push' : 'external',
    hasServiceMonitor: options.serviceMonitor,
    hasDisruptionBudget: options.disruptionBudget,
    namespace: options.namespace,
    knowsTolerance: knowsTolerance(options.kubernetesVersion),
  };
}

/** A Deployment and a StatefulSet of one name would share what is made for them. */
function sharedNames(objects: readonly CommentedObject[]): string[] {
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const { value } of objects) {
    const { name, namespace } = value.metadata as Record<string, string>;
    const key = `${value.kind} ${namespace}/${name}`;
    if (seen.has(key)) shared.add(`two workloads would have ${key}: wire one of them by itself`);
    seen.add(key);
  }
  return [...shared];
}
