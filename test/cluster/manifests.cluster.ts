import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { lintCommand } from '../../src/cli/lint.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { FakeTerminal } from '../cli/terminal.ts';
import { ROOT } from '../house/sources.ts';
import { type KubeObject, objectsIn, ofKind } from '../manifests/objects.ts';
import { goTool, said } from '../parts/go-tools.ts';
import { temporaryFolder } from '../parts/program.ts';
import { Sidecar } from '../parts/sidecar.ts';
import { until } from '../parts/until.ts';
import { manifest, type WorkloadParts, workload } from '../wiring/workloads.ts';
import { Cluster, kustomized } from './cluster.ts';
import { freeAddress, NAMESPACES } from './environment.ts';
import { lostFields } from './lost-fields.ts';
import { MonitoringKinds } from './monitoring-kinds.ts';
import { anyHpaOf, askingBeside, expectHpa, hpaOf } from './scaled-object.ts';

const MANIFESTS = join(ROOT, 'manifests');
const CHART = join(MANIFESTS, 'chart');
const FOLDERS = ['injector', 'relay', 'monitoring', 'sidecar', 'redis'];
const FILES = ['deployment.yaml', 'service.yaml', 'scaledobject.yaml', 'relay/scaledobject.yaml'];
const EVERYTHING = {
  image: { pullSecrets: [{ name: 'regcred' }] },
  injector: {
    options: { 'log-level': 'debug', 'excluded-namespaces': 'kube-system,ops' },
    defaults: { 'target-per-pod': 50, mesh: 'istio' },
    certificateSecret: 'injector-tls',
    webhookAnnotations: { 'cert-manager.io/inject-ca-from': 'kedastral/injector' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
  },
  relay: {
    enabled: true,
    options: { role: 'scaler', adapter: 'synthetic', 'lead-time': '3m', headroom: 1.25 },
    workloads: [{ workload: 'shop/cart', min: 0, 'target-per-pod': 12.5 }],
    env: [{ name: 'PROM_PASSWORD', valueFrom: { secretKeyRef: { name: 'p', key: 'k' } } }],
    volumes: [{ name: 'ca', configMap: { name: 'ca' } }],
    volumeMounts: [{ name: 'ca', mountPath: '/ca', readOnly: true }],
  },
  monitoring: { podMonitors: true, rules: true, dashboard: true, labels: { release: 'x' } },
};
const ASLEEP = { name: 'cart', annotations: { 'kedastral.io/min': '0' } };
const LOCKED = {
  'kedastral.io/prom-bearer-token-secret': 'prometheus/token',
  'kedastral.io/prom-ca-configmap': 'prometheus/ca.crt',
};
/** Workloads, and the flags of `kedastral wire` beside them. */
const WIRED: Readonly<Record<string, readonly [WorkloadParts, ...string[]]>> = {
  'a Deployment': [{}],
  'a Deployment with options of its own': [
    { annotations: { 'kedastral.io/up-max-factor': '3.5', 'kedastral.io/lead-time': '90s' } },
  ],
  'a StatefulSet': [{ kind: 'StatefulSet', name: 'db', spec: { serviceName: 'db' } }],
  'sidecars that do not push': [{ name: 'polled' }, '--push=false'],
  'a workload asleep, with a relay': [ASLEEP, '--relay=relay.shop.svc:50051'],
  'CPU as its safety': [{ name: 'busy' }, '--safety=cpu', '--network-policy=guarded'],
  'no safety, on Kubernetes 1.34': [{ name: 'old' }, '--safety=none', '--kubernetes-version=1.34'],
  'a Prometheus behind a token': [{ name: 'locked', annotations: LOCKED }],
};

let cluster: Cluster;
let monitoring: MonitoringKinds;
/** Where KEDA asks a sidecar that answers for every workload with the target of 1. */
let address: string;

beforeAll(async () => {
  cluster = await Cluster.connect();
  monitoring = await MonitoringKinds.install(cluster);
  for (const name of ['shop', 'monitoring']) await cluster.makeNamespace(name);
  const secret = { kind: 'Secret', stringData: { token: 't' } };
  const authority = { kind: 'ConfigMap', data: { 'ca.crt': readFileSync(await caFile(), 'utf8') } };
  const metadata = { name: 'prometheus', namespace: 'shop' };
  await cluster.apply([secret, authority].map((each) => ({ apiVersion: 'v1', metadata, ...each })));
  address = await freeAddress();
  await Sidecar.start([`--grpc-listen=${address}`, '--workload=my-api', '--namespace=shop']);
});

afterAll(async () => {
  for (const name of NAMESPACES) await cluster.removeNamespace(name);
  await monitoring.remove();
  await cluster.close();
});

const caFile = async () => (await cluster.access()).caFile;

function removedAfterwards(objects: readonly KubeObject[]): void {
  onTestFinished(() => cluster.remove(objects));
}

/** Fields of objects that the cluster does not have as they were meant. */
async function lost(objects: readonly KubeObject[]): Promise<string[]> {
  const found = await cluster.readBack(objects);
  return objects.flatMap((object, i) =>
    lostFields(object, found[i], `${object.kind} ${object.metadata.name}`),
  );
}

/** Applies objects, reads them back, and applies them again, which may change nothing. */
async function expectApplied(objects: readonly KubeObject[]): Promise<void> {
  // KEDA may have begun to scale them.
  const contents = async () =>
    (await cluster.readBack(objects)).map((object) => {
      const { metadata: _, status: __, ...content } = object;
      return { ...content, spec: { ...content.spec, replicas: null } };
    });
  removedAfterwards(objects);
  await cluster.apply(objects);
  expect(await lost(objects)).toEqual([]);
  const before = await contents();
  await cluster.apply(objects);
  expect(await contents()).toEqual(before);
}

/** Has KEDA ask the process beside the cluster, and looks at what it makes of each ScaledObject. */
async function expectScaled(objects: readonly KubeObject[]): Promise<void> {
  const scaled = ofKind(objects, 'ScaledObject');
  expect(scaled).not.toEqual([]);
  for (const scaledObject of scaled) {
    await cluster.apply([askingBeside(scaledObject, address)]);
    expectHpa(await hpaOf(cluster, scaledObject), scaledObject);
  }
}

describe('every folder of manifests/', () => {
  it.each(FOLDERS)('%s is applied, and is there as it was meant', async (folder) => {
    const objects = await kustomized(cluster, join(MANIFESTS, folder));
    await cluster.kubectl(['apply', '--validate=strict', '-k', join(MANIFESTS, folder)]);
    await expectApplied(objects);
    if (ofKind(objects, 'ScaledObject').length > 0) await expectScaled(objects);
  });

  it('has plain files that are applied as they are, and become Ready', async () => {
    const objects = FILES.flatMap((file) => objectsIn(readFileSync(join(MANIFESTS, file), 'utf8')));
    await expectApplied(objects);
    const cart = objectsIn(manifest(workload({ name: 'cart' })));
    removedAfterwards(cart);
    await cluster.apply(cart);
    await expectScaled(objects);
  });
});

describe.skipIf(goTool('helm') === null)('the chart', () => {
  const release = ['kedastral', CHART, '--namespace', 'kedastral'];

  it('installs as README says, and again with everything on', async () => {
    await said('helm', 'install', ...release, '--create-namespace');
    const manifestOf = async () =>
      objectsIn(await said('helm', 'get', 'manifest', 'kedastral', '--namespace', 'kedastral'));
    const plain = await manifestOf();
    expect(plain.length).toBeGreaterThan(5);
    expect(await lost(plain)).toEqual([]);
    const values = join(temporaryFolder(), 'values.yaml');
    await writeFile(values, stringify(EVERYTHING));
    await said('helm', 'upgrade', ...release, '-f', values);
    const all = await manifestOf();
    expect(all.length).toBeGreaterThan(plain.length);
    expect(await lost(all)).toEqual([]);
    await said('helm', 'uninstall', 'kedastral', '--namespace', 'kedastral', '--wait');
    expect((await cluster.readBack(all)).filter((object) => object !== null)).toEqual([]);
  });
});

/** A workload with all that `kedastral wire` prints for it. */
async function wired(parts: WorkloadParts, ...argv: string[]): Promise<KubeObject[]> {
  const text = manifest(workload(parts));
  const terminal = new FakeTerminal(false, { '-': text });
  expect(await wireCommand(argv, terminal), terminal.errors).toBe(0);
  return [...objectsIn(text), ...objectsIn(terminal.output)];
}

/** What `kedastral lint` finds wrong with objects as the cluster has them, and with their HPAs. */
async function codesOfLint(objects: readonly KubeObject[]): Promise<string[]> {
  const scaled = ofKind(objects, 'ScaledObject');
  const hpas = await Promise.all(scaled.map((each) => anyHpaOf(cluster, each)));
  const items = [...(await cluster.readBack(objects)), ...hpas];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  const terminal = new FakeTerminal(false, { '-': list });
  await lintCommand(['--json'], terminal);
  return JSON.parse(terminal.output).findings.map(({ code }: { code: string }) => code);
}

describe('what kedastral wire prints', () => {
  it.each(Object.entries(WIRED))('for %s is applied and scales', async (_, given) => {
    const objects = await wired(...given);
    await expectApplied(objects);
    await expectScaled(objects);
  });

  it('is heard of by KEDA when the sidecars start after it was applied', async () => {
    const lateAddress = await freeAddress();
    const objects = (await wired({ name: 'early' })).map((object) =>
      object.kind === 'ScaledObject' ? askingBeside(object, lateAddress) : object,
    );
    removedAfterwards(objects);
    await cluster.apply(objects);
    const [scaledObject] = ofKind(objects, 'ScaledObject');
    const { spec } = await until('an HPA', () => anyHpaOf(cluster, scaledObject));
    expect(spec.metrics).toHaveLength(1);
    expect(await codesOfLint(objects)).toContain('metric_missing');
    const late = await Sidecar.start([`--grpc-listen=${lateAddress}`, '--workload=shop/early']);
    expectHpa(await hpaOf(cluster, scaledObject), scaledObject);
    expect(await codesOfLint(objects)).not.toContain('metric_missing');
    await late.stop();
  });
});
