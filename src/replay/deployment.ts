import type { Nodes } from './nodes.ts';

/** How a workload's pods come up. All in nanoseconds. */
export interface PodStart {
  /** spec.replicas → pods that exist. */
  readonly createNs: number;
  /** A pod created on a node that is there → Ready; asked once for each pod. */
  readonly readyNs: () => number;
  /** Null: there is always room. */
  readonly nodes: Nodes | null;
}

/**
 * A Deployment in virtual time. Pods that are told to go stop at once; as a ReplicaSet does, those
 * that would be Ready last go first.
 */
export class Deployment {
  specReplicas: number;
  /** Pods that exist. */
  pods = 0;
  readyPods = 0;

  /** When each pod becomes Ready, ascending. */
  readonly #readyAtNs: number[] = [];
  /** When the ReplicaSet looks at spec.replicas again, ascending. */
  readonly #reconcileAtNs: number[] = [];

  /** @param replicas pods that exist and are Ready at the start */
  constructor(
    replicas: number,
    private readonly start: PodStart,
  ) {
    this.specReplicas = replicas;
    this.pods = replicas;
    this.readyPods = replicas;
    for (let i = 0; i < replicas; i++) this.#readyAtNs.push(Number.NEGATIVE_INFINITY);
    start.nodes?.begin(replicas);
  }

  /** Writes spec.replicas at `nowNs`, which lies not before the last `advance`. */
  setSpec(replicas: number, nowNs: number): void {
    this.specReplicas = replicas;
    if (this.start.createNs === 0) this.#reconcile(nowNs);
    else this.#reconcileAtNs.push(nowNs + this.start.createNs);
  }

  /** When the pods change next by themselves; Infinity when they do not. */
  get nextNs(): number {
    const ready = this.#readyAtNs[this.readyPods] ?? Number.POSITIVE_INFINITY;
    const reconcile = this.#reconcileAtNs[0];
    return reconcile !== undefined && reconcile < ready ? reconcile : ready;
  }

  /** Lets everything happen that is due at `nowNs` or before. */
  advance(nowNs: number): void {
    for (;;) {
      const reconcile = this.#reconcileAtNs[0];
      if (reconcile === undefined || reconcile > nowNs) break;
      this.#reconcileAtNs.shift();
      this.#countReady(reconcile);
      this.#reconcile(reconcile);
    }
    this.#countReady(nowNs);
  }

  #countReady(nowNs: number): void {
    while (this.readyPods < this.pods && (this.#readyAtNs[this.readyPods] as number) <= nowNs) {
      this.readyPods++;
    }
  }

  #reconcile(nowNs: number): void {
    const wanted = this.specReplicas;
    const nodes = this.start.nodes;
    while (this.pods < wanted) {
      const waitNs = nodes ? nodes.waitNs(this.pods, nowNs) : 0;
      this.#insert(nowNs + waitNs + this.start.readyNs());
      this.pods++;
    }
    if (this.pods > wanted) {
      this.pods = wanted;
      this.#readyAtNs.length = wanted;
      this.readyPods = Math.min(this.readyPods, wanted);
      nodes?.release(wanted, nowNs);
    }
    this.#countReady(nowNs);
  }

  #insert(readyAtNs: number): void {
    const times = this.#readyAtNs;
    let at = times.length;
    while (at > 0 && (times[at - 1] as number) > readyAtNs) at--;
    if (at === times.length) times.push(readyAtNs);
    else times.splice(at, 0, readyAtNs);
  }
}
