import { quantityNumber } from '../replay/quantity.ts';
import { type Amounts, isObject, type Pod, type Resources, runningContainers } from './pod.ts';

/** One row of a LimitRange's spec.limits. */
export interface Limit {
  readonly type: string;
  readonly min?: Amounts | null;
  readonly max?: Amounts | null;
  readonly default?: Amounts | null;
  readonly maxLimitRequestRatio?: Amounts | null;
}

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

/**
 * What the sidecar asks for, bent to the namespace's LimitRanges so that the API server does not
 * refuse the pod for it; or in words why it cannot be.
 */
export function fitResources(
  wish: ResourceWish,
  pod: Pod,
  limits: readonly Limit[],
): SidecarResources | string {
  const ofContainers = limits.filter(({ type }) => type === 'Container');
  const cpu = fitOne('cpu', wish.cpuRequest, wish.cpuLimit, ofContainers);
  const memory = fitOne('memory', wish.memoryRequest, wish.memoryLimit, ofContainers);
  if (typeof cpu === 'string') return cpu;
  if (typeof memory === 'string') return memory;
  if (amount(memory.limit ?? MEMORY_LEAST) < amount(MEMORY_LEAST)) {
    return `a memory limit of ${memory.limit} is less than the ${MEMORY_LEAST} it needs`;
  }
  const fitted: SidecarResources = {
    requests: { cpu: cpu.request, memory: memory.request },
    limits: {
      ...(cpu.limit === null ? {} : { cpu: cpu.limit }),
      memory: memory.limit ?? wish.memoryLimit,
    },
  };
  return podFault(pod, fitted, limits) ?? fitted;
}

interface Fitted {
  readonly request: string;
  readonly limit: string | null;
}

function fitOne(
  resource: 'cpu' | 'memory',
  request: string,
  limit: string | null,
  ranges: readonly Limit[],
): Fitted | string {
  const of = (key: 'min' | 'max' | 'default' | 'maxLimitRequestRatio') =>
    ranges.flatMap((range) => textOf(range[key]?.[resource]));
  const least = of('min').reduce(larger, '0');
  const most = of('max').reduce(smaller, 'Infinity');
  if (amount(least) > amount(most)) return `LimitRanges leave no ${resource} to ask for`;
  const asked = larger(request, least);
  // Without a limit of its own a container gets the default, which may be less than it asks for.
  const demanded = [...of('max').slice(0, 1), ...of('default')].reduce(larger, '0');
  const wanted = limit ?? (demanded === '0' ? null : larger(demanded, asked));
  const bounded = wanted === null ? null : smaller(larger(wanted, least), most);
  const within = smaller(asked, bounded ?? most);
  const ratio = of('maxLimitRequestRatio').reduce(smaller, 'Infinity');
  if (bounded === null || amount(bounded) <= amount(within) * amount(ratio)) {
    return { request: within, limit: bounded };
  }
  return { request: bounded, limit: bounded };
}

/** What the whole pod may ask for, by a LimitRange or by its own spec.resources. */
function podFault(pod: Pod, added: SidecarResources, limits: readonly Limit[]): string | null {
  const bounds = limits.filter(({ type }) => type === 'Pod').map(({ max }) => max);
  for (const resource of ['cpu', 'memory'] as const) {
    for (const kind of ['requests', 'limits'] as const) {
      const ours = added[kind][resource];
      if (ours === undefined) continue;
      const sum = runningContainers(pod).reduce(
        (total, { resources }) => total + amountIn(resources, kind, resource),
        amount(ours),
      );
      const own = pod.spec.resources?.[kind];
      const all = kind === 'requests' ? [...bounds, own] : bounds;
      const most = all.flatMap((bound) => textOf(bound?.[resource])).reduce(smaller, 'Infinity');
      if (sum > amount(most)) {
        return `with it the pod's ${resource} ${kind} are over its bound of ${most}`;
      }
    }
  }
  return null;
}

function amountIn(
  resources: Resources | null | undefined,
  kind: 'requests' | 'limits',
  resource: string,
): number {
  const [text] = textOf(resources?.[kind]?.[resource]);
  return text === undefined ? 0 : amount(text);
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

/** Infinity for the absence of a bound; what is no quantity bounds nothing. */
function amount(text: string): number {
  return quantityNumber(text) ?? Number.POSITIVE_INFINITY;
}

function larger(a: string, b: string): string {
  return amount(b) > amount(a) ? b : a;
}

function smaller(a: string, b: string): string {
  return amount(b) < amount(a) ? b : a;
}

/** The rows of a LimitRange as the API server sends it; what is no row is left out. */
export function limitsOf(limitRange: unknown): Limit[] {
  const spec = isObject(limitRange) ? limitRange.spec : undefined;
  const rows = isObject(spec) && Array.isArray(spec.limits) ? spec.limits : [];
  return rows.filter(
    (row): row is Limit => isObject(row) && (row.type === 'Container' || row.type === 'Pod'),
  );
}
