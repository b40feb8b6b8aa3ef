import type { Clock } from '../clock.ts';
import { BarePods } from './bare-pods.ts';
import { knowsNativeSidecars } from './cluster-version.ts';
import type { ApiObject, Kubernetes } from './kubernetes.ts';
import type { NamespaceMarks } from './mesh.ts';
import { isObject } from './pod.ts';
import { type Bound, boundsOf } from './resources.ts';
import { WatchedList } from './watched-list.ts';

const LIMITS_PATH = '/api/v1/limitranges';
const QUOTAS_PATH = '/api/v1/resourcequotas';
const NAMESPACES_PATH = '/api/v1/namespaces';
/** A manifest comes one object after another: so long a namespace is looked at anew. */
const NEW_MS = 120_000;
/** Of the five seconds that the API server waits for a review. */
const LOOK_MS_MAX = 2_000;
/** Pods of one Deployment come together, and are bounded by the same. */
const LOOK_HOLDS_MS = 1_000;

/** What bounds a sidecar in a namespace, and whether that is in a mesh. */
export interface NamespaceView {
  readonly limits: readonly Bound[];
  /** Undefined when it is not known. */
  readonly marks: NamespaceMarks | undefined;
}

interface Look {
  readonly atMs: number;
  readonly seen: Promise<NamespaceView>;
}

/** What injection asks about the cluster, followed as it changes, answered from memory. */
export class ClusterView {
  readonly #limits: WatchedList;
  readonly #quotas: WatchedList;
  readonly #namespaces: WatchedList;
  readonly #looks = new Map<string, Look>();
  readonly #barePods: BarePods;
  #knowsNative = false;
  #bareCounts: ReadonlyMap<string, number> | null = null;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly clock: Clock,
    excludedNamespaces: ReadonlySet<string>,
  ) {
    this.#barePods = new BarePods(kubernetes, excludedNamespaces);
    this.#limits = new WatchedList(kubernetes, clock, LIMITS_PATH, 'whole');
    this.#quotas = new WatchedList(kubernetes, clock, QUOTAS_PATH, 'whole');
    this.#namespaces = new WatchedList(kubernetes, clock, NAMESPACES_PATH, 'metadata');
  }

  /** False until the API server has said its version: an older one would drop the field. */
  get knowsNative(): boolean {
    return this.#knowsNative;
  }

  /** By namespace, how many running pods could have the sidecar that they ask for; null before. */
  get bareCounts(): ReadonlyMap<string, number> | null {
    return this.#bareCounts;
  }

  /**
   * What bounds the sidecars of a namespace: from memory, or read now when the namespace is new.
   *
   * @param onFault told when that could not be read in time; then it is what was known
   */
  async namespace(name: string, onFault: (thrown: unknown) => void): Promise<NamespaceView> {
    const [namespace] = this.#namespaces.of(name);
    const limits = [...this.#limits.of(name), ...this.#quotas.of(name)].flatMap(boundsOf);
    const known = { limits, marks: namespace && marksOf(namespace) };
    if (namespace && this.#isSettled(namespace)) return known;
    const nowMs = this.clock.monotonicMs();
    const last = this.#looks.get(name);
    const isFresh = last !== undefined && nowMs - last.atMs < LOOK_HOLDS_MS;
    const look = isFresh ? last : { atMs: nowMs, seen: this.#look(name) };
    this.#looks.set(name, look);
    const stop = new AbortController();
    const late = this.clock.sleep(LOOK_MS_MAX, stop.signal).then(() => {
      throw new Error(`namespace ${name} was not read in ${LOOK_MS_MAX} ms`);
    });
    try {
      return await Promise.race([look.seen, late]);
    } catch (thrown) {
      onFault(thrown);
      return known;
    } finally {
      late.catch(() => undefined);
      stop.abort();
    }
  }

  /** Reads one namespace by lists, which is all that the injector may. */
  async #look(name: string): Promise<NamespaceView> {
    const selector = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
    const [limits, quotas, namespaces] = await Promise.all([
      this.kubernetes.get(`${NAMESPACES_PATH}/${name}/limitranges`),
      this.kubernetes.get(`${NAMESPACES_PATH}/${name}/resourcequotas`),
      this.kubernetes.listMetadata(`${NAMESPACES_PATH}?${selector}`),
    ]);
    const [namespace] = itemsOf(namespaces);
    return {
      limits: [...itemsOf(limits), ...itemsOf(quotas)].flatMap(boundsOf),
      marks: namespace && marksOf(namespace),
    };
  }

  get #lists(): WatchedList[] {
    return [this.#namespaces, this.#limits, this.#quotas];
  }

  /** Of one that is no longer new, what bounds it has come by the watch. */
  #isSettled({ metadata }: Item): boolean {
    const { creationTimestamp } = isObject(metadata) ? metadata : {};
    return !(Date.parse(String(creationTimestamp)) > this.clock.nowMs() - NEW_MS);
  }

  /**
   * Follows namespaces, LimitRanges and ResourceQuotas until it is stopped.
   *
   * @param onFault told when that breaks off; it is begun anew
   */
  async follow(signal: AbortSignal, onFault: (thrown: unknown) => void): Promise<void> {
    await Promise.all(this.#lists.map((list) => list.follow(signal, onFault)));
  }

  /**
   * Reads all that is not followed yet, the version and the pods. What cannot be read stays as it
   * was known.
   *
   * @throws KubernetesError of the first call that failed
   */
  async refresh(): Promise<void> {
    this.#looks.clear();
    const unlisted = this.#lists.filter(({ isListed }) => !isListed);
    const settled = await Promise.allSettled([
      this.kubernetes
        .get('/version')
        .then((version) => {
          const [major, minor] = [version.major, version.minor].map((text) =>
            Number.parseInt(String(text), 10),
          ) as [number, number];
          this.#knowsNative = knowsNativeSidecars({ major, minor });
        })
        .then(() => this.#barePods.count(this.#knowsNative))
        .then((counts) => {
          this.#bareCounts = counts;
        }),
      ...unlisted.map((list) => list.list()),
    ]);
    const failed = settled.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

type Item = Readonly<Record<string, unknown>>;

function marksOf({ metadata }: Item): NamespaceMarks {
  const { labels, annotations } = metadata as Partial<NamespaceMarks>;
  return { labels: labels ?? {}, annotations: annotations ?? {} };
}

function itemsOf({ items }: ApiObject): Item[] {
  return (Array.isArray(items) ? items : []).filter(isObject);
}
