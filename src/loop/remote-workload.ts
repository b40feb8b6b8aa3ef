import type { Clock } from '../clock.ts';
import { HORIZON_STEPS_MAX } from '../config/rules.ts';
import { KedastralError } from '../errors.ts';
import { type ActiveSnapshot, activate } from '../forecast/active.ts';
import { NO_FORECAST, type ReplicaBounds, type ServingPolicy } from '../forecast/served.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import { REPLICAS_MAX } from '../storage/codec.ts';
import { ActiveSlot, isNewer } from './active-slot.ts';
import type { WorkloadView } from './workloads.ts';

/** How far clocks of two machines may lie apart before a forecast counts as one of the future. */
const SKEW_MS_MAX = 60_000;

/**
 * A workload that is forecast elsewhere. Its snapshots come into force and age as they do where
 * they are made.
 */
export class RemoteWorkload implements WorkloadView {
  readonly isRemote = true;
  readonly accuracy = [];
  readonly #slot: ActiveSlot;
  #reason = '';

  constructor(
    readonly identity: string,
    readonly serving: ServingPolicy & ReplicaBounds,
    private readonly clock: Clock,
  ) {
    this.#slot = new ActiveSlot(clock);
  }

  get active(): ActiveSnapshot | null {
    return this.#slot.current;
  }

  get newest(): ActiveSnapshot | null {
    return this.#slot.newest;
  }

  get pendingReason(): string {
    if (this.active) return '';
    return this.#reason === '' ? NO_FORECAST : this.#reason;
  }

  /** Why the last look at a forecaster brought nothing, for people. */
  missed(reason: string): void {
    this.#reason = reason;
  }

  /**
   * Takes what a forecaster said; of several forecasters the newest counts.
   *
   * @throws KedastralError forecaster_response when it contradicts itself or the clock
   */
  take(snapshot: Snapshot): void {
    const nowMs = this.clock.nowMs();
    const active = activate(snapshot, this.clock);
    requireTrust(active, nowMs);
    const { newest } = this.#slot;
    const isOfFuture = newest !== null && newest.generatedAtSeconds * 1000 > nowMs + SKEW_MS_MAX;
    if (newest && !isOfFuture && !isNewer(active, newest)) return;
    this.#slot.put(active);
  }
}

function requireTrust(active: ActiveSnapshot, nowMs: number): void {
  const { generatedAtSeconds, cutoffSeconds, stepSeconds, horizonSteps, snapshot } = active;
  const endSeconds = cutoffSeconds + horizonSteps * stepSeconds;
  const { generatedAt, cutoff } = snapshot;
  if (generatedAtSeconds * 1000 > nowMs + SKEW_MS_MAX) {
    throw untrusted(snapshot, `it was made in the future, at ${generatedAt}`);
  }
  if (!(cutoffSeconds <= generatedAtSeconds && generatedAtSeconds < endSeconds)) {
    throw untrusted(snapshot, `made at ${generatedAt}, it is not of then: its cutoff is ${cutoff}`);
  }
  if (horizonSteps > HORIZON_STEPS_MAX) {
    throw untrusted(snapshot, `its horizon is over ${HORIZON_STEPS_MAX} steps`);
  }
  if (snapshot.desiredReplicas.some((replicas) => replicas > REPLICAS_MAX)) {
    throw untrusted(snapshot, `it wants more than ${REPLICAS_MAX} replicas`);
  }
}

function untrusted({ workload }: Snapshot, why: string): KedastralError {
  const message = `the forecast of ${workload} is not taken: ${why}`;
  return new KedastralError('forecaster_response', 'forecaster', message);
}
