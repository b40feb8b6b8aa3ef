import type { Clock } from '../clock.ts';
import type { Options } from '../config/options.ts';
import { KedastralError } from '../errors.ts';
import type { HorizonAccuracy } from '../forecast/accuracy.ts';
import type { Snapshot } from '../forecast/snapshot.ts';
import type { Logger } from '../telemetry/log.ts';
import type { PoolReply, PoolRequest, Work } from './pool-protocol.ts';
import { hashOf } from './ticks.ts';
import type { Told } from './workload.ts';
import type { LoopForecaster } from './workload-loop.ts';

/** A worker thread. */
export interface PoolThread {
  postMessage(request: PoolRequest): void;
  on(event: 'message', listener: (reply: PoolReply) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): unknown;
}

export interface PoolParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly startThread: () => PoolThread;
}

const PING_INTERVAL_MS = 5_000;
/** A slice of math is 20 ms, the largest reply is parsed in half a second. */
const SILENCE_MS_MAX = 30_000;

/**
 * Worker threads that forecast; a workload stays with the one its name's hash says, where its
 * history is. A thread that ends or falls silent is started anew: its workloads lose the tick and
 * their history, which is asked for again, and keep their snapshots.
 */
export class ForecastPool {
  readonly #threads: Thread[];
  readonly #clock: Clock;
  #keys = 0;

  constructor(count: number, parts: PoolParts) {
    this.#clock = parts.clock;
    this.#threads = Array.from({ length: count }, (_, number) => new Thread(number, parts));
  }

  /** The forecaster of a workload; it lives until it is closed. */
  forecaster(options: Options, told: Told): PooledForecaster {
    const thread = this.#threads[hashOf(options.identity) % this.#threads.length] as Thread;
    return new PooledForecaster(this.#keys++, options, thread, told);
  }

  /** Watches over the threads until the signal says stop. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const thread of this.#threads) thread.watch();
      await this.#clock.sleep(PING_INTERVAL_MS, signal).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** A workload's forecaster on a worker thread; one forecast at a time. */
export class PooledForecaster implements LoopForecaster {
  #horizons: readonly HorizonAccuracy[] = [];
  #settle: ((outcome: Snapshot | null | KedastralError) => void) | null = null;

  constructor(
    readonly key: number,
    readonly options: Options,
    private readonly thread: Thread,
    private readonly told: Told,
  ) {
    thread.add(this);
  }

  readonly accuracy = { report: () => this.#horizons };

  async forecast(tickSeconds: number, signal: AbortSignal): Promise<Snapshot> {
    return (await this.#ask({ kind: 'forecast', tickSeconds }, signal)) as Snapshot;
  }

  renew(snapshot: Snapshot, tickSeconds: number, signal: AbortSignal): Promise<Snapshot | null> {
    return this.#ask({ kind: 'renew', tickSeconds, snapshot }, signal);
  }

  async refresh(tickSeconds: number, signal: AbortSignal): Promise<void> {
    await this.#ask({ kind: 'refresh', tickSeconds }, signal);
  }

  /** A snapshot, or null where there is none to make. */
  #ask(work: Work, signal: AbortSignal): Promise<Snapshot | null> {
    return new Promise((resolve, reject) => {
      // Nobody waits for a thread that may have fallen silent.
      const onAbort = () => {
        this.thread.post({ kind: 'stop', key: this.key });
        this.#settle?.(new KedastralError('internal', 'loop', 'the forecast was stopped'));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#settle = (outcome) => {
        this.#settle = null;
        signal.removeEventListener('abort', onAbort);
        if (outcome instanceof KedastralError) reject(outcome);
        else resolve(outcome);
      };
      this.thread.post({ ...work, key: this.key });
    });
  }

  /** Takes the thread's answer. */
  answer(reply: Exclude<PoolReply, { kind: 'pong' }>): void {
    const { metrics, onWarning } = this.told;
    const methods = metrics as unknown as Record<string, (...args: unknown[]) => void>;
    for (const [method, ...args] of reply.counted) methods[method]?.(...args);
    for (const warning of reply.warnings) onWarning(warning);
    if (reply.kind === 'failed') {
      const { code, component, message } = reply.fault;
      this.#settle?.(new KedastralError(code, component, message));
    } else {
      this.#horizons = reply.accuracy;
      this.#settle?.(reply.snapshot);
    }
  }

  /** The thread is gone: this tick has no forecast. */
  lose(fault: KedastralError): void {
    this.#settle?.(fault);
  }

  close(): void {
    this.thread.remove(this);
  }
}

/** One worker thread and whatever is started in its place. */
class Thread {
  readonly #members = new Map<number, PooledForecaster>();
  #port: PoolThread;
  #heardMs: number;
  /** Why it is gone; null while it lives. */
  #ended: string | null = null;
  #isClosed = false;

  constructor(
    private readonly number: number,
    private readonly parts: PoolParts,
  ) {
    this.#heardMs = parts.clock.monotonicMs();
    this.#port = this.#start();
  }

  add(member: PooledForecaster): void {
    this.#members.set(member.key, member);
    this.post({ kind: 'add', key: member.key, options: member.options });
  }

  remove(member: PooledForecaster): void {
    this.#members.delete(member.key);
    this.post({ kind: 'remove', key: member.key });
  }

  post(request: PoolRequest): void {
    this.#port.postMessage(request);
  }

  watch(): void {
    const silentMs = this.parts.clock.monotonicMs() - this.#heardMs;
    if (this.#ended !== null) this.#replace(this.#ended);
    else if (silentMs >= SILENCE_MS_MAX) this.#replace(`said nothing for ${silentMs / 1000} s`);
    else this.post({ kind: 'ping' });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#port.terminate();
  }

  #start(): PoolThread {
    const port = this.parts.startThread();
    let reason = 'ended by itself';
    port.on('message', (reply: PoolReply) => {
      this.#heardMs = this.parts.clock.monotonicMs();
      if (reply.kind !== 'pong') this.#members.get(reply.key)?.answer(reply);
    });
    port.on('error', (error) => {
      reason = `ended: ${error.message}`;
    });
    port.on('exit', () => {
      if (port !== this.#port || this.#isClosed) return;
      // Replaced at the next look, not at once: what ends when it starts must not be all we do.
      this.#ended = reason;
      this.#lose(reason);
    });
    return port;
  }

  #replace(reason: string): void {
    const { log, clock } = this.parts;
    const said = { thread: this.number, reason, workloads: this.#members.size };
    log.error('a worker thread is started anew', said);
    const old = this.#port;
    this.#port = this.#start();
    old.terminate();
    this.#ended = null;
    this.#heardMs = clock.monotonicMs();
    this.#lose(reason);
    for (const { key, options } of this.#members.values()) this.post({ kind: 'add', key, options });
  }

  #lose(reason: string): void {
    const fault = new KedastralError('internal', 'loop', `the worker thread ${reason}`);
    for (const member of this.#members.values()) member.lose(fault);
  }
}
