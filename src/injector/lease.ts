import type { Clock } from '../clock.ts';
import { type ApiObject, type Kubernetes, KubernetesError } from './kubernetes.ts';
import { isObject } from './pod.ts';

const DURATION_SECONDS = 15;

/**
 * Who of the replicas leads, by a Lease of coordination.k8s.io, as client-go's leaderelection does
 * it: a lease counts as given up when it has not changed for its duration by one's own clock, so
 * that clocks need not agree. Writes carry the version that was read: of two, one fails.
 */
export class Leadership {
  readonly #path: string;
  #seen: { readonly version: string | undefined; readonly atMs: number } | undefined;
  #leadsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly kubernetes: Kubernetes,
    private readonly clock: Clock,
    /** Unlike that of any other replica. */
    private readonly identity: string,
    { namespace, name }: { readonly namespace: string; readonly name: string },
  ) {
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
  }

  /** Whether this replica leads now; ends by itself where the lease cannot be renewed. */
  get isLeader(): boolean {
    return this.clock.monotonicMs() < this.#leadsUntilMs;
  }

  /**
   * Renews the lease, or takes it when it is free. To be called every few seconds.
   *
   * @throws KubernetesError when the lease cannot be read or written
   */
  async renew(): Promise<void> {
    const startMs = this.clock.monotonicMs();
    const lease = await this.kubernetes.get(this.#path);
    const spec = isObject(lease.spec) ? lease.spec : {};
    const holder = typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '';
    const version = lease.metadata?.resourceVersion;
    if (this.#seen?.version !== version || !this.#seen) this.#seen = { version, atMs: startMs };
    const seconds = Number(spec.leaseDurationSeconds ?? DURATION_SECONDS);
    const isGivenUp = startMs - this.#seen.atMs > seconds * 1000;
    if (holder !== '' && holder !== this.identity && !isGivenUp) {
      this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
      return;
    }
    try {
      await this.#write(lease, spec, this.identity, holder !== this.identity);
      this.#leadsUntilMs = startMs + DURATION_SECONDS * 1000;
    } catch (thrown) {
      if (!(thrown instanceof KubernetesError && thrown.status === 409)) throw thrown;
      this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
    }
  }

  /** Gives the lease back, so that another need not wait for its end. */
  async release(): Promise<void> {
    if (!this.isLeader) return;
    this.#leadsUntilMs = Number.NEGATIVE_INFINITY;
    const lease = await this.kubernetes.get(this.#path);
    const spec = isObject(lease.spec) ? lease.spec : {};
    if (spec.holderIdentity === this.identity) await this.#write(lease, spec, '', false);
  }

  async #write(
    lease: ApiObject,
    spec: Readonly<Record<string, unknown>>,
    holderIdentity: string,
    isNew: boolean,
  ): Promise<void> {
    const now = microTime(this.clock.nowMs());
    const written = await this.kubernetes.put(this.#path, {
      ...lease,
      spec: {
        ...spec,
        holderIdentity,
        leaseDurationSeconds: DURATION_SECONDS,
        renewTime: now,
        ...(isNew
          ? { acquireTime: now, leaseTransitions: Number(spec.leaseTransitions ?? 0) + 1 }
          : {}),
      },
    });
    const version = written.metadata?.resourceVersion;
    this.#seen = { version, atMs: this.clock.monotonicMs() };
  }
}

/** Kubernetes' MicroTime: RFC 3339 with six places. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
