import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACTIVATION_DELAY_MS } from '../../../src/loop/active-slot.ts';
import type { Kernel } from '../../../src/wasm/kernel.ts';
import { loadKernel } from '../../kernel.ts';
import { INVARIANTS, type Run, violationsOf } from '../invariants.ts';
import { cleanPlansOf } from '../truth.ts';
import { KEDA_GIVES_UP_SECONDS } from '../virtual/keda.ts';
import { cleanSource } from '../virtual/source.ts';
import { Cluster, demandAt, INTERVAL_SECONDS } from './cluster.ts';
import type { RealFault } from './fault-kinds.ts';

const SPEED = 10;
const QUIET_MS = 1_500;
/** What is looked at once all has to be well again. */
const AFTER_MS = 2_000;
/** A machine with other work starts a process late and wakes timers late. */
const SLACK_SECONDS = 3;

/** One test a fault, all on one cluster: every invariant holds at every answer. */
export function holdsFor(faults: Readonly<Record<string, RealFault>>): void {
  let cluster: Cluster;
  let kernel: Kernel;
  beforeAll(async () => {
    [cluster, kernel] = await Promise.all([Cluster.start(), loadKernel()]);
  });
  afterAll(() => cluster?.stop());

  it.each(Object.entries(faults))('%s', async (name, fault) => {
    cluster.clear();
    await delay(QUIET_MS);
    cluster.timeline.add(cluster.sinceSeconds, 'fault', `${name} begins`);
    const end = await fault.begin(cluster);
    await delay(fault.seconds * 1_000);
    await end();
    cluster.timeline.add(cluster.sinceSeconds, 'fault', `${name} ends`);
    // A snapshot comes into force a fixed time after its tick.
    const within = 2 * INTERVAL_SECONDS + ACTIVATION_DELAY_MS / 1_000 + SLACK_SECONDS;
    const recoveredAtSeconds = cluster.sinceSeconds + within + (fault.afterSeconds ?? 0);
    await delay((recoveredAtSeconds - cluster.sinceSeconds) * 1_000 + AFTER_MS);
    const run = await recordOf(cluster, kernel, recoveredAtSeconds);
    const found = violationsOf(run);
    const [first] = found;
    expect(run.answers.some((one) => one.atSeconds > recoveredAtSeconds)).toBe(true);
    if (!first) return;
    throw new Error(
      [
        `${name} broke: ${[...new Set(found.map(({ invariant }) => invariant))].join(', ')}`,
        `first at ${first.atSeconds.toFixed(1)} s: ${first.invariant}: ${first.what}`,
        `the rule: ${INVARIANTS[first.invariant].quote}`,
        cluster.timeline.toText(first.atSeconds),
      ].join('\n'),
    );
  });
}

async function recordOf(
  cluster: Cluster,
  kernel: Kernel,
  recoveredAtSeconds: number,
): Promise<Run> {
  const answers = [...cluster.answers];
  const cutoffs = new Set(answers.flatMap(({ basis }) => basis?.cutoffSeconds ?? []));
  return {
    answers,
    policy: cluster.options,
    cleanPlans: await cleanPlansOf(cluster.options, kernel, cleanSource(demandAt), cutoffs),
    samples: 'honest',
    spoiltFromSeconds: Number.POSITIVE_INFINITY,
    hangSecondsMax: KEDA_GIVES_UP_SECONDS / SPEED,
    recoveredAtSeconds,
    crashes: [...cluster.crashes],
    queries: [],
    probes: [...cluster.probes],
    struck: null,
    canStartAnew: true,
  };
}
