/** The parts of a pod, or of a workload's pod template, that injection reads or changes. */
export interface Pod {
  readonly metadata?: Metadata | null;
  readonly spec: PodSpec;
}

export interface Metadata {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly ownerReferences?: readonly Owner[] | null;
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean | null;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | null;
  readonly volumes?: readonly { readonly name: string }[] | null;
  readonly imagePullSecrets?: readonly { readonly name?: string }[] | null;
  readonly hostNetwork?: boolean | null;
  readonly restartPolicy?: string | null;
  readonly nodeSelector?: Readonly<Record<string, string>> | null;
  readonly os?: { readonly name?: string } | null;
  readonly terminationGracePeriodSeconds?: number | null;
  readonly securityContext?: { readonly runAsUser?: number | null } | null;
  readonly resources?: Resources | null;
}

export interface Container {
  readonly name: string;
  readonly restartPolicy?: string | null;
  readonly ports?: readonly Port[] | null;
  readonly resources?: Resources | null;
  readonly livenessProbe?: Probe | null;
  readonly readinessProbe?: Probe | null;
  readonly startupProbe?: Probe | null;
}

export interface Port {
  readonly name?: string | null;
  readonly containerPort: number;
  readonly protocol?: string | null;
}

export interface Probe {
  readonly httpGet?: { readonly port?: unknown } | null;
  readonly tcpSocket?: { readonly port?: unknown } | null;
  readonly grpc?: { readonly port?: unknown } | null;
}

/** Amounts by resource name, such as cpu and memory. */
export type Amounts = Readonly<Record<string, string | number>>;

export interface Resources {
  readonly requests?: Amounts | null;
  readonly limits?: Amounts | null;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isInteger: Check = (value) => Number.isInteger(value);
const isAmount: Check = (value) => typeof value === 'string' || Number.isFinite(value);
const isPort: Check = (value) => Number.isInteger(value) || typeof value === 'string';
/** Kubernetes takes null for a field that is not set. */
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const portOf = maybe(shape({ port: maybe(isPort) }));
const probe = maybe(shape({ httpGet: portOf, tcpSocket: portOf, grpc: portOf }));
const resources = maybe(
  shape({ requests: maybe(mapOf(isAmount)), limits: maybe(mapOf(isAmount)) }),
);
const port = shape({ name: maybe(isText), containerPort: isInteger, protocol: maybe(isText) });
const container = shape({
  name: isText,
  restartPolicy: maybe(isText),
  ports: maybe(listOf(port)),
  resources,
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
});
const owner = shape({ kind: isText, name: isText, controller: maybe(isFlag) });

const METADATA: Readonly<Record<string, Check>> = {
  name: maybe(isText),
  labels: maybe(mapOf(isText)),
  annotations: maybe(mapOf(isText)),
  ownerReferences: maybe(listOf(owner)),
};
const SPEC: Readonly<Record<string, Check>> = {
  containers: (value) => listOf(container)(value) && (value as unknown[]).length > 0,
  initContainers: maybe(listOf(container)),
  volumes: maybe(listOf(shape({ name: isText }))),
  imagePullSecrets: maybe(listOf(shape({ name: maybe(isText) }))),
  hostNetwork: maybe(isFlag),
  restartPolicy: maybe(isText),
  nodeSelector: maybe(mapOf(isText)),
  os: maybe(shape({ name: maybe(isText) })),
  terminationGracePeriodSeconds: maybe(isInteger),
  securityContext: maybe(shape({ runAsUser: maybe(isInteger) })),
  resources,
};

/** What of a pod is not as Kubernetes has it, by its path; null when all that is read is right. */
export function podFault(value: unknown): string | null {
  if (!isObject(value)) return 'the pod is no object';
  const { metadata, spec } = value;
  if (!maybe(isObject)(metadata)) return 'metadata is no object';
  if (!isObject(spec)) return 'spec is no object';
  const unquoted = isObject(metadata) ? unquotedIn(metadata) : null;
  if (unquoted !== null) return unquoted;
  const inMetadata = Object.entries(METADATA).find(
    ([name, check]) => isObject(metadata) && !check(metadata[name]),
  );
  if (inMetadata) return `metadata.${inMetadata[0]} is not as Kubernetes has it`;
  const inSpec = Object.entries(SPEC).find(([name, check]) => !check(spec[name]));
  return inSpec ? `spec.${inSpec[0]} is not as Kubernetes has it` : null;
}

/** YAML takes 200 and true for more than texts. */
function unquotedIn(metadata: Readonly<Record<string, unknown>>): string | null {
  for (const name of ['labels', 'annotations'] as const) {
    const entries = isObject(metadata[name]) ? Object.entries(metadata[name]) : [];
    const [key, value] = entries.find(([, each]) => !isText(each)) ?? [];
    if (key !== undefined) {
      return `metadata.${name}: ${key} is ${JSON.stringify(value)}, no text: put it in quotes`;
    }
  }
  return null;
}

/** Containers that run as long as the pod: the application's, and native sidecars. */
export function runningContainers({ spec }: Pod): readonly Container[] {
  const native = (spec.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  );
  return [...spec.containers, ...native];
}
