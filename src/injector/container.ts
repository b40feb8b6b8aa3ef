import { envName, optionName } from '../config/option.ts';
import { OPTION_FIELDS, type OptionField, type Options } from '../config/options.ts';
import { type Parsed, parseOptions } from '../config/parse.ts';
import type { Wishes } from './annotations.ts';
import { CONTAINER } from './names.ts';
import { type InjectionOptions, KEYED_FIELDS, KEYED_OPTIONS, TLS_KEYS } from './options.ts';
import { PORT_NAMES, type SidecarPorts } from './ports.ts';
import type { SidecarResources } from './resources.ts';

export const SECRETS_FOLDER = '/etc/kedastral/secrets';

/** Of the image (manifests/image/Dockerfile), for pods that would have it run as root. */
const IMAGE_USER = { runAsUser: 65_532, runAsGroup: 65_532 };
/** Time for KEDA to hear that the pod ends, before the sidecar stops to answer. */
const PRE_STOP_SECONDS = 5;
/** The sidecar's own drain takes 8 s. */
const DRAIN_SECONDS = 8;
const GRACE_SECONDS = 30;

/** One that hangs is gone before KEDA gives up on it, after 60 s, and scales to zero. */
const LIVENESS = {
  ...{ periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 },
  terminationGracePeriodSeconds: 10,
};

/** All that a sidecar's container is made of. */
export interface SidecarParts {
  readonly workload: string;
  readonly wishes: Wishes;
  readonly options: InjectionOptions;
  /** How its HTTP face is closed. */
  readonly serving: Pick<Options, 'tlsCertFile' | 'httpTokenAll'>;
  readonly ports: SidecarPorts;
  readonly resources: SidecarResources;
  readonly isNative: boolean;
  readonly graceSeconds: number | null | undefined;
  /** Whether containers of the pod are root unless they say otherwise. */
  readonly isRootPod: boolean;
  /** Of the volume with its files, see `secretsVolume`. */
  readonly volumeName: string;
}

/** The sidecar's container; fields in a fixed order, so that the same pod gives the same bytes. */
export function sidecarContainer(parts: SidecarParts) {
  const { options, ports, resources, isNative } = parts;
  const probe = probeOf(parts);
  const preStop = preStopOf(parts.graceSeconds ?? GRACE_SECONDS);
  return {
    name: CONTAINER,
    image: imageOf(options),
    ...(options.pullPolicy === null ? {} : { imagePullPolicy: options.pullPolicy }),
    ...(isNative ? { restartPolicy: 'Always' } : {}),
    args: argumentsOf(parts).map(escaped),
    env: environmentOf(options),
    ports: [
      { name: PORT_NAMES.http, containerPort: ports.http, protocol: 'TCP' },
      { name: PORT_NAMES.grpc, containerPort: ports.grpc, protocol: 'TCP' },
    ],
    ...(preStop === null ? {} : { lifecycle: { preStop } }),
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: { ...probe, ...LIVENESS },
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      // Elsewhere it is left open: OpenShift refuses pods with users that are not of its choice.
      ...(parts.isRootPod ? IMAGE_USER : {}),
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(keysReadAs('file', options).length === 0
      ? {}
      : { volumeMounts: [{ name: parts.volumeName, mountPath: SECRETS_FOLDER, readOnly: true }] }),
  };
}

/** The volume of the files that the options name, or null when there are none. */
export function secretsVolume(options: InjectionOptions, name: string) {
  const sources = keysReadAs('file', options).map(({ field, from, object, key }) => {
    // Optional: without its Secret the sidecar says what it lacks, and the application starts.
    return { [from]: { name: object, items: [{ key, path: fileName(field) }], optional: true } };
  });
  return sources.length === 0 ? null : { name, projected: { defaultMode: 0o444, sources } };
}

/** The arguments without Kubernetes' escapes, as the sidecar reads them. */
export function argumentsOf({
  workload,
  wishes,
  options,
}: Pick<SidecarParts, 'workload' | 'wishes' | 'options'>): string[] {
  const texts = new Map<OptionField, string>(wishes.sidecar);
  texts.set('workload', workload);
  for (const { field } of keysReadAs('file', options)) {
    texts.set(field, `${SECRETS_FOLDER}/${fileName(field)}`);
  }
  const given = OPTION_FIELDS.flatMap((field) => {
    const text = texts.get(field) ?? '';
    const values = text === '' ? [] : field === 'promHeader' ? text.split('\n') : [text];
    return values.filter((value) => value !== '').map((value) => `--${optionName(field)}=${value}`);
  });
  return ['--injected', ...given];
}

/**
 * Reads arguments as the sidecar does in its container, whose files are not here.
 *
 * @param env variables beside that of the namespace
 */
export async function parseArguments(
  argv: readonly string[],
  namespace: string,
  env: Readonly<Record<string, string>>,
): Promise<Parsed> {
  const absent = () => Promise.reject(new Error('no file of the sidecar is here'));
  const around = { NAMESPACE: namespace, ...env };
  const parsed = await parseOptions(argv, around, absent, async () => undefined);
  const faults = parsed.faults.filter(({ rule }) => !rule.startsWith('cannot be read'));
  return { ...parsed, faults };
}

function environmentOf(options: InjectionOptions) {
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const secrets = keysReadAs('variable', options).map(({ field, object, key }) => ({
    name: envName(field),
    valueFrom: { secretKeyRef: { name: object, key, optional: true } },
  }));
  return [{ name: 'NAMESPACE', valueFrom: { fieldRef } }, ...secrets];
}

/** Keys of Secrets and ConfigMaps that the options name, for the sidecar to read in that way. */
export function keysReadAs(as: 'file' | 'variable', options: InjectionOptions) {
  const keyed = KEYED_FIELDS.flatMap((name) => {
    const [object, key] = options[name]?.split('/') ?? [];
    const isNamed = object !== undefined && key !== undefined;
    return isNamed ? [{ ...KEYED_OPTIONS[name], object, key }] : [];
  });
  const { tlsSecret: object } = options;
  const pair = object === null ? [] : TLS_KEYS.map((row) => ({ ...row, object }));
  return [...keyed, ...pair].filter((each) => each.as === as);
}

function fileName(field: OptionField): string {
  return optionName(field).replace(/-file$/, '');
}

function imageOf({ registry, image }: InjectionOptions): string {
  return registry === null ? image : `${registry.replace(/\/$/, '')}/${image}`;
}

/** Kubernetes replaces `$(NAME)` in arguments and makes `$$` one `$`. */
function escaped(argument: string): string {
  return argument.replaceAll('$', '$$$$');
}

function probeOf({ ports: { http: port }, serving }: SidecarParts) {
  // The kubelet has no token: that something listens is all that it can see.
  if (serving.httpTokenAll) return { tcpSocket: { port } };
  const scheme = serving.tlsCertFile === null ? {} : { scheme: 'HTTPS' };
  return { httpGet: { path: '/healthz', port, ...scheme } };
}

/** `sleep` of the image: the API's own sleep action is refused before Kubernetes 1.30. */
function preStopOf(graceSeconds: number) {
  const seconds = Math.min(PRE_STOP_SECONDS, graceSeconds - DRAIN_SECONDS);
  return seconds < 1 ? null : { exec: { command: ['sleep', String(seconds)] } };
}
