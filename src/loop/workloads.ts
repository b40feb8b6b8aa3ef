import type { ActiveSnapshot } from '../forecast/active.ts';
import type { ServingPolicy } from '../forecast/served.ts';

/** One workload as the two faces see it: they read, they never wait. */
export interface WorkloadView {
  /** `[namespace/]name`. */
  readonly identity: string;
  readonly serving: ServingPolicy;
  /** The snapshot in force, or null while nothing is known. */
  readonly active: ActiveSnapshot | null;
  /** Why `active` is null, for people; empty otherwise. */
  readonly pendingReason: string;
}

/** The workloads of this process, by identity. */
export class Workloads {
  readonly #byIdentity: ReadonlyMap<string, WorkloadView>;

  constructor(views: readonly WorkloadView[]) {
    this.#byIdentity = new Map(views.map((view) => [view.identity, view]));
  }

  find(identity: string): WorkloadView | undefined {
    return this.#byIdentity.get(identity);
  }

  all(): readonly WorkloadView[] {
    return [...this.#byIdentity.values()];
  }

  /** The process' only workload: meant when a request names none. */
  get only(): WorkloadView | undefined {
    return this.#byIdentity.size === 1 ? this.all()[0] : undefined;
  }
}
