import { formatFaults } from '../../../src/config/faults.ts';
import type { Options } from '../../../src/config/options.ts';
import { parseOptions } from '../../../src/config/parse.ts';
import type { WorkloadView } from '../../../src/loop/workloads.ts';
import { MemoryStore } from '../../../src/storage/memory.ts';
import type { Store } from '../../../src/storage/store.ts';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import { VirtualClock } from '../../virtual-clock.ts';
import { type Answer, METHODS } from '../answer.ts';
import { Random } from '../random.ts';
import { Timeline } from '../timeline.ts';
import { demandOf } from './demand.ts';
import { faultKind } from './fault-kinds.ts';
import { VirtualKeda } from './keda.ts';
import { secondsUntilKilled } from './liveness.ts';
import { SimulatedProcess } from './process.ts';
import { ProcessClock } from './process-clock.ts';
import { type Injection, PROCESSES, type Scenario } from './scenario.ts';
import { SimulatedPrometheus } from './source.ts';
import { SimulatedRedis } from './store.ts';

/** What stands between a loop and its faces in a test of the bench itself. */
export type Disguise = (view: WorkloadView, clock: ProcessClock) => WorkloadView;

const LOOK_EVERY_SECONDS = 5;
const SURGE_SECONDS = 8;
const PROBE_EVERY_SECONDS = 0.1;

/** One scenario, being played. */
export class World {
  readonly clock: VirtualClock;
  readonly prometheus: SimulatedPrometheus;
  readonly redis: SimulatedRedis;
  readonly processes: readonly SimulatedProcess[];
  readonly timeline = new Timeline();
  readonly answers: Answer[] = [];
  /** What should never happen: `name: what`. */
  readonly crashes: string[] = [];
  /** When a call found nobody who answered, and when one did again: of the dense client. */
  readonly probes: { readonly atSeconds: number; readonly isAnswered: boolean }[] = [];
  /** Processes whose WebAssembly module traps. */
  readonly trapping = new Set<string>();
  readonly #keda: VirtualKeda;
  readonly #kedaClock: ProcessClock;
  readonly #end = new AbortController();
  #busy = 0;

