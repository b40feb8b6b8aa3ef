import { quantityMilli } from '../replay/quantity.ts';
import { type Amounts, isObject, type Pod, type Resources, runningContainers } from './pod.ts';

type Kind = 'requests' | 'limits';
type Resource = 'cpu' | 'memory';

/** What a ResourceQuota leaves to the pods of its namespace. */
export interface Quota {
  readonly type: 'Quota';
  readonly name: string;
  readonly hard: Amounts;
  /** Null where it is not known, or not all pods count. */
  readonly used: Amounts | null;
}

/** Names that amounts of a sidecar have in a quota. */
const COUNTED: readonly (readonly [string, Kind, Resource])[] = [
  ['cpu', 'requests', 'cpu'],
  ['requests.cpu', 'requests', 'cpu'],
  ['memory', 'requests', 'memory'],
  ['requests.memory', 'requests', 'memory'],
  ['limits.cpu', 'limits', 'cpu'],
  ['limits.memory', 'limits', 'memory'],
];
/** A quota for these pods is one for the pods of workloads, once they have a sidecar. */
const USUAL_SCOPES = ['NotBestEffort', 'NotTerminating'];

/** Each container of the namespace must have a CPU limit then. */
export function demandsCpuLimit({ hard }: Quota): boolean {
  return 'limits.cpu' in hard;
}

/** Why a pod that a quota has room for would be refused with the sidecar; null when it is not. */
export function quotaFault(
  pod: Pod,
  added: Readonly<Record<Kind, Amounts>>,
  quotas: readonly Quota[],
): string | null {
  for (const { name, hard, used } of quotas) {
    for (const [key, kind, resource] of COUNTED) {
      const [most, taken] = [hard[key], used?.[key]].map(milliOf);
      const ours = milliOf(added[kind][resource]);
      if (most === undefined || taken === undefined || ours === undefined) continue;
      const bare = taken + sumOf(pod, kind, resource);
      if (bare <= most && bare + ours > most) {
        return `ResourceQuota ${name} has no room for its ${key} of ${added[kind][resource]}`;
      }
    }
  }
  return null;
}

/** Thousandths that all containers of a pod together ask for, or are limited to. */
export function sumOf(pod: Pod, kind: Kind, resource: Resource): number {
  const amounts = runningContainers(pod).map(({ resources }) => {
    return milliOf((resources as Resources | null | undefined)?.[kind]?.[resource]) ?? 0;
  });
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function milliOf(amount: string | number | undefined): number | undefined {
  return amount === undefined ? undefined : (quantityMilli(String(amount)) ?? undefined);
}

/** A ResourceQuota as the API server sends it; null when it is none. */
export function quotaOf(object: unknown): Quota | null {
  const { metadata, spec, status } = isObject(object) ? object : {};
  const { hard, scopes = [], scopeSelector } = isObject(spec) ? spec : {};
  if (!isObject(hard)) return null;
  const used = isObject(status) && isObject(status.used) ? status.used : null;
  const isUsual = Array.isArray(scopes) && scopes.every((each) => USUAL_SCOPES.includes(each));
  return {
    type: 'Quota',
    name: String(isObject(metadata) ? metadata.name : ''),
    hard: hard as Amounts,
    used: isUsual && scopeSelector === undefined ? (used as Amounts | null) : null,
  };
}
