import { type Answer, METHODS, type Method, type Outcome, textOf } from '../answer.ts';
import type { Timeline } from '../timeline.ts';
import type { SimulatedProcess } from './process.ts';
import type { ProcessClock } from './process-clock.ts';

/** KEDA drops its scaler cache after this long without an answer, and sets min 0 to 0. */
export const KEDA_GIVES_UP_SECONDS = 60;
/** Its channel tries a broken connection again so soon. */
const RECONNECT_MS = 1_000;
const SYNC_MS = 15_000;
const POLL_MS = 30_000;

export interface KedaParts {
  /** Of its own machine. */
  readonly clock: ProcessClock;
  readonly startMs: number;
  readonly addresses: readonly SimulatedProcess[];
  readonly leadSeconds: number;
  /** At min 0 the poll asks all three: 18 RPCs a minute, else 14. */
  readonly isMinZero: boolean;
  readonly timeline: Timeline;
  readonly onAnswer: (answer: Answer) => void;
}

/**
 * KEDA's side of one trigger: 14 RPCs a minute, round robin over the addresses that are connected,
 * no deadline, each failed call once more at once.
 */
export class VirtualKeda {
  readonly #parts: KedaParts;
  /** When a connection that broke is tried again, by address; absent = it stands. */
  readonly #brokenUntilMs = new Map<SimulatedProcess, number>();
  #turn = 0;

  constructor(parts: KedaParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, isMinZero } = this.#parts;
    const everySync: readonly Method[] = METHODS;
    const everyPoll: readonly Method[] = isMinZero ? METHODS : ['GetMetricSpec'];
    const lasting = (periodMs: number, methods: readonly Method[]) =>
      this.#every(periodMs, methods, signal).catch(() => undefined);
    await clock.sleep(1, signal).catch(() => undefined);
    await Promise.all([lasting(SYNC_MS, everySync), lasting(POLL_MS, everyPoll)]);
  }

  /** One evaluation after the other: one that hangs holds up those after it. */
  async #every(periodMs: number, methods: readonly Method[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    for (;;) {
      const startMs = clock.monotonicMs();
      for (const method of methods) await this.call(method, 'keda');
      const restMs = Math.max(1_000, periodMs - (clock.monotonicMs() - startMs));
      await clock.sleep(restMs, signal);
    }
  }

  /** One call, and once more when it failed. */
  async call(method: Method, from: Answer['from']): Promise<Outcome> {
    const first = await this.#attempt(method, from);
    const isFailed = first.kind === 'error' || first.kind === 'unreachable';
    return isFailed ? this.#attempt(method, from) : first;
  }

  async #attempt(method: Method, from: Answer['from']): Promise<Outcome> {
    const { clock, addresses } = this.#parts;
    const connected = addresses.filter((one) => this.#isConnected(one, clock.monotonicMs()));
    const address = connected[this.#turn++ % Math.max(1, connected.length)];
    if (!address) return { kind: 'unreachable' };
    const outcome = await this.ask(address, method, from);
    if (outcome.kind === 'unreachable') {
      this.#brokenUntilMs.set(address, clock.monotonicMs() + RECONNECT_MS);
    }
    return outcome;
  }

  /** A channel knows that a connection is gone, not that who is behind it stands still. */
  #isConnected(address: SimulatedProcess, nowMs: number): boolean {
    if (!address.isUp || address.isCutOff) {
      this.#brokenUntilMs.set(address, nowMs + RECONNECT_MS);
      return false;
    }
    return nowMs >= (this.#brokenUntilMs.get(address) ?? 0);
  }

  /** Asks one address and hands on what is known of the answer. */
  async ask(
    address: SimulatedProcess,
    method: Method,
    from: Answer['from'],
    leadSeconds = this.#parts.leadSeconds,
  ): Promise<Outcome> {
    const { clock, startMs, timeline } = this.#parts;
    const askedMs = clock.monotonicMs();
    const outcome = await address.ask(method, leadSeconds);
    const nowSeconds = (clock.nowMs() - startMs) / 1000;
    timeline.change(nowSeconds, address.name, `${method} ${leadSeconds} s ahead`, textOf(outcome));
    const tookSeconds = (clock.monotonicMs() - askedMs) / 1000;
    this.#parts.onAnswer({
      atSeconds: nowSeconds - tookSeconds,
      tookSeconds,
      by: address.name,
      from,
      method,
      leadSeconds,
      outcome,
      clockSeconds: address.clockSeconds(),
      basis: address.basis(),
      saysStale: address.saysStale(),
    });
    return outcome;
  }
}
