import { optionName } from '../config/option.ts';
import { skipReason } from './eligibility.ts';
import type { ApiObject, Kubernetes } from './kubernetes.ts';
import { INJECT_LABEL, MARKER, PREFIX } from './names.ts';
import { controllerOf } from './owner.ts';
import { isObject, type Metadata, type Pod, podFault } from './pod.ts';

const SELECTED = new URLSearchParams({
  labelSelector: `${INJECT_LABEL}=true`,
  fieldSelector: 'status.phase=Running',
});
export const ASKING_PODS = `/api/v1/pods?${SELECTED}`;

/** Of so many pods at most the whole is read in one go; the others count as they come. */
const READS_MAX = 50;
const NATIVE = PREFIX + optionName('nativeSidecar');

/** A pod by itself, read as a list of one: the injector may list pods, and not more. */
export function podPath(namespace: string, name: string): string {
  const selector = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  return `/api/v1/namespaces/${namespace}/pods?${selector}`;
}

interface Bare {
  readonly namespace: string;
  readonly metadata: Metadata & { readonly uid?: string };
}

/**
 * Counts running pods that ask for a sidecar, could have one and have none. The list is of metadata
 * alone, as there may be thousands; the few without a marker are read whole, each once.
 */
export class BarePods {
  #isEligible = new Map<string, boolean>();

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly excludedNamespaces: ReadonlySet<string>,
  ) {}

  /**
   * By namespace; one without such pods is left out.
   *
   * @throws KubernetesError
   */
  async count(knowsNative: boolean): Promise<ReadonlyMap<string, number>> {
    const list = await this.kubernetes.listMetadata(ASKING_PODS);
    const bare = bareIn(list).filter(({ namespace }) => !this.excludedNamespaces.has(namespace));
    const known = new Map<string, boolean>();
    const counts = new Map<string, number>();
    let reads = 0;
    for (const each of bare) {
      const key = `${each.namespace}/${each.metadata.name}/${each.metadata.uid}`;
      const before = this.#isEligible.get(key);
      const isRead = before !== undefined || reads++ < READS_MAX;
      const isEligible = before ?? (isRead ? await this.#read(each, knowsNative) : true);
      if (isRead) known.set(key, isEligible);
      if (isEligible) counts.set(each.namespace, (counts.get(each.namespace) ?? 0) + 1);
    }
    this.#isEligible = known;
    return counts;
  }

  /** What decides of a pod never changes. One that is gone by now is none. */
  async #read({ namespace, metadata }: Bare, knowsNative: boolean): Promise<boolean> {
    const { items } = await this.kubernetes.get(podPath(namespace, String(metadata.name)));
    const pod: unknown = Array.isArray(items) ? items[0] : undefined;
    if (pod === undefined || podFault(pod) !== null) return false;
    const isNative = knowsNative && metadata.annotations?.[NATIVE] === 'true';
    return skipReason(pod as Pod, controllerOf(metadata)?.kind, isNative) === null;
  }
}

function bareIn({ items }: ApiObject): Bare[] {
  return (Array.isArray(items) ? items : []).flatMap((item) => {
    const metadata = isObject(item) && isObject(item.metadata) ? item.metadata : {};
    const { namespace, annotations } = metadata;
    const isMarked = isObject(annotations) && MARKER in annotations;
    return typeof namespace === 'string' && !isMarked ? [{ namespace, metadata }] : [];
  });
}
