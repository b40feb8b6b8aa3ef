import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { chartSchema } from '../../.config/chart-schema.ts';
import { type OptionTable, optionName } from '../../src/config/option.ts';
import { OPTIONS } from '../../src/config/options.ts';
import { parseOptions } from '../../src/config/parse.ts';
import { WORKLOAD_FIELDS } from '../../src/injector/annotations.ts';
import { INJECTION_OPTIONS } from '../../src/injector/options.ts';
import { readSettings } from '../../src/injector/settings.ts';
import { VERSION } from '../../src/version.ts';
import { ROOT } from '../house/sources.ts';
import { goTool, said } from '../parts/go-tools.ts';
import { temporaryFolder } from '../parts/program.ts';
import { expectValid, type KubeObject, objectsIn, ofKind } from './objects.ts';

const SLOW_MS = 60_000;
const CHART = join(ROOT, 'manifests/chart');
const SCHEMA = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
const MONITORED = { podMonitors: true, rules: true, dashboard: true, labels: { release: 'x' } };
const ALL = {
  relay: {
    enabled: true,
    options: { role: 'scaler', 'prom-url': 'http://prometheus:9090', 'prom-query': 'up' },
    workloads: [{ workload: 'shop/cart', min: 0 }],
  },
  monitoring: MONITORED,
};

/** What the chart makes of values. */
async function rendered(values: object = {}, version = '1.36'): Promise<KubeObject[]> {
  const file = join(temporaryFolder(), 'values.yaml');
  await writeFile(file, stringify(values));
  const where = ['--namespace', 'kedastral', '--kube-version', version];
  return objectsIn(await said('helm', 'template', 'kedastral', CHART, '-f', file, ...where));
}

const refusal = (values: object) =>
  rendered(values).then(
    () => '',
    ({ stderr }) => String(stderr),
  );
const containerOf = (object: KubeObject): KubeObject => object.spec.template.spec.containers[0];
const deployment = (objects: readonly KubeObject[], name: string): KubeObject =>
  ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === name);

/** They come from Secrets alone. */
const SECRETS = ['promBearerToken', 'promPassword', 'redisPassword'];
/** Options that a config file in a ConfigMap may hold, by name. */
const IN_FILE = Object.entries(OPTIONS as OptionTable).filter(
  ([field, row]) => !row.isFlagOnly && !row.isOutsideFile && !SECRETS.includes(field),
);

describe('the schema of the values', () => {
  it('is what the tables of options make it', () => {
    expect(SCHEMA).toEqual(JSON.parse(JSON.stringify(chartSchema())));
  });

  it('maps every option', () => {
    const { relay, injector } = SCHEMA.properties;
    const names = (schema: { properties: object }) => Object.keys(schema.properties).sort();
    expect(names(relay.properties.options)).toEqual(
      IN_FILE.map(([field]) => optionName(field)).sort(),
    );
    expect(names(injector.properties.defaults)).toEqual(
      [...WORKLOAD_FIELDS, ...Object.keys(INJECTION_OPTIONS)]
        .map(optionName)
        .filter((name) => name !== 'workload')
        .sort(),
    );
    expect(names(relay.properties.workloads.items)).toContain('activation-demand');
    expect(names(relay.properties.workloads.items)).not.toContain('listen');
  });

  it('is of the version of the sidecar', () => {
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
    expect([chart.version, chart.appVersion]).toEqual([VERSION, VERSION]);
  });

  it('goes with the rules and the dashboard that manifests/monitoring has', () => {
    const monitoring = join(ROOT, 'manifests/monitoring');
    for (const name of ['rules.yaml', 'dashboard.json']) {
      const [copy, original] = [join(CHART, 'files'), monitoring].map((folder) =>
        parse(readFileSync(join(folder, name), 'utf8')),
      );
      expect(copy).toEqual(original);
    }
  });
});

