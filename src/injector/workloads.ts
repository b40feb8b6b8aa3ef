import { isObject, type Pod } from './pod.ts';

/** A workload of a manifest, with the pods that it makes. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly annotations: Readonly<Record<string, unknown>>;
  /** Its pod template, or the pod itself; not checked yet. */
  readonly pod: unknown;
}

const TEMPLATE = ['spec', 'template'] as const;
/** Where the template is, by group and kind. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  '/Pod': [],
  '/ReplicationController': TEMPLATE,
  'apps/Deployment': TEMPLATE,
  'apps/ReplicaSet': TEMPLATE,
  'apps/StatefulSet': TEMPLATE,
  'apps/DaemonSet': TEMPLATE,
  'argoproj.io/Rollout': TEMPLATE,
  'batch/Job': TEMPLATE,
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
};
const LIST = /List$/;

/** The group of an apiVersion; '' of the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.lastIndexOf('/')));
}

/** Whether objects of the kind make pods, or are pods. */
export function isWorkload(group: string, kind: string): boolean {
  return `${group}/${kind}` in KINDS;
}

/** Changes the pod of a workload; undefined leaves it as it is. */
export type ChangePod = (workload: Workload) => Promise<Pod | undefined>;

/**
 * A manifest with the pods of its workloads changed, also those in Lists. All else is shared with
 * the original: a manifest in which nothing was changed is that very object.
 */
export async function changeWorkloads(
  manifest: unknown,
  change: ChangePod,
  listKind = '',
  listVersion: unknown = undefined,
): Promise<unknown> {
  if (!isObject(manifest)) return manifest;
  const { kind = listKind, apiVersion = listVersion, items } = manifest;
  if (typeof kind !== 'string') return manifest;
  if (LIST.test(kind) && Array.isArray(items)) {
    const changed: unknown[] = [];
    for (const item of items) {
      changed.push(await changeWorkloads(item, change, kind.replace(LIST, ''), apiVersion));
    }
    const isSame = changed.every((item, i) => item === items[i]);
    return isSame ? manifest : { ...manifest, items: changed };
  }
  const path = KINDS[`${groupOf(String(apiVersion))}/${kind}`];
  if (path === undefined) return manifest;
  const metadata = isObject(manifest.metadata) ? manifest.metadata : {};
  const { name, namespace, annotations } = metadata;
  const pod = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), manifest);
  const changed = await change({
    kind,
    name: typeof name === 'string' ? name : '',
    namespace: typeof namespace === 'string' ? namespace : null,
    annotations: isObject(annotations) ? annotations : {},
    pod,
  });
  return changed === undefined ? manifest : withAt(manifest, path, changed);
}

function withAt(
  target: Readonly<Record<string, unknown>>,
  [key, ...rest]: readonly string[],
  value: Pod,
): unknown {
  if (key === undefined) return value;
  return { ...target, [key]: withAt(target[key] as typeof target, rest, value) };
}
