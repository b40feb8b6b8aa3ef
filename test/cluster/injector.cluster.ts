import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MARKER } from '../../src/injector/names.ts';
import type { KubeObject } from '../manifests/objects.ts';
import type { Injector } from '../parts/injector.ts';
import { WEBHOOK } from '../parts/kube-api.ts';
import { until } from '../parts/until.ts';
import { Cluster } from './cluster.ts';
import {
  applyInjector,
  isInjected,
  podOf,
  removeInjector,
  templateOf,
  Webhook,
} from './webhook.ts';

const ADMITTED_MS_MAX = 1_000;
const POD_COUNT = 20;
/** Less than the time between two looks, if it only looked now and then. */
const FOLLOWED_MS_MAX = 5_000;
const ROTATING_LIFE_SECONDS = 20;
const ROTATIONS = 2;
const AT_ONCE = 4;
/** What a review may take before the API server gives up on it (webhook.yaml). */
const TIMEOUT_MS = 5_000;
const PODS = '/api/v1/namespaces/shop/pods';
const QUOTAS = '/api/v1/namespaces/default/resourcequotas';

let cluster: Cluster;
let webhook: Webhook;
let injector: Injector;

beforeAll(async () => {
  cluster = await Cluster.connect();
  await cluster.makeNamespace('shop');
  await applyInjector(cluster);
  webhook = await Webhook.takeOver(cluster);
  injector = await webhook.start(true);
});

afterAll(async () => {
  await injector?.program.stop();
  await removeInjector(cluster);
  await cluster.removeNamespace('shop');
  await cluster.close();
});

/** Creates a pod; how long that took, with the pod as it was admitted. */
async function admitted(pod: KubeObject, query = '') {
  const startMs = performance.now();
  const { status, body, warning } = await cluster.create(pod, query);
  expect(status, JSON.stringify(body)).toBe(201);
  return { pod: body, warning, ms: performance.now() - startMs };
}

function sameOf(memory: string) {
  return { requests: { memory }, limits: { memory } };
}

function deploymentOf(name: string, replicas: number): KubeObject {
  return {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' } },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(name, {}) },
  };
}

async function podsOf(app: string, count: number): Promise<KubeObject[]> {
  return until(`${count} pods of ${app}`, async () => {
    const { items } = await cluster.demand('GET', `${PODS}?labelSelector=app%3D${app}`);
    return items.length >= count ? items : null;
  });
}