describe.skipIf(goTool('helm') === null)('the chart', () => {
  it('has no fault that helm lint finds', async () => {
    const values = join(temporaryFolder(), 'values.yaml');
    await writeFile(values, stringify(ALL));
    expect(await said('helm', 'lint', '--strict', CHART)).toContain('0 chart(s) failed');
    expect(await said('helm', 'lint', '--strict', '-f', values, CHART)).toContain(
      '0 chart(s) failed',
    );
  });

  it('renders what is valid, in every variant', async () => {
    await expectValid(await rendered());
    await expectValid(await rendered(ALL));
    const pods = { nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] };
    await expectValid(
      await rendered({
        image: { pullSecrets: [{ name: 'regcred' }] },
        injector: {
          ...pods,
          certificateSecret: 'injector-tls',
          webhookAnnotations: { 'cert-manager.io/inject-ca-from': 'kedastral/injector' },
        },
        relay: {
          ...{ ...ALL.relay, ...pods },
          options: {
            ...ALL.relay.options,
            'tls-cert-file': '/tls/tls.crt',
            'tls-key-file': '/tls/tls.key',
          },
          env: [{ name: 'PROM_PASSWORD', valueFrom: { secretKeyRef: { name: 'p', key: 'k' } } }],
          volumes: [{ name: 'tls', secret: { secretName: 'relay-tls' } }],
          volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
        },
      }),
    );
    expect(await rendered({ injector: { enabled: false } })).toEqual([]);
  });

  it('makes of the injector what manifests/injector is', async () => {
    const named = (objects: readonly KubeObject[]) =>
      objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
    const plain = ['injector.yaml', 'rbac.yaml', 'webhook.yaml'].flatMap((file) =>
      objectsIn(readFileSync(join(ROOT, 'manifests/injector', file), 'utf8')),
    );
    const objects = await rendered();
    expect(named(objects)).toEqual(named(plain).filter((name) => name !== 'Namespace kedastral'));
    const [policy, ...others] = ofKind(objects, 'ValidatingAdmissionPolicy');
    const [plainPolicy] = ofKind(plain, 'ValidatingAdmissionPolicy');
    expect(others).toEqual([]);
    for (const field of ['validations', 'matchConditions', 'failurePolicy']) {
      expect(policy.spec[field]).toEqual(plainPolicy.spec[field]);
    }
    expect(named(await rendered({}, '1.29')).join()).not.toContain('Policy ');
    for (const kind of ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding']) {
      const [ours, theirs] = [objects, plain].map((each) => ofKind(each, kind)[0]);
      for (const field of ['rules', 'subjects', 'roleRef'])
        expect(ours[field]).toEqual(theirs[field]);
    }
    const [ours, theirs] = [objects, plain].map(
      (each) => ofKind(each, 'MutatingWebhookConfiguration')[0].webhooks,
    );
    expect(ours).toEqual(theirs);
  });

  it('gives the injector arguments that it takes', async () => {
    const options = { 'log-level': 'debug', 'excluded-namespaces': 'kube-system, ops,' };
    const objects = await rendered({
      injector: { options, defaults: { 'target-per-pod': 50, mesh: 'istio' } },
    });
    const { args, image } = containerOf(deployment(objects, 'kedastral-injector'));
    const [{ data }] = ofKind(objects, 'ConfigMap');
    const { settings, defaults, faults } = await readSettings(
      args,
      {},
      async () => data['defaults.yaml'],
    );
    expect(faults).toEqual([]);
    expect(settings).toMatchObject({ image, namespace: 'kedastral', logLevel: 'debug' });
    expect(defaults.sidecar.get('targetPerPod')).toBe('50');
    const [{ webhooks, metadata }] = ofKind(objects, 'MutatingWebhookConfiguration');
    expect(metadata.name).toBe(settings.webhookName);
    expect(webhooks[0].namespaceSelector.matchExpressions[0].values).toEqual([
      'kedastral',
      'kube-system',
      'kube-public',
      'kube-node-lease',
      'ops',
    ]);
  });

  it('gives the relay every option as the sidecar reads it', async () => {
    const given = IN_FILE.map(([field, row]) => [optionName(field), row.default] as const);
    const set = Object.fromEntries(given.filter(([, text]) => text !== ''));
    const source = { role: 'scaler', adapter: 'synthetic' };
    const options = { ...set, ...source, listen: ':9082', max: 1_000_000, headroom: 1.25 };
    const workloads = [{ workload: 'shop/cart', min: 0, 'target-per-pod': 12.5 }];
    const objects = await rendered({ relay: { enabled: true, options, workloads } });
    const data = ofKind(objects, 'ConfigMap').flatMap((each) => each.data['kedastral.yaml'] ?? []);
    const container = containerOf(deployment(objects, 'kedastral-relay'));
    const parsed = await parseOptions(container.args, {}, async () => data[0]);
    expect(parsed.faults).toEqual([]);
    expect(parsed.options).toMatchObject({ maxReplicas: 1_000_000, headroom: 1.25 });
    expect(parsed.workloads?.map((each) => each.options)).toMatchObject([
      { identity: 'shop/cart', minReplicas: 0, targetPerPod: 12.5 },
    ]);
    const ports = container.ports.map(({ containerPort }: KubeObject) => containerPort);
    expect(ports).toEqual([parsed.options.listen.port, parsed.options.grpcListen.port]);
  });

  it('probes a relay behind TLS or a token in a way that it answers', async () => {
    const probeOf = async (options: object) => {
      const relay = { ...ALL.relay, options: { ...ALL.relay.options, ...options } };
      const objects = await rendered({ relay });
      return containerOf(deployment(objects, 'kedastral-relay')).livenessProbe;
    };
    expect((await probeOf({})).httpGet.scheme).toBe('HTTP');
    expect((await probeOf({ 'tls-cert-file': '/a' })).httpGet.scheme).toBe('HTTPS');
    expect((await probeOf({ 'http-token-all': true })).tcpSocket).toEqual({ port: 'forecast' });
  });

  it('refuses what is no option, or not its value', async () => {
    const relay = (options: object) => refusal({ relay: { options } });
    expect(await relay({ modle: 'auto' })).toContain('modle');
    expect(await relay({ model: 'crystal-ball' })).toContain('model');
    expect(await relay({ max: 0 })).toContain('max');
    expect(await relay({ 'target-per-pod': 0 })).toContain('target-per-pod');
    expect(await refusal({ relay: { workloads: [{ min: 0 }] } })).toContain('workload');
    expect(await refusal({ relay: { workloads: [{ workload: 'a', listen: ':1' }] } })).toContain(
      'listen',
    );
    expect(await refusal({ injector: { defaults: { 'prom-password': 'x' } } })).toContain(
      'prom-password',
    );
    expect(await refusal({ injector: { enable: true } })).toContain('enable');
    expect(await refusal({ injector: { defaults: { workload: 'x' } } })).toContain('workload');
  });

  it('asks for no right to write where the certificate is given', async () => {
    const objects = await rendered({ injector: { certificateSecret: 'injector-tls' } });
    const kinds = objects.map(({ kind }) => kind);
    for (const kind of ['Secret', 'Lease', 'Role', 'RoleBinding']) {
      expect(kinds).not.toContain(kind);
    }
    const verbs = ofKind(objects, 'ClusterRole').flatMap(({ rules }) =>
      rules.flatMap((rule: KubeObject) => rule.verbs),
    );
    expect([...new Set(verbs)].sort()).toEqual(['get', 'list', 'watch']);
  });

  it('refuses a relay that would not start', async () => {
    const { options } = ALL.relay;
    const relay = (more: object) => refusal({ relay: { ...ALL.relay, ...more } });
    expect(await relay({ workloads: [] })).toContain('relay.workloads: is empty');
    const { 'prom-query': _, ...rest } = options;
    expect(await relay({ options: rest })).toContain('shop/cart has no prom-query');
    const fine = [
      { options: rest, workloads: [{ workload: 'shop/cart', 'prom-query': 'up' }] },
      { options: rest, env: [{ name: 'PROM_QUERY', value: 'up' }] },
      { options: { ...rest, adapter: 'http' } },
      { options: { 'forecaster-url': 'http://forecaster:8081' }, workloads: [] },
    ];
    for (const more of fine) expect(await relay(more), JSON.stringify(more)).toBe('');
  });

  it('puts pods in a class, with labels and annotations of yours', async () => {
    const pods = {
      priorityClassName: 'high',
      podLabels: { team: 'a' },
      podAnnotations: { note: 'b' },
    };
    const objects = await rendered({ injector: pods, relay: { ...ALL.relay, ...pods } });
    await expectValid(objects);
    for (const { spec } of ofKind(objects, 'Deployment')) {
      const { metadata, spec: pod } = spec.template;
      expect(pod.priorityClassName).toBe('high');
      expect(metadata.labels).toMatchObject({ team: 'a', ...spec.selector.matchLabels });
      expect(metadata.annotations).toMatchObject({ note: 'b' });
    }
  });

  it('refuses a relay that would invent its data, unless it is asked to', async () => {
    const relay = { enabled: true, workloads: [{ workload: 'shop/x', min: 0 }] };
    expect(await refusal({ relay })).toContain('shop/x has no source of data');
    const env = [{ name: 'PROM_URL', value: 'http://prometheus:9090' }];
    const options = { adapter: 'synthetic' };
    const query = { 'prom-query': 'up' };
    for (const more of [{ env, options: query }, { options }]) {
      expect(await refusal({ relay: { ...relay, ...more } }), JSON.stringify(more)).toBe('');
    }
  });

  it(
    'refuses credentials by value, which a ConfigMap would show to all',
    async () => {
      const url = 'http://user:hunter2@prometheus:9090';
      const options: object[] = [
        { 'prom-password': 'hunter2' },
        { 'prom-bearer-token': 'hunter2' },
        { 'redis-password': 'hunter2' },
        { 'prom-url': url },
        { 'redis-addr': 'redis://:hunter2@redis:6379' },
        { 'prom-header': ['X-Api-Token: hunter2'] },
      ];
      for (const each of options) {
        const [name = ''] = Object.keys(each);
        expect(await refusal({ relay: { options: each } }), name).toContain(name);
      }
      expect(await refusal({ injector: { defaults: { 'prom-url': url } } })).toContain('prom-url');
      const fine = { 'prom-header': ['X-Scope-OrgID: shop'], 'prom-password-file': '/a/b' };
      expect(await refusal({ relay: { options: fine } })).toBe('');
    },
    SLOW_MS,
  );

  it(
    'refuses values that the programs would refuse',
    async () => {
      const wrong = [
        { injector: { options: { 'certificate-life': '10x' } } },
        { injector: { options: { 'excluded-namespaces': 'a b' } } },
        { injector: { defaults: { 'memory-limit': '12zz' } } },
        { relay: { options: { 'stale-after': 120 } } },
        { relay: { options: { max: 'many' } } },
        { relay: { options: { 'prom-url': 'prometheus:9090' } } },
        { relay: { options: { listen: 8081 } } },
        { image: { tag: 'a b' } },
      ];
      for (const values of wrong)
        expect(await refusal(values), JSON.stringify(values)).not.toBe('');
      const name = 'a'.repeat(53);
      const long = said('helm', 'template', name, CHART).catch(({ stderr }) => String(stderr));
      expect(await long).toContain('must be at most 52');
      const fitting = await said('helm', 'template', name.slice(1), CHART);
      for (const { metadata } of objectsIn(fitting)) {
        expect(metadata.name.length, metadata.name).toBeLessThanOrEqual(63);
      }
    },
    SLOW_MS,
  );

  it('alerts of what there is: not of an injector that it does not install', async () => {
    const alertsOf = async (injector: object) => {
      const [{ spec }] = ofKind(
        await rendered({ injector, monitoring: { rules: true } }),
        'PrometheusRule',
      );
      const rules = spec.groups.flatMap((group: KubeObject) => group.rules);
      return rules.map(({ alert, record }: KubeObject) => alert ?? record);
    };
    const { groups } = parse(readFileSync(join(CHART, 'files/rules.yaml'), 'utf8'));
    const [objects] = ofKind(await rendered({ monitoring: { rules: true } }), 'PrometheusRule');
    expect(objects.spec.groups).toEqual(groups);
    const all = await alertsOf({});
    const single = await alertsOf({ replicas: 1 });
    expect(all.filter((name: string) => !single.includes(name))).toEqual([
      'KedastralInjectorAlone',
    ]);
    expect((await alertsOf({ enabled: false })).join()).not.toContain('Injector');
  });

  it('names an image by tag or digest', async () => {
    const digest = `sha256:${'0a'.repeat(32)}`;
    const imageOf = async (tag: string) =>
      containerOf(deployment(await rendered({ image: { tag } }), 'kedastral-injector')).image;
    expect(await imageOf('1.2.3')).toBe('kedastral:1.2.3');
    expect(await imageOf(digest)).toBe(`kedastral@${digest}`);
    expect(await imageOf(`@${digest}`)).toBe(`kedastral@${digest}`);
    expect(await imageOf(`1.2.3@${digest}`)).toBe(`kedastral:1.2.3@${digest}`);
  });
});
