import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { DataAdapter, GridRange, Samples } from '../../src/adapters/adapter.ts';
import { noiseAt } from '../../src/adapters/integer-noise.ts';
import type { Options } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { KedastralError } from '../../src/errors.ts';
import { ACTIVATION_DELAY_MS } from '../../src/loop/active-slot.ts';
import { Ticks } from '../../src/loop/ticks.ts';
import { createWorkload } from '../../src/loop/workload.ts';
import type { WorkloadLoop } from '../../src/loop/workload-loop.ts';
import { MODEL_NAMES } from '../../src/models/registry.ts';
import { MemoryStore } from '../../src/storage/memory.ts';
import { createLogger } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import { loadKernel } from '../kernel.ts';
import { VirtualClock } from '../virtual-clock.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const STEP = HOUR / 2;
const START = Date.UTC(2026, 5, 1, 7, 13, 21) / 1000;
const SEED = 20_260_601;
/** Not a multiple of the ticks of one step: the past changes between ticks of one cutoff, too. */
const CHANGE_TICKS = 2;

/** Uniform in 0..1, a pure function of what and when. */
const chance = (what: number, index: number) => (noiseAt(SEED + what, index) + 1) / 2;

/**
 * A source as they are: samples jitter, come late, are amended, come twice, are NaN or missing, and
 * it is gone for hours. It changes what it says of the past at every other tick, so that whoever
 * asks for one tick is told the same: those who are told differently cannot agree.
 */
class Source {
  /** Nobody gets an answer. */
  isDown = false;
  keepsSeconds = Number.POSITIVE_INFINITY;
  /** Samples of [from, to) were not there before `since`. */
  late = { from: 0, to: 0, since: 0 };

  constructor(
    private readonly clock: VirtualClock,
    private readonly ticks: Ticks,
  ) {}

  /** Epoch seconds of the last tick, if need be a little ago, at which the past changed. */
  get #changed(): number {
    const { ticks, clock } = this;
    const tick = ticks.atOrBeforeMs(clock.nowMs());
    return (tick - (Math.floor(tick / ticks.intervalMs) % CHANGE_TICKS) * ticks.intervalMs) / 1000;
  }

  /** Whether the next tick sees another past than the last one. */
  get willChange(): boolean {
    const next = this.ticks.afterMs(this.clock.nowMs());
    return Math.floor(next / this.ticks.intervalMs) % CHANGE_TICKS === 0;
  }

  read({ startSeconds, endSeconds, stepSeconds }: GridRange): Samples {
    const now = this.clock.nowMs() / 1000;
    const changed = this.#changed;
    const times: number[] = [];
    const values: number[] = [];
    for (let k = Math.round(startSeconds / stepSeconds); k * stepSeconds <= endSeconds; k++) {
      const time = k * stepSeconds;
      const isOver = time < now - this.keepsSeconds;
      const isLate = time >= this.late.from && time < this.late.to && now < this.late.since;
      if (isOver || isLate || chance(1, k) < 0.02) continue;
      const delay = chance(2, k) < 0.05 ? 2 * HOUR * chance(3, k) : 0;
      if (time + delay > (delay > 0 ? changed : now)) continue;
      const isAmended = chance(4, k) < 0.1 && changed > time + 2 * HOUR * chance(5, k);
      const at = time - Math.floor(chance(6, k) * 5);
      const value = chance(7, k) < 0.01 ? Number.NaN : demandAt(time, k);
      const isDoubled = chance(8, k) < 0.1 && changed > time + 2 * HOUR * chance(9, k);
      for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
        times.push(at);
        values.push(isAmended ? value * 1.01 : value);
      }
    }
    return {
      timesSeconds: Float64Array.from(times),
      values: Float64Array.from(values),
      warnings: [],
    };
  }
}

function demandAt(time: number, k: number): number {
  const day = 3_500 - 2_500 * Math.cos((2 * Math.PI * time) / DAY);
  const week = Math.floor(time / DAY) % 7 < 2 ? 0.6 : 1;
  return Math.round(day * week * (1 + 0.1 * noiseAt(SEED, k)));
}

