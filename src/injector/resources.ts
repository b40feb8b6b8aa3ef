import { quantityMilli } from '../replay/quantity.ts';
import { type Amounts, isObject, type Pod, type Resources } from './pod.ts';
import { demandsCpuLimit, type Quota, quotaFault, quotaOf, sumOf } from './quotas.ts';

/** One row of a LimitRange's spec.limits. */
export interface Limit {
  readonly type: 'Container' | 'Pod';
  readonly min?: Amounts | null;
  readonly max?: Amounts | null;
  readonly default?: Amounts | null;
  readonly maxLimitRequestRatio?: Amounts | null;
}

/** What bounds a sidecar in a namespace. */
export type Bound = Limit | Quota;

export interface ResourceWish {
  readonly cpuRequest: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
  readonly cpuLimit: string | null;
}

/** Texts of quantities, as the sidecar's container gets them. */
export interface SidecarResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu?: string; readonly memory: string };
}

/** Least memory that the sidecar runs in: measured 66 MB at most. */
const MEMORY_LEAST = '80Mi';
/** A CPU limit where one is demanded: measured, it is ready in 5 s and answers in 0.3 s then. */
const CPU_ENOUGH = '100m';
/** Of a pod whose containers all get just what they ask for (QoS class Guaranteed). */
const SAME: Limit = { type: 'Container', maxLimitRequestRatio: { cpu: 1, memory: 1 } };

/**
 * What the sidecar asks for, bent to the LimitRanges and ResourceQuotas of the namespace so that
 * the API server does not refuse the pod for it; or in words why it cannot be.
 */
export function fitResources(
  wish: ResourceWish,
  pod: Pod,
  bounds: readonly Bound[],
): SidecarResources | string {
  const quotas = bounds.filter((bound) => bound.type === 'Quota');
  const given = bounds.filter((bound) => bound.type !== 'Quota');
  const limits = isGuaranteed(pod) ? [...given, SAME] : given;
  const isCpuLimited = quotas.some(demandsCpuLimit);
  const { cpuRequest, cpuLimit, memoryRequest, memoryLimit } = wish;
  const cpu = fitOne('cpu', { request: cpuRequest, limit: cpuLimit }, pod, limits, isCpuLimited);
  const memory = fitOne('memory', { request: memoryRequest, limit: memoryLimit }, pod, limits);
  if (typeof cpu === 'string') return cpu;
  if (typeof memory === 'string') return memory;
  if (amount(memory.limit ?? MEMORY_LEAST) < amount(MEMORY_LEAST)) {
    return `a memory limit of ${memory.limit} is less than the ${MEMORY_LEAST} it needs`;
  }
  const fitted: SidecarResources = {
    requests: { cpu: cpu.request, memory: memory.request },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: cpu.limit }),
      memory: memory.limit ?? memoryLimit,
    },
  };
  return podFault(pod, fitted, limits) ?? quotaFault(pod, fitted, quotas) ?? fitted;
}

interface Fitted {
  readonly request: string;
  readonly limit: string | null;
}

function fitOne(
  resource: 'cpu' | 'memory',
  wish: Fitted,
  pod: Pod,
  limits: readonly Limit[],
  isLimitDemanded = false,
): Fitted | string {
  const of = (key: keyof Omit<Limit, 'type'>, type: Limit['type'] = 'Container') =>
    limits.filter((row) => row.type === type).flatMap((row) => textOf(row[key]?.[resource]));
  const least = of('min').reduce(larger, '0');
  const most = of('max').reduce(smaller, 'Infinity');
  if (amount(least) > amount(most)) return `LimitRanges leave no ${resource} to ask for`;
  const asked = larger(wish.request, least);
  const ratios = of('maxLimitRequestRatio');
  // Without a limit of its own a container gets the default, which may be less than it asks for.
  const usual = [...of('max').slice(0, 1), ...of('default')];
  const isFrugal = isLimitDemanded || ratios.length > 0;
  const demanded = isFrugal ? [CPU_ENOUGH] : usual;
  const wanted = wish.limit ?? (demanded.length === 0 ? null : demanded.reduce(larger, asked));
  if (wanted === null) return { request: smaller(asked, most), limit: null };
  const limit = smaller(larger(wanted, least), most);
  const floors = [
    ...ratios.map((ratio) => amount(limit) / factor(ratio)),
    ...of('maxLimitRequestRatio', 'Pod').map(
      (ratio) =>
        (sumOf(pod, 'limits', resource) + amount(limit)) / factor(ratio) -
        sumOf(pod, 'requests', resource),
    ),
  ];
  const request = floors.map((floor) => textFor(resource, floor)).reduce(larger, asked);
  return { request: smaller(request, limit), limit };
}

/** Thousandths as the text of a quantity, rounded up. */
function textFor(resource: 'cpu' | 'memory', milli: number): string {
  return resource === 'cpu' ? `${Math.ceil(milli)}m` : `${Math.ceil(milli / MILLI_PER_MI)}Mi`;
}

const MILLI_PER_MI = 1_000 * 2 ** 20;

function factor(ratio: string): number {
  return amount(ratio) / 1_000;
}

/** Whether all its containers have limits that are their requests, of CPU and of memory. */
function isGuaranteed({ spec }: Pod): boolean {
  const hasSame = ({ resources }: { readonly resources?: Resources | null }) =>
    (['cpu', 'memory'] as const).every((resource) => {
      const [limit] = textOf(resources?.limits?.[resource]);
      const [request = limit] = textOf(resources?.requests?.[resource]);
      return limit !== undefined && amount(request ?? limit) === amount(limit);
    });
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  return !spec.resources && containers.every(hasSame);
}

/** What the whole pod may ask for, by a LimitRange or by its own spec.resources. */
function podFault(pod: Pod, added: SidecarResources, limits: readonly Limit[]): string | null {
  const bounds = limits.filter(({ type }) => type === 'Pod').map(({ max }) => max);
  for (const resource of ['cpu', 'memory'] as const) {
    for (const kind of ['requests', 'limits'] as const) {
      const ours = added[kind][resource];
      if (ours === undefined) continue;
      const own = pod.spec.resources?.[kind];
      const all = kind === 'requests' ? [...bounds, own] : bounds;
      const most = all.flatMap((bound) => textOf(bound?.[resource])).reduce(smaller, 'Infinity');
      if (sumOf(pod, kind, resource) + amount(ours) > amount(most)) {
        return `with ${ours} for the sidecar the pod's ${resource} ${kind} are over ${most}`;
      }
    }
  }
  return null;
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** In thousandths. Infinity for the absence of a bound; what is no quantity bounds nothing. */
function amount(text: string): number {
  return quantityMilli(text) ?? Number.POSITIVE_INFINITY;
}

function larger(a: string, b: string): string {
  return amount(b) > amount(a) ? b : a;
}

function smaller(a: string, b: string): string {
  return amount(b) < amount(a) ? b : a;
}

/** The bounds in a LimitRange or ResourceQuota as the API server sends it. */
export function boundsOf(object: unknown): Bound[] {
  const spec = isObject(object) ? object.spec : undefined;
  const rows = isObject(spec) && Array.isArray(spec.limits) ? spec.limits : [];
  const limits = rows.filter(
    (row): row is Limit => isObject(row) && (row.type === 'Container' || row.type === 'Pod'),
  );
  const quota = quotaOf(object);
  return quota === null ? limits : [...limits, quota];
}
