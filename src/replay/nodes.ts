/** A pool of equal nodes with an autoscaler. */
export interface NodePool {
  readonly podsPerNode: number;
  /** Nodes that are never taken away. */
  readonly minNodes: number;
  /** Node asked for → pods can start on it. */
  readonly startNs: number;
  /** A node without need is taken away after this. */
  readonly idleNs: number;
}

/**
 * The nodes under one workload in virtual time. Pods fill them one after the other, so pod k is on
 * node ⌊k / podsPerNode⌋.
 */
export class Nodes {
  /** When each node can take pods. */
  readonly #availableAtNs: number[] = [];
  /** Since when each node has had no pod; Infinity while it has one. */
  readonly #emptySinceNs: number[] = [];

  constructor(private readonly pool: NodePool) {}

  /** The nodes that `pods` pods and the pool's minimum need are there. */
  begin(pods: number): void {
    const count = Math.max(Math.ceil(pods / this.pool.podsPerNode), this.pool.minNodes);
    for (let i = 0; i < count; i++) {
      this.#availableAtNs.push(Number.NEGATIVE_INFINITY);
      this.#emptySinceNs.push(Number.POSITIVE_INFINITY);
    }
  }

  /** How long pod number `pod`, created now, waits for its node. */
  waitNs(pod: number, nowNs: number): number {
    this.#takeAway(nowNs);
    const node = Math.floor(pod / this.pool.podsPerNode);
    if (node >= this.#availableAtNs.length) this.#availableAtNs.push(nowNs + this.pool.startNs);
    this.#emptySinceNs[node] = Number.POSITIVE_INFINITY;
    return Math.max(0, (this.#availableAtNs[node] as number) - nowNs);
  }

  /** Tells that `pods` pods are left. */
  release(pods: number, nowNs: number): void {
    const needed = Math.ceil(pods / this.pool.podsPerNode);
    for (let node = needed; node < this.#emptySinceNs.length; node++) {
      if (this.#emptySinceNs[node] === Number.POSITIVE_INFINITY) this.#emptySinceNs[node] = nowNs;
    }
  }

  #takeAway(nowNs: number): void {
    const { idleNs, minNodes } = this.pool;
    while (this.#availableAtNs.length > minNodes) {
      const since = this.#emptySinceNs.at(-1) ?? Number.POSITIVE_INFINITY;
      if (since + idleNs > nowNs) return;
      this.#availableAtNs.pop();
      this.#emptySinceNs.pop();
    }
  }
}
