import type { OptionFault } from '../config/faults.ts';
import { envName, optionName } from '../config/option.ts';
import type { OptionField } from '../config/options.ts';
import type { Parsed } from '../config/parse.ts';
import { type Wishes, wishesOf } from './annotations.ts';
import {
  argumentsOf,
  keysReadAs,
  parseArguments,
  secretsVolume,
  sidecarContainer,
} from './container.ts';
import { applicationIn, SKIP_WORDS, type SkipReason, skipReason } from './eligibility.ts';
import { COLLECTIONS, isEmpty, makeMarker, type Undo } from './marker.ts';
import { meshAnnotations, type NamespaceMarks } from './mesh.ts';
import { DEFAULT_CONTAINER, MARKER, PREFIX, SECRETS_VOLUME } from './names.ts';
import { type InjectionOptions, KEYED_FIELDS, KEYED_OPTIONS, readInjection } from './options.ts';
import type { Pod } from './pod.ts';
import { portClashes } from './ports.ts';
import { type Bound, fitResources } from './resources.ts';

/** What is known about a pod from outside of it. */
export interface Surroundings {
  /** Kind of what owns it: ReplicaSet, Job and so on. */
  readonly ownerKind: string | undefined;
  /** Name of the workload it belongs to, when something owns it. */
  readonly workload: string | null;
  readonly namespace: string | null;
  /** Of the namespace, where they are known. */
  readonly marks?: NamespaceMarks | undefined;
  readonly limits: readonly Bound[];
  /** Whether the cluster knows native sidecars. */
  readonly knowsNative: boolean;
  /** Options of all sidecars; annotations go before them. */
  readonly defaults: Wishes;
}

export type RefusalReason = 'options' | 'ports' | 'resources';

export type Injection = { readonly warnings: readonly string[] } & (
  | { readonly outcome: 'injected'; readonly pod: Pod }
  | { readonly outcome: 'skipped'; readonly reason: SkipReason }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason }
);

/**
 * Puts a sidecar into a pod that wants one. The pod itself stays as it is; what the answer shares
 * with it is unchanged.
 *
 * @param pod one that `podFault` finds nothing wrong with
 */
export async function inject(pod: Pod, around: Surroundings): Promise<Injection> {
  const { wishes, faults: unread } = wishesOf(pod, around.defaults);
  const { values: options, faults } = readInjection(wishes.injection);
  const isNative = options.nativeSidecar && around.knowsNative;
  const warnings =
    options.nativeSidecar && !isNative
      ? ['native sidecars need Kubernetes 1.29: injected as a plain container']
      : [];
  const reason = skipReason(pod, around.ownerKind, isNative);
  if (reason !== null) return skipped(reason);

  const workload = wishes.sidecar.get('workload') || around.workload;
  const parsed = await parseSidecar(workload ?? '', wishes, options, around.namespace);
  const all = [
    ...[...unread, ...faults, ...bothWays(wishes), ...parsed.faults].map(faultWords),
    ...sidecarFaults(workload, parsed),
  ];
  if (all.length > 0) return refused('options', all);
  const { listen, grpcListen } = parsed.options;
  const ports = { http: listen.port, grpc: grpcListen.port };
  const clashes = portClashes(pod, ports);
  if (clashes.length > 0) return refused('ports', clashes);
  const resources = fitResources(options, pod, around.limits);
  if (typeof resources === 'string') return refused('resources', [resources]);

  const volumeName = freeVolumeName(pod);
  const volume = secretsVolume(options, volumeName);
  const container = sidecarContainer({
    ...{ workload: workload as string, wishes, options, ports, resources, isNative },
    serving: parsed.options,
    graceSeconds: pod.spec.terminationGracePeriodSeconds,
    isRootPod: pod.spec.securityContext?.runAsUser === 0,
    volumeName,
  });
  const annotations = meshAnnotations(pod, options.mesh, ports, around.marks);
  return {
    outcome: 'injected',
    pod: put(pod, { container, volume, annotations }, options),
    warnings,
  };
}

function skipped(reason: SkipReason): Injection {
  const words = SKIP_WORDS[reason];
  return { outcome: 'skipped', reason, warnings: words === null ? [] : [`not injected: ${words}`] };
}

function refused(reason: RefusalReason, faults: readonly string[]): Injection {
  return { outcome: 'refused', reason, warnings: faults.map((fault) => `not injected: ${fault}`) };
}

const PLACEHOLDERS: Partial<Record<OptionField, string>> = {
  promUsername: 'user',
  promHeader: 'Name: value',
  redisAddr: 'localhost:6379',
};
const PLACEHOLDER_URL = 'http://secret.invalid';

