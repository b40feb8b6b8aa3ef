import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseOptions } from '../../src/config/parse.ts';
import { PORT_NAMES } from '../../src/injector/ports.ts';
import { readSettings } from '../../src/injector/settings.ts';
import { ROOT } from '../house/sources.ts';
import { goTool, said } from '../parts/go-tools.ts';
import { temporaryFolder } from '../parts/program.ts';
import { complaints, expectValid, type KubeObject, objectsIn, ofKind } from './objects.ts';

const MANIFESTS = join(ROOT, 'manifests');
const FOLDERS = ['base', 'sidecar', 'redis', 'injector', 'relay', 'monitoring'];

const built = async (folder: string) =>
  objectsIn(await said('kustomize', 'build', join(MANIFESTS, folder)));
const read = (file: string): KubeObject => parse(readFileSync(join(MANIFESTS, file), 'utf8'));
const containerOf = (object: KubeObject, name: string): KubeObject =>
  object.spec.template.spec.containers.find((each: KubeObject) => each.name === name);

it('every folder of manifests that kustomize builds is tried here', () => {
  const folders = readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/kustomization.yaml'))
    .map((path) => path.replace('/kustomization.yaml', ''));
  expect(folders.sort()).toEqual([...FOLDERS].sort());
});

describe.skipIf(goTool('kustomize') === null)('kustomize', () => {
  it.each(FOLDERS.filter((folder) => folder !== 'base'))(
    '%s builds what is valid',
    async (name) => {
      await expectValid(await built(name));
    },
  );

  it('is held against validators that find faults', async () => {
    const objects = await built('monitoring');
    const [rule] = ofKind(objects, 'PrometheusRule');
    rule.spec.groups[0].rules[0].labels = { severity: 1 };
    expect(await complaints('PrometheusRule', [rule])).toContain('severity');
    const [monitor] = ofKind(objects, 'PodMonitor');
    monitor.spec.podMetricsEndpoint = [];
    expect(await complaints('PodMonitor', [monitor])).toContain('podMetricsEndpoint');
  });

  it('makes of base and patch what stands in the plain files', async () => {
    const objects = await built('sidecar');
    const plain = ['deployment.yaml', 'service.yaml', 'scaledobject.yaml'].map(read);
    for (const object of plain) expect(objects).toContainEqual(object);
    expect(objects).toHaveLength(plain.length);
    const [application] = await built('base');
    expect(containerOf(application, 'kedastral')).toBeUndefined();
  });

  it('puts the sidecars of my-api on the Redis that it makes', async () => {
    const objects = await built('redis');
    const deployment = ofKind(objects, 'Deployment').find(
      ({ metadata }) => metadata.name === 'my-api',
    );
    const { args, env } = containerOf(deployment, 'kedastral');
    const address = args.find((each: string) => each.startsWith('--redis-addr='));
    const service = ofKind(objects, 'Service').find(
      ({ metadata }) => metadata.name === 'kedastral-redis-master',
    );
    const { name, namespace } = service.metadata;
    expect(address).toBe(`--redis-addr=${name}.${namespace}.svc.cluster.local:6379`);
    const secrets = env.flatMap((each: KubeObject) => each.valueFrom?.secretKeyRef ?? []);
    expect(secrets).toEqual([{ name: 'kedastral-redis', key: 'password' }]);
    const { options, faults } = await parseOptions(args, {
      REDIS_PASSWORD: 'x',
      NAMESPACE: 'shop',
    });
    expect(faults).toEqual([]);
    expect(options).toMatchObject({ storage: 'redis', redisPassword: 'x' });
  });

  it('gives the relay options that it takes', async () => {
    const objects = await built('relay');
    const [{ data }] = ofKind(objects, 'ConfigMap');
    const args = containerOf(ofKind(objects, 'Deployment')[0], 'kedastral').args;
    const file = async () => data['kedastral.yaml'];
    const { options, workloads, faults } = await parseOptions(args, {}, file);
    expect(faults).toEqual([]);
    expect(options.role).toBe('scaler');
    const scaled = read('relay/scaledobject.yaml');
    await expectValid([scaled]);
    const [{ metadata }] = scaled.spec.triggers;
    expect(workloads?.map((each) => each.options.identity)).toEqual([metadata.workload]);
    const [{ metadata: service }] = ofKind(objects, 'Service');
    expect(metadata.scalerAddress).toBe(
      `${service.name}.${service.namespace}.svc.cluster.local:${options.grpcListen.port}`,
    );
  });

  it('leaves the user of our own images to the platform', async () => {
    const objects = (await Promise.all(FOLDERS.map(built))).flat();
    const containers = [...objects, read('deployment.yaml')].flatMap(
      ({ spec }) => spec?.template?.spec.containers ?? [],
    );
    const ours = containers.filter(({ image }: KubeObject) => image.startsWith('kedastral:'));
    expect(ours.length).toBeGreaterThan(3);
    for (const { securityContext } of ours) {
      expect(securityContext.runAsNonRoot).toBe(true);
      expect(securityContext).not.toHaveProperty('runAsUser');
    }
  });

  it('lets the injector have a prefix and a suffix, and tells it its names', async () => {
    const folder = temporaryFolder();
    const overlay = { resources: ['injector'], namePrefix: 'team-', nameSuffix: '-x' };
    await cp(join(MANIFESTS, 'injector'), join(folder, 'injector'), { recursive: true });
    await writeFile(join(folder, 'kustomization.yaml'), stringify(overlay));
    const objects = objectsIn(await said('kustomize', 'build', folder));
    const nameOf = (kind: string) => ofKind(objects, kind)[0].metadata.name;
    const { args, env } = containerOf(ofKind(objects, 'Deployment')[0], 'injector');
    const texts = env.flatMap(({ name, value }: KubeObject) => (value ? [[name, value]] : []));
    const { settings } = await readSettings(args, Object.fromEntries(texts), async () => '');
    expect(settings).toMatchObject({
      serviceName: nameOf('Service'),
      secretName: nameOf('Secret'),
      leaseName: nameOf('Lease'),
      webhookName: nameOf('MutatingWebhookConfiguration'),
    });
    expect(settings.serviceName).toBe('team-kedastral-injector-x');
    const [{ webhooks }] = ofKind(objects, 'MutatingWebhookConfiguration');
    expect(webhooks[0].clientConfig.service.name).toBe(settings.serviceName);
    const rules = ['Role', 'ClusterRole'].flatMap((kind) => ofKind(objects, kind)[0].rules);
    const names = rules.flatMap(({ resourceNames }: KubeObject) => resourceNames ?? []);
    expect(names).toEqual([settings.secretName, settings.leaseName, settings.webhookName]);
    const [{ spec }] = ofKind(objects, 'ValidatingAdmissionPolicyBinding');
    expect(spec.policyName).toBe(nameOf('ValidatingAdmissionPolicy'));
  });

  it('lets the injector be put into another namespace, and its image be changed', async () => {
    const folder = temporaryFolder();
    const image = { name: 'kedastral', newName: 'registry.example.com/k', newTag: '2' };
    const overlay = { resources: ['injector'], namespace: 'ops', images: [image] };
    await cp(join(MANIFESTS, 'injector'), join(folder, 'injector'), { recursive: true });
    await writeFile(join(folder, 'kustomization.yaml'), stringify(overlay));
    const objects = objectsIn(await said('kustomize', 'build', folder));
    const [deployment] = ofKind(objects, 'Deployment');
    const [pod] = deployment.spec.template.spec.containers;
    expect(pod.image).toBe('registry.example.com/k:2');
    expect(JSON.stringify(pod.args)).not.toContain('kedastral:');
    const paths = pod.env.flatMap(({ name, valueFrom }: KubeObject) =>
      valueFrom ? [[name, valueFrom.fieldRef.fieldPath]] : [],
    );
    expect(paths).toEqual([
      ['NAMESPACE', 'metadata.namespace'],
      ['POD_NAME', 'metadata.name'],
    ]);
    const env = { NAMESPACE: deployment.metadata.namespace, POD_NAME: 'kedastral-injector-x' };
    const { settings, faults } = await readSettings(pod.args, env, async () => '');
    expect(faults).toEqual([]);
    const [{ webhooks }] = ofKind(objects, 'MutatingWebhookConfiguration');
    expect(webhooks[0].clientConfig.service).toMatchObject({
      name: settings.serviceName,
      namespace: settings.namespace,
    });
    const [lease, secret] = ['Lease', 'Secret'].map((kind) => ofKind(objects, kind)[0].metadata);
    expect([lease.namespace, secret.namespace, settings.namespace]).toEqual(['ops', 'ops', 'ops']);
    for (const kind of ['ClusterRoleBinding', 'RoleBinding']) {
      expect(ofKind(objects, kind)[0].subjects[0].namespace).toBe('ops');
    }
  });

  it('has the monitors ask ports that there are', async () => {
    const [sidecars, injector] = ofKind(await built('monitoring'), 'PodMonitor');
    expect(sidecars.spec.podMetricsEndpoints[0].port).toBe(PORT_NAMES.http);
    const portsOf = (objects: KubeObject[], container: string) =>
      containerOf(ofKind(objects, 'Deployment')[0], container).ports.map(
        ({ name }: KubeObject) => name,
      );
    for (const folder of ['sidecar', 'relay']) {
      expect(portsOf(await built(folder), 'kedastral')).toContain(PORT_NAMES.http);
    }
    const [endpoint] = injector.spec.podMetricsEndpoints;
    expect(portsOf(await built('injector'), 'injector')).toContain(endpoint.port);
  });
});

describe('the scripts of Redis', () => {
  it.each(['redis.sh', 'sentinel.sh'])('%s is one that sh reads', async (name) => {
    await promisify(execFile)('sh', ['-n', join(MANIFESTS, 'redis', name)]);
  });
});
