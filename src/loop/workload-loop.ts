import type { Clock } from '../clock.ts';
import { asFault, type KedastralError } from '../errors.ts';
import type { Accuracy, HorizonAccuracy } from '../forecast/accuracy.ts';
import { type ActiveSnapshot, activate } from '../forecast/active.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import { NO_FORECAST, type ReplicaBounds, type ServingPolicy } from '../forecast/served.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import type { Replica, SnapshotOrder, Store } from '../storage/store.ts';
import type { Logger } from '../telemetry/log.ts';
import { Repeats } from '../telemetry/repeats.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import { ACTIVATION_DELAY_MS, ActiveSlot } from './active-slot.ts';
import type { Ticks } from './ticks.ts';
import { Turns } from './turns.ts';
import type { WorkloadView } from './workloads.ts';

/** What a loop needs of a forecaster, which may run on another thread. */
export interface LoopForecaster extends Pick<Forecaster, 'forecast' | 'refresh'> {
  readonly renew?: Forecaster['renew'];
  readonly accuracy: Pick<Accuracy, 'report'>;
}

export interface WorkloadLoopParts {
  readonly forecaster: LoopForecaster;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly metrics: WorkloadMetrics;
  readonly log: Logger;
}

/**
 * Forecasts one workload on its ticks, or takes what another replica has forecast, and keeps the
 * snapshot in force for the two faces.
 *
 * A tick that fails is counted and changes nothing else; one that overruns is not stacked: the loop
 * goes on with the last tick that was due.
 */
export class WorkloadLoop implements WorkloadView {
  readonly #slot: ActiveSlot;
  readonly #turns: Turns;
  readonly #faults: Repeats;
  readonly #others: Repeats;
  #pendingReason: string = NO_FORECAST;
  #hasForecast = false;
  /** When the ticks began to fail, monotonic; null while they do not. */
  #failingSinceMs: number | null = null;

  constructor(
    replica: Replica,
    readonly serving: ServingPolicy & ReplicaBounds,
    private readonly parts: WorkloadLoopParts,
  ) {
    this.identity = replica.workload;
    this.#slot = new ActiveSlot(parts.clock);
    this.#faults = new Repeats(parts.clock);
    this.#others = new Repeats(parts.clock);
    const newest = () => orderOf(this.#slot.newest);
    const take = (snapshot: Snapshot) => this.#accept(snapshot, 'forecast taken');
    this.#turns = new Turns(replica, { ...parts, newest, take });
  }

  readonly identity: string;

  get active(): ActiveSnapshot | null {
    return this.#slot.current;
  }

  get newest(): ActiveSnapshot | null {
    return this.#slot.newest;
  }

  get pendingReason(): string {
    return this.active ? '' : this.#pendingReason;
  }

  get accuracy(): readonly HorizonAccuracy[] {
    return this.parts.forecaster.accuracy.report();
  }

  /**
   * Runs until `signal` is aborted. The first tick is the one whose snapshot is in force now: it
   * runs at once, so that this replica begins with what the others serve.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, ticks } = this.parts;
    let tickMs = ticks.atOrBeforeMs(clock.nowMs() - ACTIVATION_DELAY_MS);
    while (!signal.aborted) {
      await this.#tick(tickMs, signal);
      tickMs = await this.#next(tickMs, signal);
    }
    await this.#turns.end();
  }

  /** Waits for the next tick; one that was missed is made up for while it is not yet in force. */
  async #next(tickMs: number, signal: AbortSignal): Promise<number> {
    const { clock, ticks } = this.parts;
    const nowMs = clock.nowMs();
    const dueMs = ticks.atOrBeforeMs(nowMs);
    if (dueMs > tickMs && nowMs < dueMs + ACTIVATION_DELAY_MS) return dueMs;
    const nextMs = ticks.afterMs(nowMs);
    await clock.sleep(nextMs - nowMs, signal).catch(() => undefined);
    const lateMs = clock.nowMs() - nextMs;
    const wasClockSet = Math.abs(lateMs) >= ticks.intervalMs;
    return wasClockSet ? ticks.atOrBeforeMs(clock.nowMs()) : nextMs;
  }

  async #tick(tickMs: number, signal: AbortSignal): Promise<void> {
    const { forecaster } = this.parts;
    const role = await this.#turns.at(tickMs, signal);
    if (signal.aborted) return;
    if (role === 'reader') {
      if (!this.#hasForecast) this.#pendingReason = 'another replica forecasts; it has not yet';
      return;
    }
    try {
      const made = await forecaster.forecast(tickMs / 1000, signal);
      this.#accept(await this.#turns.keep(made), 'forecast made');
    } catch (thrown) {
      if (signal.aborted) return;
      const fault = asFault(thrown, 'loop');
      this.#pendingReason = `the last tick failed: ${fault.message}`;
      this.#failingSinceMs ??= this.parts.clock.monotonicMs();
      await this.#renew(tickMs / 1000, signal);
      this.#turns.yield();
      const stays = this.active ? 'the last forecast stays' : 'there is no forecast yet';
      this.#warn(`tick failed, ${stays}`, fault, tickMs);
      return;
    }
    await forecaster.refresh(tickMs / 1000, signal).catch((thrown: unknown) => {
      if (!signal.aborted) this.#warn('history not read anew', asFault(thrown, 'loop'), tickMs);
    });
  }

  #accept(snapshot: Snapshot, how: string): void {
    this.#slot.put(activate(snapshot, this.parts.clock));
    const { id, cutoff, model, generatedAt: tick } = snapshot;
    this.parts.log.debug(how, { tick, id, cutoff, ...model });
    if (!snapshot.renewedAt) this.#sayChange(snapshot);
  }

  /** Without a forecast at this tick, what was read beside it counts all the same. */
  async #renew(tickSeconds: number, signal: AbortSignal): Promise<void> {
    const { newest } = this.#slot;
    const snapshot =
      newest && (await this.parts.forecaster.renew?.(newest.snapshot, tickSeconds, signal));
    if (!snapshot) return;
    const standing = await this.#turns.keep(snapshot);
    this.#slot.put(activate(standing, this.parts.clock));
  }

  /** The first forecast, and the first after an outage, and that a rung of the ladder answers. */
  #sayChange({ id, cutoff, model, generatedAt: tick }: Snapshot): void {
    const { clock, log } = this.parts;
    const sinceMs = this.#failingSinceMs;
    const outSeconds = sinceMs === null ? 0 : Math.round((clock.monotonicMs() - sinceMs) / 1000);
    const said = { tick, id, cutoff, model: model.answered, outSeconds };
    if (!this.#hasForecast) log.info('first forecast', said);
    else if (sinceMs !== null) log.info('forecasting again', said);
    this.#hasForecast = true;
    this.#failingSinceMs = null;
    this.#faults.clear();
    const isOther = model.answered !== model.requested;
    if (isOther && this.#others.isDue(model.answered)) {
      log.warn('another model answers', { tick, ...model });
    }
  }

  /** Every fault is counted; in the log one that lasts is told now and then. */
  #warn(message: string, fault: KedastralError, tickMs: number): void {
    const { metrics, log } = this.parts;
    metrics.error(fault);
    const { code, component, message: reason } = fault;
    const tick = new Date(tickMs).toISOString();
    const level = this.#faults.isDue(`${code} ${message}`) ? 'warn' : 'debug';
    log[level](message, { tick, code, component, reason });
  }
}

function orderOf(newest: ActiveSnapshot | null): SnapshotOrder | null {
  return (
    newest && {
      cutoffSeconds: newest.cutoffSeconds,
      generatedAtSeconds: newest.renewedAtSeconds,
    }
  );
}