/** Reads the arguments as the sidecar will; what comes from Secrets is taken for right. */
async function parseSidecar(
  workload: string,
  wishes: Wishes,
  options: InjectionOptions,
  namespace: string | null,
): Promise<Parsed> {
  const argv = argumentsOf({ workload, wishes, options });
  const secrets = keysReadAs('variable', options).map(
    ({ field }) => [envName(field), PLACEHOLDERS[field] ?? PLACEHOLDER_URL] as const,
  );
  return parseArguments(argv, namespace ?? 'default', Object.fromEntries(secrets));
}

/** What the table takes, but a sidecar in a pod cannot do. */
function sidecarFaults(workload: string | null, { options }: Parsed): string[] {
  const faults: string[] = [];
  if (!workload) faults.push(`nothing owns the pod: name its workload in ${PREFIX}workload`);
  for (const field of ['listen', 'grpcListen'] as const) {
    const { host, port } = options[field];
    const isOpen = ['', '0.0.0.0', '::'].includes(host);
    if (port === 0 || !isOpen) {
      faults.push(`${PREFIX}${optionName(field)} must be a fixed port on all addresses`);
    }
  }
  return faults;
}

/** Faults of options that are given in two ways at once. */
function bothWays({ sidecar, injection }: Wishes): OptionFault[] {
  const given = KEYED_FIELDS.filter((keyed) => injection.get(keyed));
  return given.flatMap((keyed, i): OptionFault[] => {
    const { field } = KEYED_OPTIONS[keyed];
    const twin = given.slice(0, i).find((each) => KEYED_OPTIONS[each].field === field);
    const other = twin ?? (sidecar.get(field) ? field : undefined);
    if (other === undefined) return [];
    const rule = `excludes ${optionName(other)}`;
    return [{ option: optionName(keyed), value: null, origin: 'file', rule }];
  });
}

function faultWords({ option, value, rule, origin }: OptionFault): string {
  // Names of annotations in place of those of flags and variables, which nobody wrote here.
  const bare = option.replace(/^--/, '').replace(PREFIX, '');
  const name = origin === 'env' ? bare.toLowerCase().replaceAll('_', '-') : bare;
  const given = value === null ? '' : ` ${JSON.stringify(value)}`;
  return `${PREFIX}${name}${given}: ${rule}`;
}

interface Parts {
  readonly container: ReturnType<typeof sidecarContainer>;
  readonly volume: ReturnType<typeof secretsVolume>;
  /** Of the meshes. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Two volumes of one name would have the API server refuse the pod. */
function freeVolumeName({ spec }: Pod): string {
  const taken = new Set(spec.volumes?.map(({ name }) => name));
  let name: string = SECRETS_VOLUME;
  for (let i = 2; taken.has(name); i++) name = `${SECRETS_VOLUME}-${i}`;
  return name;
}

function put(pod: Pod, { container, volume, annotations }: Parts, options: InjectionOptions): Pod {
  const { spec } = pod;
  const before = pod.metadata?.annotations ?? {};
  const first = applicationIn(pod)?.name;
  const isNamed = DEFAULT_CONTAINER in before || first === undefined;
  const added = { ...(isNamed ? {} : { [DEFAULT_CONTAINER]: first }), ...annotations };
  const { pullSecret } = options;
  const known = (spec.imagePullSecrets ?? []).some(({ name }) => name === pullSecret);
  const newPullSecret = pullSecret === null || known ? null : { name: pullSecret };
  const undo = {
    annotations: Object.fromEntries(
      Object.keys(added).map((name) => [name, before[name] ?? null] as const),
    ),
    ...(newPullSecret === null ? {} : { pullSecret: newPullSecret.name }),
    ...(volume === null ? {} : { volume: volume.name }),
    ...emptyIn(pod),
  };
  const marker = makeMarker({ container, volume, newPullSecret, added }, undo);
  const list = 'restartPolicy' in container ? 'initContainers' : 'containers';
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...before, ...added, [MARKER]: marker } },
    spec: {
      ...spec,
      [list]: [...(spec[list] ?? []), container],
      ...(volume === null ? {} : { volumes: [...(spec.volumes ?? []), volume] }),
      ...(newPullSecret === null
        ? {}
        : { imagePullSecrets: [...(spec.imagePullSecrets ?? []), newPullSecret] }),
    },
  };
}

function emptyIn({ metadata, spec }: Pod): Pick<Undo, 'empty'> {
  const values: Record<string, unknown> = { metadata, ...metadata, ...spec };
  const empty = COLLECTIONS.map((name) => [name, values[name]] as const).filter(
    ([, value]) => value !== undefined && isEmpty(value),
  );
  return empty.length === 0 ? {} : { empty: Object.fromEntries(empty) };
}
