import { Redis as Client } from 'ioredis';
import type { FaultCode } from '../../src/errors.ts';
import type { Snapshot } from '../../src/forecast/snapshot.ts';
import { HttpApp } from '../../src/http/app.ts';
import { Overrides } from '../../src/loop/overrides.ts';
import { RemoteWorkload } from '../../src/loop/remote-workload.ts';
import { servedOf, Workloads, type WorkloadView } from '../../src/loop/workloads.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/storage/codec.ts';
import { RedisStore } from '../../src/storage/redis.ts';
import { CUTOFF_SECONDS, facesOf, TestWorkload } from '../faces.ts';
import { Redis } from '../parts/redis.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { corpusTexts } from './corpus.ts';
import { mutatedJson } from './mutations.ts';
import { accepted, claim, type Opened, type Target, target } from './target.ts';

const WORKLOAD = 'my-api';
const OPTIONS_ID = 'beef';
const NOW_MS = CUTOFF_SECONDS * 1_000 + 10_000;
const { serving } = new TestWorkload(WORKLOAD);
const SNAPSHOT_FAULTS: readonly FaultCode[] = ['store_value'];
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A snapshot from elsewhere is whole, keeps to its own policy, and is written as it was read. */
function claimSnapshot(snapshot: Snapshot): void {
  const { values, desiredReplicas, quantiles, reactive, plan } = snapshot;
  const { minReplicas, maxReplicas } = plan.policy;
  const steps = snapshot.horizonSeconds / snapshot.stepSeconds;
  claim(values.length === steps && desiredReplicas.length === steps, 'arrays over the horizon');
  const rows = [values, ...Object.values(quantiles)];
  claim(
    rows.every((row) => row.every(Number.isFinite)),
    'every value is finite',
  );
  const isPlanned = (count: number) =>
    Number.isInteger(count) && count >= minReplicas && count <= maxReplicas;
  const all = [...desiredReplicas, ...(reactive ? [reactive.replicas] : [])];
  claim(all.every(isPlanned), `replicas from ${minReplicas} to ${maxReplicas}: ${all}`);
  claim(RFC_3339.test(snapshot.generatedAt) && RFC_3339.test(snapshot.cutoff), 'times of RFC 3339');
  const again = decodeSnapshot(encodeSnapshot(snapshot), WORKLOAD);
  claim(encodeSnapshot(again) === encodeSnapshot(snapshot), 'written as it was read');
}

/** One for all inputs: the metrics of a process are not made to be thrown away. */
const FACES = facesOf(new TestWorkload(WORKLOAD));

/** What both faces say of it. */
function claimServed(view: WorkloadView, clock: VirtualClock): void {
  const faces = { ...FACES, clock, workloads: new Workloads([view]) };
  (FACES.lines as unknown[]).length = 0;
  const served = servedOf(view, null, 120, clock);
  claim(Number.isInteger(served.replicas) && served.replicas <= 1e6, `${served.replicas} served`);
  for (const url of ['/forecast/current', '/forecast/explain?steps=all', '/workloads']) {
    const answer = new HttpApp(faces).answer({ method: 'GET', url, headers: {} });
    claim(!(answer instanceof Promise) && answer.status === 200, `${url} answers`);
    const text = answer.body?.toString() ?? '';
    claim(!/:(?:NaN|-?Infinity)\b/.test(text), `${url} answers numbers`);
  }
}

const SNAPSHOTS = mutatedJson(corpusTexts('snapshot'));

const snapshot = target('snapshot', 8, SNAPSHOTS, async (text) => {
  const names = /could not be read: it|its/;
  const read = () => decodeSnapshot(text, WORKLOAD);
  const decoded = await accepted(read, SNAPSHOT_FAULTS, names);
  if (decoded) claimSnapshot(decoded);
});

/** As a scaler takes it from a forecaster. */
const forecasterReply = target('forecaster-reply', 3, SNAPSHOTS, async (text) => {
  const clock = new VirtualClock(NOW_MS);
  const remote = new RemoteWorkload(WORKLOAD, serving, clock);
  const take = () => {
    remote.take(decodeSnapshot(text, WORKLOAD));
    return remote.newest;
  };
  const taken = await accepted(take, ['store_value', 'forecaster_response']);
  if (remote.active) claim(taken === remote.newest, 'what is in force is what was taken');
  if (remote.active && remote.active.generatedAtSeconds * 1000 > NOW_MS - 60_000) {
    claimServed(remote, clock);
  }
});

/** Values that somebody else wrote into the Redis that replicas share. */
const redisValues: Target<string> = {
  name: 'redis-value',
  weight: 1,
  inputs: SNAPSHOTS,
  open: async (): Promise<Opened<string>> => {
    const redis = await Redis.start();
    const client = new Client(redis.port, '127.0.0.1');
    const store = new RedisStore({ address: redis.address, password: '', db: 0, ttlSeconds: 60 });
    const replica = { workload: WORKLOAD, optionsId: OPTIONS_ID, token: 'fuzz' };
    const key = `kedastral:v1:/${WORKLOAD}`;
    const sound = decodeSnapshot(corpusTexts('snapshot')[0] as string, WORKLOAD);
    return {
      check: async (text) => {
        const head = text.length % 3 === 0 ? '' : '1767916800000 1767916800000\n';
        await client.mset(`${key}:${OPTIONS_ID}`, head + text, key, text);
        const turn = await accepted(
          () => store.turn(replica, null, { nowMs: Date.now(), lastsMs: 1_000 }),
          SNAPSHOT_FAULTS,
        );
        if (turn?.kind === 'newer') claimSnapshot(turn.snapshot);
        const kept = await accepted(() => store.put(sound), SNAPSHOT_FAULTS);
        if (kept) claimSnapshot(kept);
        await client.flushdb();
        claim((await store.put(sound)) === sound, 'afterwards the store keeps what it is given');
      },
      close: async () => {
        await store.close();
        client.disconnect();
        await redis.stop();
      },
    };
  },
};

/** An order of a person, as another replica, or somebody else, left it in the store. */
const note = target('override-note', 2, mutatedJson(corpusTexts('note')), async (text) => {
  const view = new TestWorkload(WORKLOAD).forecast(1, 2, 3, 2, 1);
  const { lines, clock } = FACES;
  (lines as unknown[]).length = 0;
  const store = { isShared: true, note: async () => text, replaceNote: async () => true };
  const overrides = new Overrides({ ...FACES, store });
  await overrides.look(new Workloads([view]));
  const unexpected = lines.find(({ code }) => code !== undefined && code !== 'store_value');
  claim(unexpected === undefined, `the look failed: ${JSON.stringify(unexpected)}`);
  const served = servedOf(view, overrides.of(WORKLOAD), 120, clock);
  const { minReplicas, maxReplicas } = view.serving;
  const isBound = served.replicas >= minReplicas && served.replicas <= maxReplicas;
  claim(Number.isInteger(served.replicas) && isBound, `${served.replicas} served`);
});

export const STORED_TARGETS = [snapshot, forecasterReply, redisValues, note];
