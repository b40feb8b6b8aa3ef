import { envName, optionName } from '../config/option.ts';
import { OPTION_FIELDS, type OptionField } from '../config/options.ts';
import type { Wishes } from './annotations.ts';
import { CONTAINER } from './names.ts';
import { type InjectionOptions, KEYED_OPTIONS, type KeyedField } from './options.ts';
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

/** All that a sidecar's container is made of. */
export interface SidecarParts {
  readonly workload: string;
  readonly wishes: Wishes;
  readonly options: InjectionOptions;
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
    startupProbe: { ...probeOf(ports), periodSeconds: 1, failureThreshold: 30 },
    livenessProbe: livenessProbe(ports),
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
    ...(filesOf(options).length === 0
      ? {}
      : { volumeMounts: [{ name: parts.volumeName, mountPath: SECRETS_FOLDER, readOnly: true }] }),
  };
}

/** One that hangs is gone before KEDA gives up on it, after 60 s, and scales to zero. */
function livenessProbe(ports: SidecarParts['ports']) {
  const pace = { periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 3 };
  return { ...probeOf(ports), ...pace, terminationGracePeriodSeconds: 10 };
}

/** The volume of the files that the options name, or null when there are none. */
export function secretsVolume(options: InjectionOptions, name: string) {
  const sources = filesOf(options).map(([keyed, object, key]) => {
    const { field, from } = KEYED_OPTIONS[keyed];
    // Optional: without its Secret the sidecar says what it lacks, and the application starts.
    const source = { name: object, items: [{ key, path: fileName(field) }], optional: true };
    return from === 'secret' ? { secret: source } : { configMap: source };
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
  for (const [keyed] of filesOf(options)) {
    const { field } = KEYED_OPTIONS[keyed];
    texts.set(field, `${SECRETS_FOLDER}/${fileName(field)}`);
  }
  const given = OPTION_FIELDS.flatMap((field) => {
    const text = texts.get(field) ?? '';
    const values = text === '' ? [] : field === 'promHeader' ? text.split('\n') : [text];
    return values.filter((value) => value !== '').map((value) => `--${optionName(field)}=${value}`);
  });
  return ['--injected', ...given];
}

/** Options that are read from variables, with the Secret and its key. */
export function variablesOf(options: InjectionOptions): [OptionField, string, string][] {
  return keysIn(options)
    .filter(([keyed]) => KEYED_OPTIONS[keyed].as === 'variable')
    .map(([keyed, name, key]) => [KEYED_OPTIONS[keyed].field, name, key]);
}

function environmentOf(options: InjectionOptions) {
  const namespace = { name: 'NAMESPACE', valueFrom: { fieldRef: namespaceField } };
  const secrets = variablesOf(options).map(([field, name, key]) => ({
    name: envName(field),
    valueFrom: { secretKeyRef: { name, key, optional: true } },
  }));
  return [namespace, ...secrets];
}

const namespaceField = { apiVersion: 'v1', fieldPath: 'metadata.namespace' } as const;

function filesOf(options: InjectionOptions): [KeyedField, string, string][] {
  return keysIn(options).filter(([keyed]) => KEYED_OPTIONS[keyed].as === 'file');
}

function keysIn(options: InjectionOptions): [KeyedField, string, string][] {
  return (Object.keys(KEYED_OPTIONS) as KeyedField[]).flatMap((keyed) => {
    const [name, key] = options[keyed]?.split('/') ?? [];
    return name === undefined || key === undefined ? [] : [[keyed, name, key]];
  });
}

function fileName(field: OptionField): string {
  return optionName(field).replace(/-file$/, '');
}

export function imageOf({ registry, image }: InjectionOptions): string {
  return registry === null ? image : `${registry.replace(/\/$/, '')}/${image}`;
}

/** Kubernetes replaces `$(NAME)` in arguments and makes `$$` one `$`. */
function escaped(argument: string): string {
  return argument.replaceAll('$', '$$$$');
}

function probeOf({ http }: SidecarPorts) {
  return { httpGet: { path: '/healthz', port: http } };
}

/** `sleep` of the image: the API's own sleep action is refused before Kubernetes 1.30. */
function preStopOf(graceSeconds: number) {
  const seconds = Math.min(PRE_STOP_SECONDS, graceSeconds - DRAIN_SECONDS);
  return seconds < 1 ? null : { exec: { command: ['sleep', String(seconds)] } };
}
