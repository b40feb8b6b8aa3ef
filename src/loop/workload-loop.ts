import type { Clock } from '../clock.ts';
import { asFault, type KedastralError } from '../errors.ts';
import type { HorizonAccuracy } from '../forecast/accuracy.ts';
import { type ActiveSnapshot, activate } from '../forecast/active.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import type { ServingPolicy } from '../forecast/served.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import type { Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import type { WorkloadMetrics } from '../telemetry/metrics.ts';
import { ActiveSlot } from './active-slot.ts';
import type { Ticks } from './ticks.ts';
import type { WorkloadView } from './workloads.ts';

export interface WorkloadLoopParts {
  readonly forecaster: Pick<Forecaster, 'forecast' | 'accuracy'>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly metrics: WorkloadMetrics;
  readonly log: Logger;
}

/**
 * Forecasts one workload on its ticks and keeps the snapshot in force for the two faces.
 *
 * A tick that fails is counted and changes nothing else; one that overruns is not stacked: the loop
 * goes on with the next tick that lies ahead.
 */
export class WorkloadLoop implements WorkloadView {
  readonly #slot = new ActiveSlot();
  #pendingReason = 'no forecast has been made yet';
  #hasForecast = false;
  /** When the ticks began to fail, monotonic; null while they do not. */
  #failingSinceMs: number | null = null;

  constructor(
    readonly identity: string,
    readonly serving: ServingPolicy,
    private readonly optionsId: string,
    private readonly parts: WorkloadLoopParts,
  ) {}

  get active(): ActiveSnapshot | null {
    return this.#slot.at(this.parts.clock.nowMs());
  }

  get pendingReason(): string {
    return this.active ? '' : this.#pendingReason;
  }

  get accuracy(): readonly HorizonAccuracy[] {
    return this.parts.forecaster.accuracy.report();
  }

  /**
   * Runs until `signal` is aborted. The first tick is the last one that was due: it runs at once.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, ticks } = this.parts;
    const restored = this.#restore();
    let tickMs = ticks.atOrBeforeMs(clock.nowMs());
    while (!signal.aborted) {
      await this.#tick(tickMs, signal);
      const nowMs = clock.nowMs();
      tickMs = ticks.afterMs(nowMs);
      await clock.sleep(tickMs - nowMs, signal).catch(() => undefined);
    }
    await restored;
  }

  async #tick(tickMs: number, signal: AbortSignal): Promise<void> {
    const { forecaster, clock, metrics, log } = this.parts;
    const tick = new Date(tickMs).toISOString();
    try {
      const snapshot = await forecaster.forecast(tickMs / 1000, signal);
      this.#slot.put(activate(snapshot), this.parts.clock.nowMs());
      const { id, cutoff, model } = snapshot;
      log.debug('forecast made', { tick, id, cutoff, ...model });
      this.#sayChange(snapshot, tick);
      await this.#keep(snapshot);
    } catch (thrown) {
      if (signal.aborted) return;
      const fault = asFault(thrown, 'loop');
      this.#pendingReason = `the last tick failed: ${fault.message}`;
      metrics.error(fault);
      this.#failingSinceMs ??= clock.monotonicMs();
      await this.#restore();
      const stays = this.active ? 'the last forecast stays' : 'there is no forecast yet';
      this.#warn(`tick failed, ${stays}`, fault, tick);
    }
  }

  /** The first forecast, and the first after an outage: each is said once. */
  #sayChange({ cutoff, model }: Snapshot, tick: string): void {
    const { clock, log } = this.parts;
    const sinceMs = this.#failingSinceMs;
    const outSeconds = sinceMs === null ? 0 : Math.round((clock.monotonicMs() - sinceMs) / 1000);
    const said = { tick, cutoff, model: model.answered, outSeconds };
    if (!this.#hasForecast) log.info('first forecast', said);
    else if (sinceMs !== null) log.info('forecasting again', said);
    this.#hasForecast = true;
    this.#failingSinceMs = null;
  }

  async #keep(snapshot: Snapshot): Promise<void> {
    try {
      await this.parts.store.put(snapshot);
    } catch (thrown) {
      const fault = asFault(thrown, 'store');
      this.parts.metrics.error(fault);
      this.#warn('snapshot not stored', fault, snapshot.generatedAt);
    }
  }

  /** Takes the store's snapshot when it is newer than ours and made with the same options. */
  async #restore(): Promise<void> {
    try {
      const stored = await this.parts.store.get(this.identity, this.optionsId);
      if (stored) this.#slot.put(activate(stored), this.parts.clock.nowMs());
    } catch (thrown) {
      const fault = asFault(thrown, 'store');
      this.parts.metrics.error(fault);
      this.#warn('snapshot not read from the store', fault, '');
    }
  }

  #warn(message: string, fault: KedastralError, tick: string): void {
    const { code, component, message: reason } = fault;
    this.parts.log.warn(message, { tick, code, component, reason });
  }
}
