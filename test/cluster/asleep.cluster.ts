import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { Demand } from './demand.ts';
import { inNamespace } from './namespace.ts';
import { QUICK_OPTIONS, ScaledWorkload } from './scaled-workload.ts';

const NAMESPACE = 'kedastral-asleep';
const NAME = 'cart';
const OPTIONS = { ...QUICK_OPTIONS, min: '0' };
const COOLDOWN_SECONDS = 10;
const AWAKE = 6;
const ASLEEP_MS = 20_000;

const cluster = inNamespace(NAMESPACE);

/** A relay of one workload, at the address that KEDA asks. */
async function relayAt(address: string, demand: Demand): Promise<Sidecar> {
  const config = join(temporaryFolder(), 'kedastral.yaml');
  const workloads = [{ workload: `${NAMESPACE}/${NAME}`, ...OPTIONS }];
  await writeFile(config, stringify({ role: 'scaler', ...demand.source, workloads }));
  return Sidecar.start([`--config=${config}`, `--grpc-listen=${address}`]);
}

it('a relay wakes a workload without pods, has it scaled, and lets it sleep', async () => {
  const demand = await Demand.start(0);
  const workload = await ScaledWorkload.make(cluster(), {
    ...{ namespace: NAMESPACE, name: NAME, replicas: 0, options: OPTIONS },
    wire: ['--relay=relay.shop.svc:50051'],
    choose: (spec) => {
      spec.cooldownPeriod = COOLDOWN_SECONDS;
    },
  });
  const relay = await relayAt(workload.address, demand);
  await workload.isScaled();
  await delay(ASLEEP_MS);
  expect((await workload.replicas()).asked).toBe(0);

  demand.value = AWAKE * 100;
  const startMs = performance.now();
  await until('a first pod', async () => (await workload.replicas()).asked > 0, 60_000);
  const wokenMs = performance.now() - startMs;
  await workload.hasAtLeast(AWAKE);
  const scaledMs = performance.now() - startMs;
  process.stdout.write(
    `woken ${(wokenMs / 1_000).toFixed(1)} s after the load came, ` +
      `${AWAKE} replicas after ${(scaledMs / 1_000).toFixed(1)} s\n`,
  );

  // Unknown is not zero: a relay that is gone puts nothing to sleep.
  await relay.kill();
  await delay(2 * COOLDOWN_SECONDS * 1_000);
  expect((await workload.replicas()).asked).toBeGreaterThanOrEqual(AWAKE);

  demand.value = 0;
  const second = await relayAt(workload.address, demand);
  await workload.has(0, 180_000);
  await second.stop();
  demand.stop();
}, 600_000);