/** A process, from its start to its end. */
class Sidecar {
  /** It gets no answer of the source, others do. */
  isCut = false;
  readonly startedMs: number;
  readonly loop: WorkloadLoop;
  readonly #life = new AbortController();

  constructor(
    options: Options,
    source: Source,
    clock: VirtualClock,
    readonly kernel: Kernel,
  ) {
    const adapter: DataAdapter = {
      name: 'test',
      collect: async (range) => {
        if (this.isCut || source.isDown) {
          throw new KedastralError('adapter_unreachable', 'adapter', 'no route');
        }
        return source.read(range);
      },
    };
    const write = () => undefined;
    const log = createLogger({ level: 'fatal', format: 'json', name: 'test', clock, write });
    const metrics = new Metrics(clock, '0.0.0');
    const store = new MemoryStore();
    this.loop = createWorkload(options, { kernel, adapter, store, clock, metrics, log });
    this.startedMs = clock.nowMs();
    void this.loop.run(this.#life.signal);
  }

  stop(): void {
    this.#life.abort();
  }

  /** Waits until all that was begun is done. */
  async rest(): Promise<void> {
    for (let i = 0; i < 4; i++) await setImmediate();
    await this.kernel.exclusive(() => undefined);
    for (let i = 0; i < 4; i++) await setImmediate();
  }
}

class Week {
  readonly clock = new VirtualClock(START * 1000);
  readonly ticks: Ticks;
  readonly source: Source;
  readonly running = new Set<Sidecar>();
  readonly bodies = new Map<number, Buffer>();

  constructor(readonly options: Options) {
    this.ticks = new Ticks(options.identity, options.intervalSeconds);
    this.source = new Source(this.clock, this.ticks);
  }

  static async of(model: string, more: readonly string[] = []): Promise<Week> {
    const argv = ['--workload=my-api', `--model=${model}`, '--step=30m', '--interval=10m'];
    argv.push('--horizon=12h', '--lead-time=1h', '--stale-after=2h', '--window=3h', ...more);
    const { options, faults } = await parseOptions(argv, {});
    expect(faults).toEqual([]);
    return new Week(options);
  }

  async start(): Promise<Sidecar> {
    const sidecar = new Sidecar(this.options, this.source, this.clock, await loadKernel());
    this.running.add(sidecar);
    await sidecar.rest();
    return sidecar;
  }

  stop(sidecar: Sidecar): void {
    sidecar.stop();
    this.running.delete(sidecar);
  }

  /** From wherever between two ticks through the next one, looking right before and after. */
  async tick(): Promise<void> {
    const tickMs = this.ticks.afterMs(this.clock.nowMs());
    await this.#to(tickMs);
    this.look();
    await this.#to(tickMs + ACTIVATION_DELAY_MS - 1);
    this.look();
    await this.#to(tickMs + ACTIVATION_DELAY_MS);
    this.look();
  }

  async pass(seconds: number): Promise<void> {
    await this.#to(this.clock.nowMs() + Math.round(seconds * 1000));
    this.look();
  }

  async #to(timeMs: number): Promise<void> {
    await this.clock.advance(timeMs - this.clock.nowMs());
    for (const sidecar of this.running) await sidecar.rest();
  }

  /** All that had an answer at each tick serve the same bytes. */
  look(): void {
    const all = [...this.running].filter(({ isCut }) => !isCut);
    // Who started while the source was silent knows nothing, and says so.
    const served = all.flatMap(({ loop }) => loop.active ?? []);
    expect(new Set(served.map((active) => active.generatedAtSeconds)).size).toBeLessThan(2);
    for (const active of served) {
      const { generatedAtSeconds, body } = active;
      const known = this.bodies.get(generatedAtSeconds) ?? body;
      if (!known.equals(body)) expect(body.toString()).toBe(known.toString());
      this.bodies.set(generatedAtSeconds, known);
    }
  }
}