describe('the webhook, asked by a real API server', () => {
  it('puts the sidecar into the pods of a Deployment, named after it', async () => {
    await cluster.apply([deploymentOf('my-api', 3)]);
    const pods = await podsOf('my-api', 3);
    for (const { metadata, spec } of pods) {
      const [application, sidecar, ...others] = spec.containers;
      expect([application.name, sidecar.name, others]).toEqual(['my-api', 'kedastral', []]);
      expect(sidecar.args).toContain('--workload=my-api');
      expect(sidecar.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
      expect(metadata.annotations[MARKER]).toBeDefined();
    }
    const hashes = new Set(pods.map(({ metadata }) => metadata.annotations[MARKER]));
    expect(hashes.size).toBe(1);
  });

  it(`admits each pod within ${ADMITTED_MS_MAX} ms`, async () => {
    const taken: number[] = [];
    for (let i = 0; i < POD_COUNT; i++) {
      const { pod, ms } = await admitted(podOf(`timed-${i}`, 'shop', {}));
      expect(isInjected(pod)).toBe(true);
      taken.push(ms);
    }
    const slowest = Math.max(...taken);
    const median = taken.toSorted((a, b) => a - b)[POD_COUNT / 2] as number;
    process.stdout.write(
      `pods admitted in ${median.toFixed(0)} ms (median), ${slowest.toFixed(0)} ms (slowest)\n`,
    );
    expect(slowest).toBeLessThan(ADMITTED_MS_MAX);
  });

  it('changes nothing of what it has injected already', async () => {
    const [pod] = await podsOf('my-api', 1);
    const { labels, annotations } = pod.metadata;
    const metadata = { name: 'again', namespace: 'shop', labels, annotations };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec };
    const again = await admitted(object);
    expect(again.pod.spec.containers).toEqual(pod.spec.containers);
    expect(again.pod.metadata.annotations).toEqual(annotations);
  });

  it('is asked a second time when another webhook has changed the pod since', async () => {
    const [{ clientConfig, ...rest }] = (await cluster.demand('GET', WEBHOOK)).webhooks;
    const second = {
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      metadata: { name: '1-kedastral-again' },
      webhooks: [{ ...rest, clientConfig, name: 'again.kedastral.io' }],
    };
    const sample = 'reviews_total{outcome="skipped",reason="already_injected"}';
    const before = await injector.count(sample);
    await cluster.apply([second]);
    const { pod } = await until('two reviews of a pod', async () => {
      const made = await admitted(podOf('twice', 'shop', {}), '&dryRun=All');
      return (await injector.count(sample)) > before ? made : null;
    });
    expect(pod.spec.containers).toHaveLength(2);
    await cluster.remove([second]);
  });

  it('lets a pod with a wrong annotation in, without sidecar, and says so', async () => {
    const sample = 'missed_pods_total{reason="options"}';
    const before = await injector.count(sample);
    const wrong = podOf('wrong', 'shop', { 'kedastral.io/step': '0s' });
    const { pod, warning } = await admitted(wrong);
    expect(isInjected(pod)).toBe(false);
    expect(warning).toContain('kedastral.io/step');
    expect(await injector.count(sample)).toBe(before + 1);
  });

  it('bounds sidecars by a LimitRange that comes to a namespace long known, at once', async () => {
    const limits = [{ type: 'Container', max: { memory: '128Mi' } }];
    const metadata = { name: 'kedastral-late', namespace: 'default' };
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } };
    const limitOf = async () => {
      const { pod } = await admitted(podOf('late', 'default', {}), '&dryRun=All');
      const [, sidecar] = pod.spec.containers;
      return sidecar.resources.limits.memory;
    };
    expect(await limitOf()).toBe('192Mi');
    await cluster.apply([range]);
    const isBounded = async () => (await limitOf().catch(() => '')) === '128Mi';
    await until('a sidecar that keeps to it', isBounded, FOLLOWED_MS_MAX);
    await cluster.remove([range]);
    await until('one as before', async () => (await limitOf()) === '192Mi', FOLLOWED_MS_MAX);
  });

  it.each([
    [
      'a ratio of containers',
      [{ type: 'Container', maxLimitRequestRatio: { cpu: '2', memory: '1' } }],
      { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '200m', memory: '256Mi' } },
      { requests: { cpu: '50m', memory: '192Mi' }, limits: { cpu: '100m', memory: '192Mi' } },
    ],
    [
      'a ratio of pods',
      [{ type: 'Pod', maxLimitRequestRatio: { memory: '1' } }],
      { requests: { memory: '256Mi' }, limits: { memory: '256Mi' } },
      { requests: { cpu: '20m', memory: '192Mi' }, limits: { memory: '192Mi' } },
    ],
    [
      'a quota that demands limits',
      { 'limits.cpu': '4' },
      { limits: { cpu: '500m' } },
      { requests: { cpu: '20m', memory: '96Mi' }, limits: { cpu: '100m', memory: '192Mi' } },
    ],
    ['a quota without room for it', { 'requests.memory': '300Mi' }, sameOf('256Mi'), null],
  ])('has no pod refused by %s', async (_, bound, resources, expected) => {
    const of = { apiVersion: 'v1', metadata: { name: 'kedastral-bound', namespace: 'default' } };
    const object = Array.isArray(bound)
      ? { ...of, kind: 'LimitRange', spec: { limits: bound } }
      : { ...of, kind: 'ResourceQuota', spec: { hard: bound } };
    const pod = podOf('bounded', 'default', {});
    pod.spec.containers[0].resources = resources;
    const sidecarOf = async () => {
      const { status, body } = await cluster.create(pod, '&dryRun=All');
      return status === 201 ? (body.spec.containers[1]?.resources ?? null) : undefined;
    };
    expect(await sidecarOf()).toBeDefined();
    await cluster.apply([object]);
    if (object.kind === 'ResourceQuota') {
      // As the quota controller does, which not every cluster for tests has.
      const used = Object.fromEntries(Object.keys(bound).map((key) => [key, '0']));
      await cluster.merge(`${QUOTAS}/kedastral-bound/status`, { status: { hard: bound, used } });
    }
    const isBound = async () => isDeepStrictEqual(await sidecarOf(), expected);
    await until('a pod as it may be', isBound, FOLLOWED_MS_MAX);
    await cluster.remove([object]);
    await until('one as before', async () => !!(await sidecarOf()), FOLLOWED_MS_MAX);
  });

  it('leaves pods without the label, and those of excluded namespaces, alone', async () => {
    const unlabelled = podOf('unlabelled', 'shop', {});
    unlabelled.metadata.labels = { app: 'app' };
    const excluded = ['kube-system', 'kedastral'].map((name) => {
      const pod = podOf('excluded', name, {});
      // The namespace of the injector admits restricted pods only.
      pod.spec.securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
      pod.spec.containers[0].securityContext = {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      };
      return pod;
    });
    for (const pod of [unlabelled, ...excluded]) {
      expect(isInjected((await admitted(pod, '&dryRun=All')).pod)).toBe(false);
    }
  });

  it('does all that with the rights of its ServiceAccount', async () => {
    const { body } = await injector.ask('/metrics');
    expect(body).not.toMatch(/background_failures_total\{[^}]*\} [1-9]/);
    expect(await injector.count('is_leader')).toBe(1);
    const failures = injector.log.filter(({ level }) => level === 'error');
    expect(failures).toEqual([]);
  });

  it('is ready when the API server trusts it: pods that are made then are injected', async () => {
    await injector.program.stop();
    await webhook.forget();
    injector = await webhook.launch(true);
    await until('ready', async () => (await injector.ask('/readyz')).status === 200);
    const pods = Array.from({ length: AT_ONCE }, (_, i) => podOf(`early-${i}`, 'shop', {}));
    const made = await Promise.all(pods.map((pod) => admitted(pod, '&dryRun=All')));
    expect(made.map(({ pod }) => isInjected(pod))).toEqual(pods.map(() => true));
  });

  it('hands its lease to another replica when it ends', async () => {
    const other = await webhook.start(false);
    expect(await other.count('is_leader')).toBe(0);
    await injector.program.stop();
    await until('another leader', async () => (await other.count('is_leader')) === 1);
    injector = await webhook.start(true);
    await other.program.stop();
  });

  it('is waited for no longer than its timeout, and pods start without it', async () => {
    injector.program.signal('SIGSTOP');
    const hung = await admitted(podOf('hung', 'shop', {}));
    expect(isInjected(hung.pod)).toBe(false);
    expect(hung.ms).toBeLessThan(2 * TIMEOUT_MS);
    injector.program.signal('SIGCONT');
    await injector.program.kill();
    const down = await admitted(podOf('down', 'shop', {}));
    expect(isInjected(down.pod)).toBe(false);
    await cluster.apply([deploymentOf('unhelped', 2)]);
    expect((await podsOf('unhelped', 2)).filter(isInjected)).toEqual([]);
    injector = await webhook.start(true);
  });

  it('renews its certificate under load, and no pod is left without sidecar', async () => {
    await injector.program.stop();
    injector = await webhook.start(true, `--certificate-life=${ROTATING_LIFE_SECONDS}s`);
    // The certificate of a month is renewed at once, as this life is shorter.
    const certificates = new Set([await webhook.certificate()]);
    let count = 0;
    let isOver = false;
    const ask = async (): Promise<void> => {
      while (!isOver) {
        const { pod } = await admitted(podOf('loaded', 'shop', {}), '&dryRun=All');
        expect(isInjected(pod)).toBe(true);
        count++;
        await delay(20);
      }
    };
    const asking = Array.from({ length: AT_ONCE }, ask);
    await until(
      'certificates renewed',
      async () => certificates.add(await webhook.certificate()).size > ROTATIONS,
      ROTATIONS * 2 * ROTATING_LIFE_SECONDS * 1_000,
    );
    // The last one is in use by now, and its predecessor's authority is trusted still.
    await delay((ROTATING_LIFE_SECONDS / 3) * 1_000);
    isOver = true;
    await Promise.all(asking);
    process.stdout.write(`${count} pods injected over ${certificates.size} certificates\n`);
    expect(count).toBeGreaterThan(10 * ROTATING_LIFE_SECONDS);
  });
});
