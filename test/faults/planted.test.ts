import { beforeAll, describe, expect, it } from 'vitest';
import { instantOf } from '../../src/clock.ts';
import type { ActiveSnapshot } from '../../src/forecast/active.ts';
import type { WorkloadView } from '../../src/loop/workloads.ts';
import type { Kernel } from '../../src/wasm/kernel.ts';
import type { Answer } from './answer.ts';
import { INVARIANTS, type InvariantName, type Run, violationsOf } from './invariants.ts';
import { kernels, type Played, play, report } from './virtual/bench.ts';
import type { FaultName } from './virtual/fault-kinds.ts';
import type { ProcessClock } from './virtual/process-clock.ts';
import { type Scenario, scenarioOf } from './virtual/scenario.ts';
import type { Disguise } from './virtual/world.ts';

let shared: readonly Kernel[];
beforeAll(async () => {
  shared = await kernels();
});

/** Five minutes of one fault with the default `hold`. */
function scenarioWith(name: FaultName): Scenario {
  const base = scenarioOf(0);
  const flags = base.flags.filter((flag) => !/on-stale|min|lead-time|model/.test(flag));
  return {
    ...base,
    shape: 'steady',
    flags: [...flags, '--lead-time=180s', '--model=baseline'],
    leadSeconds: 180,
    isMinZero: false,
    injections: [{ name, fromSeconds: 160, toSeconds: 460, target: 1 }],
    seconds: 760,
  };
}

/** The real view with another snapshot in force. */
function disguised(
  real: WorkloadView,
  change: (active: ActiveSnapshot) => ActiveSnapshot,
): WorkloadView {
  const get = () => (real.active ? change(real.active) : null);
  return Object.create(real, { active: { get } }) as WorkloadView;
}

function withPlan(active: ActiveSnapshot, replicas: (count: number) => number): ActiveSnapshot {
  const desiredReplicas = active.snapshot.desiredReplicas.map(replicas);
  return { ...active, snapshot: { ...active.snapshot, desiredReplicas } };
}

/** A stale snapshot as one of this instant. */
function rejuvenated(active: ActiveSnapshot, clock: ProcessClock): ActiveSnapshot {
  const nowSeconds = clock.nowMs() / 1000;
  const isStale = nowSeconds - active.generatedAtSeconds > 120;
  return isStale ? { ...active, generatedAtSeconds: nowSeconds, taken: instantOf(clock) } : active;
}

const rejuvenates = (): Disguise => (real, clock) =>
  disguised(real, (active) => rejuvenated(active, clock));

const servesZeroWhenStale = (): Disguise => (real, clock) =>
  disguised(real, (active) => {
    const shown = rejuvenated(active, clock);
    return shown === active ? active : withPlan(shown, () => 0);
  });

const plansLess = (): Disguise => (real) =>
  disguised(real, (active) => withPlan(active, (count) => count - 1));

const plansApart = (): Disguise => {
  let processes = 0;
  return (real) => {
    const more = processes++;
    return disguised(real, (active) => withPlan(active, (count) => count + more));
  };
};

const standsStill = (): Disguise => (real) => {
  let first: ActiveSnapshot | undefined;
  return disguised(real, (active) => {
    first ??= active;
    return first;
  });
};

const breaks = (): Disguise => (real) =>
  disguised(real, () => {
    throw new TypeError('planted');
  });

const PLANTED: readonly [what: string, FaultName, () => Disguise, InvariantName][] = [
  ['0 when stale', 'prometheus-hangs', servesZeroWhenStale, 'never zero for unknown'],
  ['0 when stale, below the floor', 'prometheus-503', servesZeroWhenStale, 'clean floor'],
  ['a plan that is too low', 'prometheus-warns', plansLess, 'clean floor'],
  ['a plan of its own', 'redis-slow', plansLess, 'clean plan from honest samples'],
  ['replicas that disagree', 'prometheus-warns', plansApart, 'one answer for one cutoff'],
  ['an old number as fresh', 'prometheus-refuses', rejuvenates, 'no old number as fresh'],
  ['no second snapshot', 'prometheus-refuses', standsStill, 'recovery within two intervals'],
  [
    'replicas that the clock of one holds up',
    'clock-1m-ahead',
    standsStill,
    'one that fails leaves the others well',
  ],
  ['a bug of its own', 'prometheus-warns', breaks, 'no crash'],
];

