import { Ticks } from '../../../src/loop/ticks.ts';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import { loadKernel } from '../../kernel.ts';
import { INVARIANTS, type Run, type Violation, violationsOf } from '../invariants.ts';
import { cleanPlansOf } from '../truth.ts';
import { faultKind } from './fault-kinds.ts';
import { KEDA_GIVES_UP_SECONDS } from './keda.ts';
import {
  INTERVAL_SECONDS,
  type Injection,
  PROCESSES,
  type Scenario,
  STEP_SECONDS,
} from './scenario.ts';
import { type Disguise, World } from './world.ts';

export interface Played {
  readonly world: World;
  readonly run: Run;
  readonly violations: readonly Violation[];
}

/** Loads what all scenarios of a process share. */
export async function kernels(): Promise<readonly Kernel[]> {
  return Promise.all(Array.from({ length: PROCESSES }, loadKernel));
}

/** Plays a scenario and looks at every answer. */
export async function play(
  scenario: Scenario,
  shared: readonly Kernel[],
  disguise?: Disguise,
): Promise<Played> {
  const world = await World.play(scenario, shared, disguise);
  const run = await runOf(world, shared[0] as Kernel);
  return { world, run, violations: violationsOf(run) };
}

async function runOf(world: World, kernel: Kernel): Promise<Run> {
  const { injections, startMs } = world.scenario;
  const startSeconds = startMs / 1000;
  const spoiling = injections.filter(({ name }) => faultKind(name).samples);
  const kinds = spoiling.map(({ name }) => faultKind(name).samples);
  const samples = kinds.includes('wrong') ? 'wrong' : (kinds[0] ?? 'honest');
  const spoiltFromSeconds = startSeconds + Math.min(...spoiling.map((one) => one.fromSeconds));
  return {
    answers: world.answers,
    policy: world.options,
    cleanPlans: await cleanPlansOf(
      world.options,
      kernel,
      world.prometheus.clean,
      cutoffsOf(world, spoiltFromSeconds),
    ),
    samples,
    spoiltFromSeconds,
    recoveredAtSeconds: Math.max(...injections.map((one) => recoveredAt(one, startSeconds))),
    hangSecondsMax: KEDA_GIVES_UP_SECONDS,
    crashes: world.crashes,
    queries: sharedQueries(world),
    probes: world.probes,
    struck: injections.every(({ name }) => faultKind(name).isOfOne)
      ? new Set(injections.map(({ target }) => world.at(target).name))
      : null,
    canStartAnew: injections.every(({ name }) => name === 'rolling-restart'),
  };
}

/** What lets a lease change hands within a tick, or nobody have one. */
const UNSETTLING = /^(redis|clock|machine|sidecar|rolling)/;

function sharedQueries({ scenario, prometheus, options }: World): Run['queries'] {
  const { usesRedis, injections } = scenario;
  if (!usesRedis || injections.some(({ name }) => UNSETTLING.test(name))) return [];
  const ticks = new Ticks(options.identity, options.intervalSeconds);
  return prometheus.queries.map(({ atSeconds, by }) => ({
    tick: ticks.atOrBeforeMs(atSeconds * 1000),
    by,
  }));
}

/** Those that something was answered from, and all since samples were spoilt. */
function cutoffsOf({ answers, options, nowSeconds }: World, fromSeconds: number): Set<number> {
  const cutoffs = new Set(answers.flatMap(({ basis }) => basis?.cutoffSeconds ?? []));
  const { stepSeconds } = options;
  const first = Math.floor(fromSeconds / stepSeconds) * stepSeconds;
  for (let at = first; at < nowSeconds(); at += stepSeconds) cutoffs.add(at);
  return cutoffs;
}

/** Two intervals after the fault, or after the first step that the source has whole again. */
function recoveredAt({ name, toSeconds }: Injection, startSeconds: number): number {
  const end = startSeconds + toSeconds;
  const dataEnd = faultKind(name).samples
    ? Math.ceil(end / STEP_SECONDS) * STEP_SECONDS + 5 - startSeconds
    : toSeconds;
  return dataEnd + 2 * INTERVAL_SECONDS;
}

/** What a failure says: seed, fault, invariant and the timeline around it. */
export function report({ world, violations }: Played, isWhole = false): string {
  const { seed, injections, flags, seconds, shape, usesRedis } = world.scenario;
  const faults = injections.map(
    ({ name, fromSeconds, toSeconds, target }) =>
      `${name} ${fromSeconds}–${toSeconds} s (target sidecar-${target})`,
  );
  const [first] = violations;
  const names = [...new Set(violations.map(({ invariant }) => invariant))].join(', ');
  const verdict = first
    ? [
        `VIOLATED ${violations.length} times: ${names}`,
        `first at ${first.atSeconds.toFixed(1)} s: ${first.invariant}: ${first.what}`,
        `the rule: ${INVARIANTS[first.invariant].quote}`,
      ]
    : ['every invariant held'];
  return [
    `seed ${seed}: ${faults.join(' and ')}`,
    `demand ${shape}, ${seconds} s, ${usesRedis ? 'a shared Redis' : 'no Redis'}`,
    `options ${flags.join(' ')}`,
    ...verdict,
    world.timeline.toText(isWhole ? undefined : first?.atSeconds),
  ].join('\n');
}