describe('a process that runs for a week', () => {
  it('serves the bytes of those that start meanwhile, at the same instants', async () => {
    const week = await Week.of('auto');
    await week.start();
    await week.tick();
    let second = await week.start();
    const ticks = (7 * DAY) / week.options.intervalSeconds;
    let restarts = 0;
    for (let i = 0; i < ticks; i++) {
      // A few outages of the source, of an hour or more.
      week.source.isDown = chance(20, Math.floor(i / 9)) < 0.06;
      await week.tick();
      if (chance(21, i) > 0.04 || week.source.isDown) continue;
      week.stop(second);
      // Within the tick's first seconds, too, where the others still serve the one before.
      await week.pass(chance(22, i) < 0.5 ? 300 * chance(23, i) : 0);
      if (!week.source.willChange) {
        await week.pass((week.ticks.afterMs(week.clock.nowMs()) - week.clock.nowMs()) / 1000 + 2);
      }
      second = await week.start();
      const [unbroken] = week.running;
      const { active } = unbroken?.loop ?? {};
      const madeMs = (active?.generatedAtSeconds ?? 0) * 1000;
      const inForceMs = week.ticks.atOrBeforeMs(week.clock.nowMs() - ACTIVATION_DELAY_MS);
      if (madeMs === inForceMs) expect(second.loop.active?.body).toEqual(active?.body);
      week.look();
      restarts++;
    }
    expect(restarts).toBeGreaterThan(15);
    expect(week.bodies.size).toBeGreaterThan(0.8 * ticks);
  }, 300_000);

  it('and one that was cut off for hours is the same again at once', async () => {
    const week = await Week.of('baseline');
    const [cut] = [await week.start(), await week.start()];
    for (const hours of [1, 2, 4, 5, 6, 7, 8, 9, 10, 30]) {
      for (let i = 0; i < 12; i++) await week.tick();
      cut.isCut = true;
      for (let i = 0; i < 6 * hours; i++) await week.tick();
      cut.isCut = false;
      await week.clock.advance(week.options.intervalSeconds * 1000);
      for (const sidecar of week.running) await sidecar.rest();
      await week.tick();
    }
    for (let i = 0; i < 30; i++) await week.tick();
  }, 120_000);

  const others = MODEL_NAMES.filter((name) => name !== 'auto' && name !== 'byom');
  it.each(others)(
    '%s remembers nothing from one tick to the next',
    async (model) => {
      const week = await Week.of(model, ['--history=4d']);
      await week.start();
      for (let i = 0; i < 24; i++) await week.tick();
      await week.start();
      for (let i = 0; i < 7; i++) await week.tick();
    },
    120_000,
  );
});

describe('once a day', () => {
  it('what came later than the window comes in, and replicas agree again', async () => {
    const week = await Week.of('baseline');
    const now = week.clock.nowMs() / 1000;
    week.source.late = { from: now - 8 * HOUR, to: now - 6 * HOUR, since: now + 2 * HOUR };
    const old = await week.start();
    for (let i = 0; i < 13; i++) await week.tick();
    const young = await week.start();
    const idsOf = () => [old, young].map(({ loop }) => loop.active?.snapshot.id);
    await week.clock.advance(week.options.intervalSeconds * 1000);
    await Promise.all([old.rest(), young.rest()]);
    expect(new Set(idsOf()).size).toBe(2);
    for (let i = 0; i < (6 * DAY) / HOUR; i++) {
      await week.clock.advance(week.options.intervalSeconds * 1000);
      await Promise.all([old.rest(), young.rest()]);
    }
    week.bodies.clear();
    for (let i = 0; i < 6; i++) await week.tick();
    expect(new Set(idsOf()).size).toBe(1);
  }, 120_000);

  it('what the source no longer keeps goes', async () => {
    const week = await Week.of('baseline');
    week.source.keepsSeconds = 5 * DAY;
    const old = await week.start();
    const pass = async (days: number) => {
      for (let i = 0; i < days * 48; i++) {
        await week.clock.advance(STEP * 1000);
        await Promise.all([...week.running].map((sidecar) => sidecar.rest()));
      }
    };
    await pass(3);
    const young = await week.start();
    await pass(1.1);
    const points = [old, young].map(({ loop }) => loop.active?.snapshot.dataQuality.points ?? 0);
    expect(points[0]).toBe(points[1]);
    expect(points[0]).toBeLessThanOrEqual((6.1 * DAY) / STEP);
    week.bodies.clear();
    for (let i = 0; i < 6; i++) await week.tick();
  }, 120_000);
});
