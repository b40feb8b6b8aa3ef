import type { ApiObject, Kubernetes } from './kubernetes.ts';
import type { NamespaceMarks } from './mesh.ts';
import { INJECT_LABEL, MARKER } from './names.ts';
import { isObject } from './pod.ts';
import { type Limit, limitsOf } from './resources.ts';

const SELECTED = new URLSearchParams({
  labelSelector: `${INJECT_LABEL}=true`,
  fieldSelector: 'status.phase=Running',
});
export const ASKING_PODS = `/api/v1/pods?${SELECTED}`;

const NATIVE_SINCE = { major: 1, minor: 29 };

/** Whether a Kubernetes of this version has native sidecars on by default. */
export function knowsNativeSidecars(major: number, minor: number): boolean {
  return (
    major > NATIVE_SINCE.major || (major === NATIVE_SINCE.major && minor >= NATIVE_SINCE.minor)
  );
}

/** What injection asks about the cluster, read now and then, answered from memory. */
export class ClusterView {
  #limits: ReadonlyMap<string, readonly Limit[]> = new Map();
  #marks: ReadonlyMap<string, NamespaceMarks> = new Map();
  #knowsNative = false;
  #bareCount: number | null = null;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly excludedNamespaces: ReadonlySet<string>,
  ) {}

  /** False until the API server has said its version: an older one would drop the field. */
  get knowsNative(): boolean {
    return this.#knowsNative;
  }

  /** How many running pods ask for a sidecar and have none; null until they were counted. */
  get bareCount(): number | null {
    return this.#bareCount;
  }

  limitsIn(namespace: string): readonly Limit[] {
    return this.#limits.get(namespace) ?? [];
  }

  marksOf(namespace: string): NamespaceMarks | undefined {
    return this.#marks.get(namespace);
  }

  /**
   * Reads all anew. What cannot be read stays as it was known.
   *
   * @throws KubernetesError of the first call that failed
   */
  async refresh(): Promise<void> {
    const settled = await Promise.allSettled([
      this.kubernetes.get('/version').then((version) => {
        const [major, minor] = [version.major, version.minor].map((text) =>
          Number.parseInt(String(text), 10),
        ) as [number, number];
        this.#knowsNative = knowsNativeSidecars(major, minor);
      }),
      this.kubernetes.get('/api/v1/limitranges').then((list) => {
        const limits = new Map<string, readonly Limit[]>();
        for (const { namespace, item } of itemsOf(list, 'namespace')) {
          limits.set(namespace, [...(limits.get(namespace) ?? []), ...limitsOf(item)]);
        }
        this.#limits = limits;
      }),
      this.kubernetes.listMetadata('/api/v1/namespaces').then((list) => {
        const marks = itemsOf(list, 'name').map(({ namespace, item }) => {
          const { labels, annotations } = item.metadata as Partial<NamespaceMarks>;
          return [namespace, { labels: labels ?? {}, annotations: annotations ?? {} }] as const;
        });
        this.#marks = new Map(marks);
      }),
      this.kubernetes.listMetadata(ASKING_PODS).then((list) => {
        const bare = itemsOf(list, 'namespace').filter(({ namespace, item }) => {
          const { annotations } = item.metadata as Partial<NamespaceMarks>;
          return !this.excludedNamespaces.has(namespace) && !(MARKER in (annotations ?? {}));
        });
        this.#bareCount = bare.length;
      }),
    ]);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function itemsOf(
  { items }: ApiObject,
  key: 'name' | 'namespace',
): { namespace: string; item: Readonly<Record<string, unknown>> }[] {
  return (Array.isArray(items) ? items : []).flatMap((item) => {
    const metadata = isObject(item) ? item.metadata : undefined;
    const namespace = isObject(metadata) ? metadata[key] : undefined;
    return typeof namespace === 'string' ? [{ namespace, item }] : [];
  });
}