  private constructor(
    readonly scenario: Scenario,
    readonly options: Options,
    kernels: readonly Kernel[],
    disguise?: Disguise,
  ) {
    const { startMs, seconds, shape, leadSeconds, isMinZero } = scenario;
    this.clock = new VirtualClock(startMs, () => this.#busy > 0);
    const world = this.clock;
    const demandAt = demandOf(shape, startMs / 1000 + seconds / 2);
    this.redis = new SimulatedRedis(this.nowSeconds);
    this.prometheus = new SimulatedPrometheus(demandAt, this.nowSeconds);
    this.processes = Array.from({ length: PROCESSES }, (_, i) => {
      const name = `sidecar-${i}`;
      return new SimulatedProcess(name, {
        options,
        world,
        kernel: this.#watched(name, kernels[i] as Kernel),
        prometheus: this.prometheus,
        storeFor: (who, clock) => this.#storeFor(who, clock),
        onLine: (who, line) => this.#hear(who, line),
        onCrash: (who, thrown) => this.#crashed(who, thrown),
        ...(disguise ? { disguise } : {}),
      });
    });
    this.#kedaClock = new ProcessClock(world);
    this.#keda = new VirtualKeda({
      clock: this.#kedaClock,
      startMs,
      addresses: this.processes,
      leadSeconds,
      isMinZero,
      timeline: this.timeline,
      onAnswer: (answer) => this.answers.push(answer),
    });
  }

  /** Plays a scenario to its end. */
  static async play(
    scenario: Scenario,
    kernels: readonly Kernel[],
    disguise?: Disguise,
  ): Promise<World> {
    const { options, faults } = await parseOptions([...scenario.flags], {});
    if (faults.length > 0) throw new Error(formatFaults(faults));
    const world = new World(scenario, options, kernels, disguise);
    const unhandled = (thrown: unknown) => world.#crashed('unhandled rejection', thrown);
    process.on('unhandledRejection', unhandled);
    try {
      await world.#play();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
    return world;
  }

  /** Epoch seconds, as nobody's clock but the truth has them. */
  readonly nowSeconds = (): number => this.clock.nowMs() / 1000;

  get sinceSeconds(): number {
    return (this.clock.nowMs() - this.scenario.startMs) / 1000;
  }

  at(index: number): SimulatedProcess {
    return this.processes[index % this.processes.length] as SimulatedProcess;
  }

  /** Does it now and again and again; returns what ends it. */
  readonly every = (seconds: number, task: () => void): (() => void) => {
    const stop = new AbortController();
    const repeat = async (): Promise<void> => {
      for (;;) {
        task();
        await this.clock.sleep(seconds * 1000, stop.signal);
      }
    };
    void repeat().catch(() => undefined);
    return () => stop.abort();
  };

  /** All that is played here sleeps: a laptop that is closed, a virtual machine that is paused. */
  suspend(): void {
    this.#kedaClock.suspend();
    for (const one of this.processes) one.suspend();
  }

  resume(): void {
    this.#kedaClock.thaw();
    for (const one of this.processes) one.thaw();
  }

  /** The kubelet: kills who does not answer its probes, and starts it again. */
  probeLiveness(frozen: SimulatedProcess | undefined): () => void {
    const stop = new AbortController();
    const kill = (): void => {
      if (!frozen?.isFrozen) return;
      this.timeline.add(this.sinceSeconds, frozen.name, 'killed by its liveness probe');
      frozen.kill();
      frozen.start();
    };
    void this.clock.sleep(secondsUntilKilled() * 1000, stop.signal).then(kill, () => undefined);
    return () => stop.abort();
  }

  /** A rolling update with one pod more: the new one runs a while before the old one goes. */
  restartOneByOne(): () => void {
    const stop = new AbortController();
    const roll = async (): Promise<void> => {
      for (const one of this.processes) {
        await this.clock.sleep(SURGE_SECONDS * 1000, stop.signal);
        one.stop();
        await this.clock.sleep(SURGE_SECONDS * 1000, stop.signal).catch(() => undefined);
        one.start();
      }
    };
    void roll().catch(() => undefined);
    const stopProbes = this.every(PROBE_EVERY_SECONDS, () => void this.#probe());
    return () => {
      stop.abort();
      stopProbes();
      for (const one of this.processes) one.start();
    };
  }

  async #probe(): Promise<void> {
    const atSeconds = this.sinceSeconds;
    const { kind } = await this.#keda.call('GetMetrics', 'bench');
    this.probes.push({ atSeconds, isAnswered: kind === 'replicas' });
  }

  async #play(): Promise<void> {
    const { injections, seconds, seed } = this.scenario;
    const draw = new Random(seed + 0x5eed);
    for (const one of this.processes) one.start();
    const playing = [
      this.#keda.run(this.#end.signal),
      ...injections.map((injection) => this.#inject(injection, draw)),
    ];
    const stopLooking = this.every(LOOK_EVERY_SECONDS, () => this.#look());
    await this.clock.advance(seconds * 1000);
    stopLooking();
    this.#end.abort();
    for (const one of this.processes) one.stop();
    await Promise.all(playing);
    await this.clock.advance(1);
  }

  async #inject({ name, fromSeconds, toSeconds, target }: Injection, draw: Random): Promise<void> {
    await this.clock.sleep(fromSeconds * 1000);
    const who = this.at(target).name;
    this.timeline.add(this.sinceSeconds, 'fault', `${name} begins (of one: ${who})`);
    const end = faultKind(name).begin(this, [who], draw);
    await this.clock.sleep((toSeconds - fromSeconds) * 1000);
    this.timeline.add(this.sinceSeconds, 'fault', `${name} ends`);
    end();
  }

  /** The bench asks every process everything, whoever KEDA's turn is at. */
  #look(): void {
    const { leadSeconds } = this.scenario;
    for (const one of this.processes) {
      if (!one.isUp || one.isFrozen) continue;
      for (const method of METHODS) void this.#keda.ask(one, method, 'bench');
      void this.#keda.ask(one, 'GetMetrics', 'bench', leadSeconds === 60 ? 180 : 60);
    }
  }

  #storeFor(name: string, clock: ProcessClock): Store {
    return this.scenario.usesRedis ? this.redis.storeFor(name, clock) : new MemoryStore();
  }

  #hear(name: string, line: Readonly<Record<string, unknown>>): void {
    if (this.processes.find((one) => one.name === name)?.isDiskFull) return;
    const { level, msg, reason = '', cutoff = '', model = '' } = line;
    const said = [msg, reason, cutoff, model].filter((text) => text !== '').join(' · ');
    this.timeline.add(this.sinceSeconds, name, said);
    const isOurs = level === 'fatal' || msg === 'call failed' || line.code === 'internal';
    if (isOurs) this.#crashed(name, JSON.stringify(line));
  }

  #crashed(name: string, thrown: unknown): void {
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.timeline.add(this.sinceSeconds, name, `CRASH ${what}`);
    this.crashes.push(`${name}: ${what}`);
  }

  /** The kernel, waited for by the clock while it computes, and trapping on demand. */
  #watched(name: string, kernel: Kernel): Kernel {
    const exclusive: Kernel['exclusive'] = (task) => {
      this.#busy++;
      return kernel.exclusive(task).finally(() => {
        this.#busy--;
      });
    };
    const call: Kernel['call'] = (task) =>
      kernel.call((guest) => {
        if (this.trapping.has(name)) throw new WebAssembly.RuntimeError('unreachable');
        return task(guest);
      });
    const drain: Kernel['drain'] = async (advance) => {
      if (this.trapping.has(name)) call(() => 0);
      await kernel.drain(advance);
    };
    return { ...bound(kernel), exclusive, call, drain } as Kernel;
  }
}

/** The methods of a kernel as functions of an object that can be spread. */
function bound(kernel: Kernel) {
  return {
    historyCapacity: kernel.historyCapacity,
    horizonCapacity: kernel.horizonCapacity,
    write: kernel.write.bind(kernel),
    read: kernel.read.bind(kernel),
    readAt: kernel.readAt.bind(kernel),
  };
}
