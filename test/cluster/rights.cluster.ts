import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../house/sources.ts';
import type { KubeObject } from '../manifests/objects.ts';
import { goTool, said } from '../parts/go-tools.ts';
import { LEASE, SECRET, WEBHOOK } from '../parts/kube-api.ts';
import { until } from '../parts/until.ts';
import { Cluster } from './cluster.ts';
import { applyInjector, removeInjector } from './webhook.ts';

const NAMESPACE = 'kedastral';
const ACCOUNT = 'kedastral-injector';
const CHART = join(ROOT, 'manifests/chart');
const INSTALL = ['install', 'kedastral', CHART, '--namespace', NAMESPACE];
const OTHER_SECRET = '/api/v1/namespaces/kedastral/secrets/of-someone-else';
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const MERGE = 'merge-patch+json';
const RELAY_ALONE =
  'injector.enabled=false,relay.enabled=true,relay.options.adapter=synthetic,' +
  'relay.workloads[0].workload=shop/cart';

/** Method, path, and what is sent, of all that the injector does in its life. */
const NEEDED: readonly (readonly [string, string, 'same' | object | null, string?])[] = [
  ['GET', '/version', null],
  ['GET', '/api/v1/limitranges', null],
  ['GET', '/api/v1/resourcequotas', null],
  ['GET', '/api/v1/namespaces', null],
  ['GET', '/api/v1/pods', null],
  ['GET', SECRET, null],
  ['PUT', SECRET, 'same'],
  ['GET', LEASE, null],
  ['PUT', LEASE, 'same'],
  ['GET', WEBHOOK, null],
  ['PATCH', WEBHOOK, { metadata: { annotations: { tried: 'yes' } } }, MERGE],
];

/** What whoever steals the token would try. */
const FORBIDDEN: readonly (readonly [string, string, object?, string?])[] = [
  ['GET', '/api/v1/secrets'],
  ['GET', '/api/v1/namespaces/kedastral/secrets'],
  ['GET', OTHER_SECRET],
  ['GET', '/api/v1/namespaces/shop/secrets/any'],
  ['POST', '/api/v1/namespaces/kedastral/secrets', { metadata: { name: 'new' } }],
  ['DELETE', SECRET],
  ['DELETE', LEASE],
  ['GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases'],
  ['GET', WEBHOOKS],
  ['POST', WEBHOOKS, { metadata: { name: 'new' } }],
  ['DELETE', WEBHOOK],
  ['PATCH', `${WEBHOOKS}/of-someone-else`, { webhooks: [] }, MERGE],
  ['GET', '/api/v1/nodes'],
  ['GET', '/api/v1/namespaces/kedastral/pods/any'],
  ['POST', '/api/v1/namespaces/shop/pods', { metadata: { name: 'new' } }],
  ['DELETE', '/api/v1/namespaces/shop/pods/any'],
  ['GET', '/apis/apps/v1/namespaces/shop/deployments'],
  ['PATCH', '/apis/apps/v1/namespaces/shop/deployments/any/scale', { spec: {} }, MERGE],
  ['GET', '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects'],
  ['GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles'],
  ['POST', '/api/v1/namespaces/kedastral/serviceaccounts/kedastral-injector/token', { spec: {} }],
];

/** Every component that is given a ServiceAccount of its own, by the way it is installed. */
const INSTALLED: Readonly<Record<string, readonly [() => Promise<unknown>, boolean]>> = {
  'manifests/injector': [() => applyInjector(cluster), true],
  'the chart': [() => said('helm', ...INSTALL), goTool('helm') !== null],
};

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.connect();
});
afterAll(() => cluster.close());

