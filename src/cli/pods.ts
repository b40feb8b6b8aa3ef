import { boolean } from '../config/kinds.ts';
import { option } from '../config/option.ts';
import {
  type PodReport,
  podReport,
  type SidecarState,
  type SurroundPod,
} from '../injector/fleet.ts';
import { type Pod, podFault } from '../injector/pod.ts';
import { boundsOf } from '../injector/resources.ts';
import { VERSION } from '../version.ts';
import { fieldsOf, type ManifestObject } from '../wiring/objects.ts';
import { DEFAULTS_OPTIONS, EXCLUDED_NAMESPACES, FILE_OPTIONS } from './injection-flags.ts';
import { type ManifestInputs, readInputs } from './manifest-inputs.ts';
import { lineOf, type Terminal } from './terminal.ts';

const PODS_OPTIONS = {
  ...FILE_OPTIONS,
  ...DEFAULTS_OPTIONS,
  json: option(boolean, 'false', 'print every pod, for programs'),
} as const;

const OBJECTS = 'pods,limitranges,resourcequotas,namespaces,configmaps,deployments';
const HELP = `Usage: kubectl get ${OBJECTS} -A -o json | kedastral pods [option …]

Lists the pods whose sidecar is not the one that they would get now, and how to roll them. It goes
by what the webhook sees: LimitRanges, quotas, marks of namespaces, ConfigMap and image of the
injector. Where these are not given, it takes the options of kedastral inject for them, and:

`;

const STATE_WORDS: Readonly<Record<SidecarState, string>> = {
  current: 'as it would be now',
  version: `another version than ${VERSION}`,
  options: 'other options than now',
  by_hand: 'put in by hand: compare it yourself',
  missing: 'asks for a sidecar and has none',
  refused: 'would not get one now',
};
const UNKNOWN_DEFAULTS =
  'options of all sidecars are not known, and may be another reason or none: ' +
  `kubectl get ${OBJECTS}, or say --defaults-file and --image as the injector has them`;
const OVER = ['Succeeded', 'Failed'];

/** Runs `kedastral pods`; resolves to the exit code. */
export async function podsCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const inputs = await readInputs('pods', argv, PODS_OPTIONS, HELP, terminal);
  if (typeof inputs === 'number') return inputs;
  const reports = await reportsOf(inputs);
  const isGuessed = ({ isByWebhook, state }: PodReport) => isByWebhook && state !== 'current';
  if (!inputs.shared.isShared && reports.some(isGuessed)) inputs.complain(UNKNOWN_DEFAULTS);
  terminal.print(inputs.options.json ? asJson(reports) : asText(reports));
  return 0;
}

async function reportsOf({
  objects,
  shared,
  complain,
}: ManifestInputs<unknown>): Promise<PodReport[]> {
  const around = { defaults: shared.wishes, knowsNative: shared.knowsNative };
  const surround = surroundIn(objects);
  const reports: PodReport[] = [];
  for (const object of objects.filter(({ group, kind }) => group === '' && kind === 'Pod')) {
    const { value, name, namespace } = object;
    const isOver = OVER.includes(String(fieldsOf(value.status).phase));
    if (isOver || 'deletionTimestamp' in fieldsOf(value.metadata)) continue;
    const fault = podFault(value);
    if (fault !== null) complain(`Pod ${namespace ?? 'default'}/${name}: left out: ${fault}`);
    else {
      const pod = value as unknown as Pod;
      const report = await podReport(pod, namespace ?? 'default', around, surround);
      if (report !== null) reports.push(report);
    }
  }
  return reports.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function surroundIn(objects: readonly ManifestObject[]): SurroundPod {
  const bounds = objects.filter(({ kind }) => kind === 'LimitRange' || kind === 'ResourceQuota');
  const namespaces = objects.filter(({ kind }) => kind === 'Namespace');
  return (namespace) => ({
    // What a quota has in use counts for new pods: these are in it.
    limits: bounds
      .filter((each) => each.namespace === namespace)
      .flatMap(({ value: { spec } }) => boundsOf({ spec })),
    marks: namespaces.find(({ name }) => name === namespace),
    isExcluded: EXCLUDED_NAMESPACES.has(namespace),
  });
}

function asText(reports: readonly PodReport[]): string {
  const stale = reports.filter(({ state }) => state !== 'current');
  const all = `${reports.length} pods with a sidecar or a wish for one`;
  const count = `${all}, ${stale.length} to look at\n`;
  if (stale.length === 0) return count;
  const places = stale.map(({ namespace, name }) => `${namespace}/${name}`);
  const width = Math.max(...places.map((place) => place.length));
  const lines = stale.map(({ version, state, words }, i) => {
    const place = (places[i] as string).padEnd(width);
    return lineOf(`${place}  ${version ?? '-'}  ${[STATE_WORDS[state], ...words].join(': ')}`);
  });
  return `${lines.join('')}\n${count}\n${rollText(stale)}`;
}

/** A line a workload, in the order of its first pod. */
function rollText(stale: readonly PodReport[]): string {
  const lines = stale.map(({ roll }) => lineOf(roll.command ?? `# ${roll.words}`));
  return [...new Set(lines)].join('');
}

function asJson(reports: readonly PodReport[]): string {
  return `${JSON.stringify({ version: VERSION, pods: reports }, null, 2)}\n`;
}
