import type { Clock } from '../clock.ts';
import { type Component, KedastralError, quoted } from '../errors.ts';
import type { HorizonAccuracy } from '../forecast/accuracy.ts';
import { type ActiveSnapshot, servingSeconds } from '../forecast/active.ts';
import type { Override } from '../forecast/override.ts';
import {
  bounded,
  NO_FORECAST,
  type ReplicaBounds,
  type Served,
  type ServingPolicy,
  serve,
} from '../forecast/served.ts';

/** One workload as the two faces see it: they read, they never wait. */
export interface WorkloadView {
  /** `[namespace/]name`. */
  readonly identity: string;
  readonly serving: ServingPolicy & ReplicaBounds;
  /** The snapshot in force, or null while nothing is known. */
  readonly active: ActiveSnapshot | null;
  /** The newest snapshot held, in force or not yet; absent = the one in force. */
  readonly newest?: ActiveSnapshot | null;
  /** Forecast elsewhere, and fetched: what is fetched is counted by who fetches. */
  readonly isRemote?: boolean;
  /** Why `active` is null, for people; empty otherwise. */
  readonly pendingReason: string;
  /** How the forecasts of this process did over the last 24 hours. */
  readonly accuracy: readonly HorizonAccuracy[];
}

/**
 * What is served of a workload now.
 *
 * @param override the order in force
 * @throws KedastralError forecast_pending, which says why, forecast_stale
 */
export function servedOf(
  { active, serving, pendingReason }: WorkloadView,
  override: Override | null,
  leadSeconds: number,
  clock: Clock,
): Served {
  if (!active && override?.kind !== 'replicas') {
    throw new KedastralError('forecast_pending', 'loop', pendingReason || NO_FORECAST);
  }
  const order = bounded(override, serving);
  return serve(active, serving, leadSeconds, servingSeconds(active, clock), order);
}

const SHOWN_WORKLOADS_MAX = 10;

/** The workloads of this process, by identity; they may be replaced while it runs. */
export class Workloads {
  #byIdentity: ReadonlyMap<string, WorkloadView> = new Map();

  constructor(views: readonly WorkloadView[]) {
    this.replace(views);
  }

  replace(views: readonly WorkloadView[]): void {
    this.#byIdentity = new Map(views.map((view) => [view.identity, view]));
  }

  /**
   * The workload that a name means, for both faces: a bare name is first looked for in `namespace`.
   * Who asks from no namespace means the one workload of that name, whatever its namespace.
   *
   * @param name `[namespace/]name`, or anything else from outside
   */
  resolve(name: string, namespace = ''): WorkloadView | undefined {
    const found = this.#byIdentity.get(`${namespace}/${name}`) ?? this.#byIdentity.get(name);
    if (found || namespace !== '') return found;
    const named = this.all().filter(({ identity }) => identity.endsWith(`/${name}`));
    return named.length === 1 ? named[0] : undefined;
  }

  /** The fault of a name that means none of them. */
  unknown(name: string, component: Component): KedastralError {
    const known = [...this.#byIdentity.keys()];
    const shown = known.slice(0, SHOWN_WORKLOADS_MAX).join(', ');
    const more = known.length > SHOWN_WORKLOADS_MAX ? `, … (${known.length} in all)` : '';
    const message = `workload ${quoted(name)} is not forecast here; known: ${shown || 'none'}`;
    return new KedastralError('workload_unknown', component, message + more);
  }

  [Symbol.iterator](): Iterator<WorkloadView> {
    return this.#byIdentity.values();
  }

  all(): readonly WorkloadView[] {
    return [...this.#byIdentity.values()];
  }

  /** The process' only workload: meant when a request names none. */
  get only(): WorkloadView | undefined {
    return this.#byIdentity.size === 1 ? this.all()[0] : undefined;
  }
}