describe.each(Object.entries(INSTALLED))('the injector of %s', (_, [install, canInstall]) => {
  let injector: Cluster;

  beforeAll(async () => {
    if (!canInstall) return;
    await cluster.makeNamespace(NAMESPACE);
    await install();
    injector = await cluster.as(NAMESPACE, ACCOUNT);
  });

  afterAll(async () => {
    if (!canInstall) return;
    await injector.close();
    await removeInjector(cluster);
  });

  it.skipIf(!canInstall)('may do all that it does', async () => {
    for (const [method, path, sent, type] of NEEDED) {
      const body = sent === 'same' ? await injector.demand('GET', path) : (sent ?? undefined);
      const answer = await injector.call(method, path, body, type);
      expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(200);
    }
  });

  it.skipIf(!canInstall)('may do nothing else', async () => {
    for (const [method, path, body, type] of FORBIDDEN) {
      const { status } = await injector.call(method, path, body, type);
      expect(status, `${method} ${path}`).toBe(403);
    }
  });

  it.skipIf(!canInstall)('may change nothing of the webhook but whom it trusts', async () => {
    const [{ name }] = (await injector.demand('GET', WEBHOOK)).webhooks;
    const patch = (path: string, value: unknown) => {
      const operation = { op: 'add', path: `/webhooks/0/${path}`, value };
      return injector.call('PATCH', WEBHOOK, [operation], 'json-patch+json');
    };
    const everything = [
      { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] },
    ];
    const harm: [string, unknown][] = [
      ['rules', everything],
      ['failurePolicy', 'Fail'],
      ['clientConfig', { url: 'https://elsewhere.example' }],
      ['clientConfig/service/name', 'another'],
      ['namespaceSelector', {}],
      ['objectSelector', {}],
      ['timeoutSeconds', 30],
      ['matchConditions', [{ name: 'never', expression: 'false' }]],
    ];
    // A policy is heard of a moment after it is made; until then each change is one.
    let seconds = 0;
    const isRefused = async () =>
      (await patch('timeoutSeconds', (++seconds % 20) + 1)).status === 403;
    await until('a refusal', isRefused);
    for (const [path, value] of harm) {
      const { status, body } = await patch(path, value);
      expect(status, path).toBe(403);
      expect(body.message).toContain('only caBundle may be changed');
    }
    const more = { name: 'more.kedastral.io', rules: everything };
    const { webhooks } = await injector.demand('GET', WEBHOOK);
    const both = [...webhooks, { ...webhooks[0], ...more }];
    const { status } = await injector.call('PATCH', WEBHOOK, { webhooks: both }, MERGE);
    expect(status).toBe(403);
    const caBundle = Buffer.from('').toString('base64');
    expect((await patch('clientConfig/caBundle', caBundle)).status).toBe(200);
    expect((await injector.demand('GET', WEBHOOK)).webhooks[0].name).toBe(name);
  });

  it.skipIf(!canInstall).each([NAMESPACE, 'default'])(
    'has no rights in %s that no rule of its own gives',
    async (namespace) => {
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectRulesReview',
        spec: { namespace },
      };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const { status } = await injector.demand('POST', path, review);
      const given = status.resourceRules.filter(({ resources }: KubeObject) => {
        // What every identity has: to ask for its own rights and name.
        return !resources.every((name: string) => name.startsWith('self'));
      });
      const rules = given.flatMap(({ resources, resourceNames = [''], verbs }: KubeObject) =>
        resources.map((name: string) => `${name} ${resourceNames} ${verbs}`),
      );
      const everywhere = [
        'limitranges  list,watch',
        'mutatingwebhookconfigurations 0-kedastral-injector get,patch',
        'namespaces  list,watch',
        'pods  list',
        'resourcequotas  list,watch',
      ];
      const own = ['leases kedastral-injector get,update', 'secrets kedastral-injector get,update'];
      const meant = namespace === NAMESPACE ? [...everywhere, ...own] : everywhere;
      expect(rules.sort()).toEqual(meant.sort());
    },
  );
});

describe.skipIf(goTool('helm') === null)('the other components of the chart', () => {
  it('have no ServiceAccount, no token and no rights', async () => {
    const relay = ['--set', RELAY_ALONE];
    await said('helm', ...INSTALL, '--create-namespace', ...relay);
    const names = ['serviceaccounts', 'roles', 'rolebindings'];
    const found = await cluster.kubectl(['get', names.join(','), '-n', NAMESPACE, '-o', 'json']);
    const ours = JSON.parse(found).items.filter(({ metadata }: KubeObject) => {
      return metadata.name !== 'default';
    });
    expect(ours).toEqual([]);
    const { items } = await cluster.demand('GET', '/apis/apps/v1/namespaces/kedastral/deployments');
    const [{ spec }] = items.filter(({ metadata }: KubeObject) => /relay/.test(metadata.name));
    expect(spec.template.spec).toMatchObject({ automountServiceAccountToken: false });
    expect(spec.template.spec.serviceAccountName).toBeUndefined();
    await said('helm', 'uninstall', 'kedastral', '--namespace', NAMESPACE, '--wait');
    await cluster.removeNamespace(NAMESPACE);
  });
});