/** What no view can be made to do is written into the record of a good run. */
const SPOILT: readonly [what: string, (run: Run) => Partial<Run>, InvariantName][] = [
  [
    'a spec that fails',
    spoilt('GetMetricSpec', { outcome: { kind: 'error', status: 'UNAVAILABLE', why: 'planted' } }),
    'GetMetricSpec always answers',
  ],
  ['a hang', spoilt('IsActive', { tookSeconds: 61 }), 'nothing hangs until KEDA gives up'],
  [
    'more than what was held',
    spoilt('GetMetrics', { outcome: { kind: 'replicas', replicas: 49 } }),
    'stale is served by the ladder',
  ],
  [
    'a second replica that asks',
    () => ({ queries: ['sidecar-0', 'sidecar-1'].map((by) => ({ tick: 7, by })) }),
    'one replica asks for all',
  ],
  ['a crash', () => ({ crashes: ['sidecar-1: planted'] }), 'no crash'],
  [
    'a second without answer',
    () => ({
      canStartAnew: true,
      probes: [0, 0.5, 1, 1.5, 2].map((at) => ({ atSeconds: at, isAnswered: at % 2 === 0 })),
    }),
    'rolling restart leaves no gap',
  ],
];

/** Changes the answer to the last call of a method. */
function spoilt(method: Answer['method'], change: Partial<Answer>): (run: Run) => Partial<Run> {
  return ({ answers }) => {
    const last = answers.findLastIndex((answer) => answer.method === method);
    return {
      answers: answers.map((answer, i) => (i === last ? { ...answer, ...change } : answer)),
    };
  };
}

describe('the bench', () => {
  it.each(PLANTED)('finds %s (%s)', async (_what, fault, disguise, invariant) => {
    const played = await play(scenarioWith(fault), shared, disguise());
    expect(played.violations.map((one) => one.invariant)).toContain(invariant);
  });

  it.each(SPOILT)('finds %s', async (_what, spoil, invariant) => {
    const { run } = await unharmed();
    const found = violationsOf({ ...run, ...spoil(run) });
    expect(found.map((one) => one.invariant)).toContain(invariant);
  });

  it('finds nothing where nothing is planted', async () => {
    expect((await unharmed()).violations).toEqual([]);
  });

  it('has each invariant proved by something planted', () => {
    const proved = [...PLANTED, ...SPOILT].map((row) => row.at(-1));
    expect(Object.keys(INVARIANTS).filter((name) => !proved.includes(name))).toEqual([]);
  });

  it('says seed, fault, invariant, its rule and what happened around it', async () => {
    const text = report(await play(scenarioWith('prometheus-503'), shared, plansLess()));
    for (const word of ['seed 0', 'prometheus-503 160–460 s', 'VIOLATED', 'clean floor', 'rule']) {
      expect(text).toContain(word);
    }
    expect(text).toMatch(/sidecar-\d +GetMetrics/);
  });

  it('plays a seed the same twice', async () => {
    const [one, two] = [await play(scenarioOf(7), shared), await play(scenarioOf(7), shared)];
    expect(one.run.answers.length).toBeGreaterThan(100);
    expect(two.run.answers).toEqual(one.run.answers);
  });
});

let good: Promise<Played> | undefined;
function unharmed(): Promise<Played> {
  good ??= play(scenarioWith('prometheus-refuses'), shared);
  return good;
}
