import type { Kernel } from '../../../src/wasm/kernel.ts';
import { loadKernel } from '../../kernel.ts';
import { type Run, type Violation, violationsOf } from '../invariants.ts';
import { faultKind } from './fault-kinds.ts';
import {
  INTERVAL_SECONDS,
  type Injection,
  PROCESSES,
  STEP_SECONDS,
  scenarioOf,
} from './scenario.ts';
import { cleanPlansOf } from './truth.ts';
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

/** Plays the scenario of a seed and looks at every answer. */
export async function play(
  seed: number,
  shared: readonly Kernel[],
  disguise?: Disguise,
): Promise<Played> {
  const world = await World.play(scenarioOf(seed), shared, disguise);
  const run = await runOf(world, shared[0] as Kernel);
  return { world, run, violations: violationsOf(run) };
}

async function runOf(world: World, kernel: Kernel): Promise<Run> {
  const { injections, startMs, usesRedis } = world.scenario;
  const samples = injections.map(({ name }) => faultKind(name).samples ?? 'honest');
  const isOnly = (name: string) => injections.every((one) => one.name === name);
  return {
    answers: world.answers,
    policy: world.options,
    cleanPlans: await cleanPlansOf(world, kernel),
    samples:
      samples.find((one) => one === 'wrong') ??
      samples.find((one) => one === 'missing') ??
      'honest',
    recoveredAtSeconds: Math.max(...injections.map((one) => recoveredAt(one, startMs / 1000))),
    crashes: world.crashes,
    probes: world.probes,
    canStartAnew:
      isOnly('rolling-restart') ||
      (usesRedis &&
        !injections.some(
          ({ name }) =>
            name.startsWith('redis') || name.startsWith('sidecar') || name.startsWith('clock'),
        )),
  };
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
  const { seed, injections, flags, seconds, shape } = world.scenario;
  const faults = injections.map(
    ({ name, fromSeconds, toSeconds, target }) =>
      `${name} ${fromSeconds}–${toSeconds} s (target sidecar-${target})`,
  );
  const [first] = violations;
  const names = [...new Set(violations.map(({ invariant }) => invariant))];
  return [
    `seed ${seed}: ${faults.join(' and ')}; ${shape}, ${seconds} s, redis ${world.scenario.usesRedis}`,
    `options ${flags.join(' ')}`,
    ...(first
      ? [
          `VIOLATED ${names.join(', ')} (${violations.length} times); first at ${first.atSeconds.toFixed(1)} s:`,
          `  ${first.invariant}: ${first.what}`,
        ]
      : ['every invariant held']),
    world.timeline.toText(isWhole ? undefined : first?.atSeconds),
  ].join('\n');
}
