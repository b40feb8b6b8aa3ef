import { setImmediate } from 'node:timers/promises';
import { syntheticAdapter } from '../src/adapters/synthetic.ts';
import type { Clock } from '../src/clock.ts';
import { systemClock } from '../src/clock.ts';
import { parseOptions } from '../src/config/parse.ts';
import { createWorkload } from '../src/loop/workload.ts';
import { MemoryStore } from '../src/storage/memory.ts';
import { createLogger } from '../src/telemetry/log.ts';
import { Metrics } from '../src/telemetry/metrics.ts';
import { loadKernel } from '../src/wasm/load.ts';
import { cost, percentile, type Row } from './row.ts';

const START_MS = Date.UTC(2026, 5, 1, 9, 30);
const TICKS = 60;
const WARM_UP_TICKS = 8;

/** A clock that jumps from tick to tick and measures real time: every tick, none of the waiting. */
class TickingClock implements Clock {
  #wallMs = START_MS;
  readonly waitsMs: number[] = [];
  #wokenMs = performance.now();

  constructor(
    private readonly ticks: number,
    private readonly stop: AbortController,
  ) {}

  nowMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  async sleep(durationMs: number): Promise<void> {
    this.waitsMs.push(performance.now() - this.#wokenMs);
    if (this.waitsMs.length === this.ticks) this.stop.abort();
    // A step a tick: no two ticks share a cutoff, so that every one fits anew.
    this.#wallMs += Math.max(durationMs, 60_000);
    await setImmediate();
    this.#wokenMs = performance.now();
  }
}

/** Milliseconds of each whole tick on 20,160 points, warm. */
async function tickTimesMs(args: readonly string[], ticks = TICKS): Promise<number[]> {
  const stop = new AbortController();
  const clock = new TickingClock(ticks + WARM_UP_TICKS, stop);
  const { options, faults } = await parseOptions(['--interval', '1m', ...args], {});
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  const workload = createWorkload(options, {
    kernel: await loadKernel(),
    adapter: syntheticAdapter(options, clock),
    store: new MemoryStore(),
    clock,
    metrics: new Metrics(clock, 'bench'),
    log: createLogger({ level: 'warn', format: 'text', name: 'bench', clock }),
  });
  await workload.run(stop.signal);
  return clock.waitsMs.slice(WARM_UP_TICKS);
}

/** The longest time in milliseconds that something ready to run had to wait meanwhile. */
async function longestWaitMs(work: Promise<unknown>): Promise<number> {
  let isDone = false;
  const finish = (): void => {
    isDone = true;
  };
  work.then(finish, finish);
  let longest = 0;
  while (!isDone) {
    const beforeMs = performance.now();
    await setImmediate();
    longest = Math.max(longest, performance.now() - beforeMs);
  }
  await work;
  return longest;
}

const ARIMA_111 = ['--model', 'arima', '--arima-p', '1', '--arima-d', '1', '--arima-q', '1'];

export async function bench(): Promise<Row[]> {
  const baseline = percentile(await tickTimesMs([]), 0.99);
  const arima = percentile(await tickTimesMs(ARIMA_111), 0.99);
  const wait = await longestWaitMs(tickTimesMs(['--model', 'arima'], 4));
  return [
    cost({ name: 'tick on 20,160 points, baseline, p99', unit: 'ms', measured: baseline, goal: 5 }),
    cost({
      name: 'tick on 20,160 points, ARIMA(1,1,1), p99',
      unit: 'ms',
      measured: arima,
      goal: 25,
    }),
    cost({ name: 'longest wait during auto ARIMA', unit: 'ms', measured: wait, goal: 25 }),
  ];
}
