import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { Balancer } from './balancer.ts';
import { Demand } from './demand.ts';
import { freeAddress } from './environment.ts';
import { inNamespace } from './namespace.ts';
import { QUICK_OPTIONS, ScaledWorkload } from './scaled-workload.ts';

const NAMESPACE = 'kedastral-faults';
const OPTIONS = { ...QUICK_OPTIONS, min: '1' };
const HIGH = 12;
const FALLBACK = 8;
const LOW = 4;
/** Longer than the 60 s after which KEDA gives up on a call that hangs. */
const HANG_MS = 75_000;
const WATCH_MS = 45_000;
const KILL_MS = 20_000;
const TEST_MS_MAX = 600_000;

const cluster = inNamespace(NAMESPACE);

/** A workload that nobody scales yet, and what its sidecars are to read. */
async function workloadOf(name: string) {
  const demand = await Demand.start(HIGH * 100);
  const workload = await ScaledWorkload.make(cluster(), {
    ...{ namespace: NAMESPACE, name, replicas: 1, options: OPTIONS },
    choose: (spec) => {
      spec.fallback.replicas = FALLBACK;
    },
  });
  const source = Object.entries(demand.source).map(([option, value]) => `--${option}=${value}`);
  return { demand, workload, source };
}

/** A workload of HIGH replicas that its sidecar asks for. */
async function running(name: string) {
  const parts = await workloadOf(name);
  const sidecar = await parts.workload.startSidecar(...parts.source);
  await parts.workload.isScaled();
  await parts.workload.has(HIGH);
  return { ...parts, sidecar };
}

/** Watches for a while that there are at least so many replicas. */
async function neverFewer(workload: ScaledWorkload, least: number, ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) {
    expect((await workload.replicas()).asked).toBeGreaterThanOrEqual(least);
    await delay(500);
  }
}

const fallback = (workload: ScaledWorkload, status: string) =>
  until(
    `Fallback is ${status}`,
    async () => (await workload.condition('Fallback')) === status,
    90_000,
  );

describe.concurrent('replicas are not lowered', { timeout: TEST_MS_MAX }, () => {
  it('by one of two sidecars that is killed: KEDA asks the other', async () => {
    const { demand, workload, source } = await workloadOf('halved');
    const addresses = [await freeAddress(), await freeAddress()];
    const balancer = await Balancer.start(workload.address, addresses);
    const start = (address: string) => workload.startSidecarAt(address, ...source);
    const [first, second] = (await Promise.all(addresses.map(start))) as [Sidecar, Sidecar];
    await workload.isScaled();
    await workload.has(HIGH);
    await first.kill();
    await neverFewer(workload, HIGH, KILL_MS);
    const again = await start(addresses[0] as string);
    await second.kill();
    await neverFewer(workload, HIGH, KILL_MS);
    expect(await workload.condition('Fallback')).toBe('False');
    demand.value = LOW * 100;
    await workload.has(LOW);
    await again.stop();
    balancer.stop();
    demand.stop();
  });

  it('by sidecars that are killed, all of them', async () => {
    const { demand, workload, sidecar, source } = await running('killed');
    await sidecar.kill();
    // KEDA's fallback needs a sidecar that answers, if only that it knows nothing.
    await neverFewer(workload, HIGH, WATCH_MS);
    expect(await workload.valueOfKeda()).toBeNull();

    demand.value = LOW * 100;
    const second = await workload.startSidecar(...source);
    await workload.has(LOW);
    await second.kill();
    await neverFewer(workload, LOW, WATCH_MS);
    const third = await workload.startSidecar(...source);
    demand.value = HIGH * 100;
    await workload.hasAtLeast(HIGH);
    await third.stop();
    demand.stop();
  });

  it('by a sidecar that hangs for longer than KEDA waits', async () => {
    const { demand, workload, sidecar } = await running('hung');
    sidecar.program.signal('SIGSTOP');
    demand.value = LOW * 100;
    await neverFewer(workload, HIGH, HANG_MS);
    sidecar.program.signal('SIGCONT');
    await workload.has(LOW, 180_000);
    await sidecar.stop();
    demand.stop();
  });

  it('by metrics that stop; the fallback lifts them, and lets go', async () => {
    const { demand, workload, sidecar } = await running('silent');
    demand.value = null;
    await fallback(workload, 'True');
    await neverFewer(workload, HIGH, WATCH_MS);

    demand.value = LOW * 100;
    await workload.has(LOW);
    await fallback(workload, 'False');
    demand.value = null;
    await workload.has(FALLBACK);
    demand.value = LOW * 100;
    await workload.has(LOW);
    await fallback(workload, 'False');
    await sidecar.stop();
    demand.stop();
  });
});
