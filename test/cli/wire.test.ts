import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { injectCommand } from '../../src/cli/inject.ts';
import { wireCommand } from '../../src/cli/wire.ts';
import { ROOT } from '../house/sources.ts';
import { OPTIONS } from '../injector/pods.ts';
import { manifest, type WorkloadParts, workload } from '../wiring/workloads.ts';
import { FakeTerminal } from './terminal.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

async function run(text: string, ...argv: string[]) {
  const files = { '-': text, 'a.yaml': text, 'defaults.yaml': 'max: 9\n' };
  const terminal = new FakeTerminal(false, files);
  const code = await wireCommand(argv, terminal);
  return { code, output: terminal.output, errors: terminal.errors };
}

async function wire(parts: WorkloadParts = {}, ...argv: string[]) {
  const ran = await run(manifest(workload(parts)), ...argv);
  expect(ran.code, ran.errors).toBe(0);
  const documents = parseAllDocuments(ran.output);
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const objects: Any[] = documents.map((document) => document.toJS());
  const only = (kind: string) => objects.find((object) => object.kind === kind);
  return { ...ran, objects, only, triggers: only('ScaledObject').spec.triggers };
}

describe('kedastral wire', () => {
  it('prints all that a workload needs beside its pods', async () => {
    const { objects, only, errors, output } = await wire();
    expect(errors).toMatch(/^kedastral wire: pods that have two .*\nkedastral wire: the Netw.*\n$/);
    expect(output).toContain('# Deployment shop/my-api, by kedastral wire');
    expect(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
    ).toEqual([
      'Service shop/my-api-kedastral',
      'ScaledObject shop/my-api',
      'PodDisruptionBudget shop/my-api-kedastral',
      'NetworkPolicy shop/my-api-kedastral',
      'ServiceMonitor shop/my-api-kedastral',
    ]);
    const { spec } = only('Service');
    expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(spec.selector).toEqual({ app: 'my-api' });
    const scaled = only('ScaledObject').spec;
    expect(scaled.scaleTargetRef).toEqual({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'my-api' },
    });
    expect(scaled).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 50 });
    expect(scaled.fallback.behavior).toBe('currentReplicasIfHigher');
    expect(scaled.triggers).toEqual([
      {
        ...{ type: 'external-push', name: 'forecast', metricType: 'AverageValue' },
        metadata: {
          scalerAddress: 'my-api-kedastral.shop.svc:50051',
          workload: 'shop/my-api',
        },
      },
      {
        ...{ type: 'prometheus', name: 'reaction', metricType: 'AverageValue' },
        metadata: {
          serverAddress: 'http://prometheus.monitoring:9090',
          query: 'sum(rate(http_requests_total{app="my-api"}[2m]))',
          threshold: '200',
        },
      },
    ]);
  });

  it('fills in the namespace, which the container has from the cluster', async () => {
    const query = 'sum(up{namespace="{{namespace}}"})';
    const filled = 'sum(up{namespace="shop"})';
    const { triggers } = await wire({ annotations: { 'kedastral.io/prom-query': query } });
    expect(triggers[1].metadata.query).toBe(filled);
    const deployment = await readFile(join(ROOT, 'manifests/deployment.yaml'), 'utf8');
    const { code, output, errors } = await run(deployment);
    expect(code, errors).toBe(0);
    expect(output).toContain('namespace="shop",service="my-api"');
  });

  it('takes bounds, lead time, ports and capacity from the annotations', async () => {
    const { only, triggers } = await wire({
      annotations: {
        'kedastral.io/min': '3',
        'kedastral.io/max': '9',
        'kedastral.io/lead-time': '4m',
        'kedastral.io/target-per-pod': '12.5',
        'kedastral.io/workload': 'api',
        'kedastral.io/listen': ':9081',
        'kedastral.io/grpc-listen': ':9051',
        'kedastral.io/up-max-factor': '3',
        'kedastral.io/down-max-percent': '20',
        'kedastral.io/step': '30s',
      },
      spec: { replicas: 5 },
    });
    const { spec } = only('ScaledObject');
    expect(spec).toMatchObject({ minReplicaCount: 3, maxReplicaCount: 9 });
    expect(spec.fallback.replicas).toBe(5);
    const { scalerAddress, ...said } = triggers[0].metadata;
    expect(said).toEqual({ workload: 'shop/api', leadTime: '4m' });
    expect(scalerAddress).toBe('my-api-kedastral.shop.svc:9051');
    expect(triggers[1].metadata.threshold).toBe('12.5');
    expect(
      only('Service').spec.ports.map(({ port, targetPort }: Any) => [port, targetPort]),
    ).toEqual([
      [9081, 9081],
      [9051, 9051],
    ]);
    const { scaleUp, scaleDown } = spec.advanced.horizontalPodAutoscalerConfig.behavior;
    expect(scaleUp).toMatchObject({ stabilizationWindowSeconds: 0, tolerance: '0' });
    expect(scaleUp.policies[0]).toEqual({ type: 'Percent', value: 200, periodSeconds: 15 });
    expect(scaleDown).toEqual({
      stabilizationWindowSeconds: 30,
      policies: [{ type: 'Percent', value: 20, periodSeconds: 30 }],
    });
  });

  it('goes by the flags that inject takes, and by a container that is there', async () => {
    const flags = ['--min=4', '--defaults-file=defaults.yaml'];
    const text = manifest(workload());
    const first = await run(text, ...flags);
    expect(first.output).toContain('minReplicaCount: 4\n  maxReplicaCount: 9\n');
    const terminal = new FakeTerminal(false, { '-': text, 'defaults.yaml': 'max: 9\n' });
    await injectCommand(flags, terminal);
    expect((await run(terminal.output)).output).toBe(first.output);
  });

  it.each([
    ['1.34', undefined],
    ['v1.35.0-eks', '0'],
    ['1.36', '0'],
  ])('sets the tolerance where Kubernetes %s has it', async (version, tolerance) => {
    const { only } = await wire({}, `--kubernetes-version=${version}`);
    const { behavior } = only('ScaledObject').spec.advanced.horizontalPodAutoscalerConfig;
    expect(behavior.scaleUp.tolerance).toBe(tolerance);
  });

  it('says so where a Service leads to a port of the sidecar', async () => {
    const spec = { selector: { app: 'my-api' }, ports: [{ port: 80, targetPort: 50_051 }] };
    const metadata = { name: 'web', namespace: 'shop' };
    const service = { apiVersion: 'v1', kind: 'Service', metadata, spec };
    const { code, errors } = await run(manifest(workload(), service));
    expect(code).toBe(0);
    expect(errors).toContain(
      "Service web leads to port 50051, which is the sidecar's: if the application has it, set " +
        'kedastral.io/grpc-listen',
    );
    const other = { annotations: { 'kedastral.io/grpc-listen': ':9051' } };
    expect((await run(manifest(workload(other), service))).errors).not.toContain('Service web');
  });

  it('refuses 0 replicas beside a sidecar, and names the relay', async () => {
    const { code, output, errors } = await run(
      manifest(workload({ annotations: { 'kedastral.io/min': '0' } })),
    );
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toMatch(/Deployment shop\/my-api: min is 0, .*--relay host:port/);
  });

  it('wires a relay: no Service, push, and 0 replicas', async () => {
    const { objects, triggers, only, output } = await wire(
      { annotations: { 'kedastral.io/min': '0', 'kedastral.io/lead-time': '3m' } },
      '--relay=kedastral-relay.shop.svc:50051',
    );
    expect(objects.map(({ kind }) => kind)).toEqual(['ScaledObject', 'PodDisruptionBudget']);
    expect(only('ScaledObject').spec.minReplicaCount).toBe(0);
    expect(only('ScaledObject').spec.fallback.replicas).toBeGreaterThan(0);
    expect(triggers[0]).toMatchObject({
      type: 'external-push',
      metadata: {
        scalerAddress: 'kedastral-relay.shop.svc:50051',
        workload: 'shop/my-api',
        leadTime: '3m',
      },
    });
    expect(triggers[1].metadata.activationThreshold).toBe('0');
    const [, listed = ''] = /no such entry:\n((?:#.*\n)+)/.exec(output) ?? [];
    expect(parse(listed.replace(/^# ?/gm, ''))).toEqual([
      {
        workload: 'shop/my-api',
        min: '0',
        'lead-time': '3m',
        'prom-url': OPTIONS['kedastral.io/prom-url'],
        'prom-query': OPTIONS['kedastral.io/prom-query'],
      },
    ]);
  });

  it('asks Prometheus with the credential of the sidecar', async () => {
    const { only, triggers } = await wire({
      annotations: {
        'kedastral.io/prom-username-secret': 'prom/user',
        'kedastral.io/prom-password-secret': 'prom/password',
        'kedastral.io/prom-ca-configmap': 'ca/ca.crt',
        'kedastral.io/prom-header': 'X-Scope-OrgID: shop',
      },
    });
    expect(triggers[1].metadata).toMatchObject({
      authModes: 'basic',
      customHeaders: 'X-Scope-OrgID=shop',
    });
    const { metadata, spec } = only('TriggerAuthentication');
    expect(triggers[1].authenticationRef).toEqual({ name: metadata.name });
    expect(spec).toEqual({
      secretTargetRef: [
        { parameter: 'username', name: 'prom', key: 'user' },
        { parameter: 'password', name: 'prom', key: 'password' },
      ],
      configMapTargetRef: [{ parameter: 'ca', name: 'ca', key: 'ca.crt' }],
    });
  });

  it.each([
    [{ 'kedastral.io/prom-header-secret': 'a/b' }],
    [{ 'kedastral.io/prom-url': '', 'kedastral.io/prom-url-secret': 'a/b' }],
    [{ 'kedastral.io/prom-ca-secret': 'a/b' }],
    [{ 'kedastral.io/prom-header': 'X-Filter: a=b' }],
    [
      {
        'kedastral.io/prom-url': '',
        'kedastral.io/prom-query': '',
        'kedastral.io/adapter': 'http',
        'kedastral.io/http-url': 'http://x/y',
        'kedastral.io/http-value-path': 'a',
      },
    ],
  ])('reacts to CPU where KEDA cannot ask: %j', async (annotations) => {
    const { triggers } = await wire({ annotations });
    expect(triggers[1]).toEqual({
      ...{ type: 'cpu', name: 'reaction', metricType: 'Utilization' },
      metadata: { value: '80', containerName: 'app' },
    });
    const refused = await run(manifest(workload({ annotations })), '--safety=prometheus');
    expect(refused).toMatchObject({ code: 1, output: '' });
    expect(refused.errors).toContain('no second trigger on Prometheus: ');
  });

  it('leaves the second trigger to the user where none can be made', async () => {
    const annotations = { 'kedastral.io/prom-header-secret': 'a/b' };
    const parts = { annotations, container: { resources: {} } };
    const { triggers, errors, output } = await wire(parts);
    expect(triggers).toHaveLength(1);
    expect(errors).toContain('container app asks for no CPU');
    expect(output).toContain('# Choose a second trigger that reacts');
    expect((await run(manifest(workload(parts)), '--safety=cpu')).code).toBe(1);
    expect((await wire({}, '--safety=none')).triggers).toHaveLength(1);
    expect((await wire({}, '--safety=cpu', '--push=false')).triggers).toMatchObject([
      { type: 'external' },
      { type: 'cpu' },
    ]);
  });

  it('has KEDA speak TLS where the sidecars do', async () => {
    const annotations = { 'kedastral.io/tls-secret': 'my-api-tls' };
    const { only, triggers, errors } = await wire({ annotations });
    expect(triggers[0]).toMatchObject({
      metadata: { enableTLS: 'true' },
      authenticationRef: { name: 'my-api-kedastral' },
    });
    const { metadata, spec } = only('TriggerAuthentication');
    expect(metadata).toMatchObject({ name: 'my-api-kedastral', namespace: 'shop' });
    const caCert = { parameter: 'caCert', name: 'my-api-tls', key: 'ca.crt' };
    expect(spec.secretTargetRef).toEqual([caCert]);
    expect(errors).toContain('the sidecar answers with TLS: give the ServiceMonitor scheme: https');
    const mutual = { ...annotations, 'kedastral.io/tls-client-ca-secret': 'keda/ca.crt' };
    const { secretTargetRef } = (await wire({ annotations: mutual })).only(
      'TriggerAuthentication',
    ).spec;
    expect(secretTargetRef.map(({ parameter }: Any) => parameter)).toEqual([
      ...['caCert', 'tlsClientCert', 'tlsClientKey'],
    ]);
    const relayed = await wire({ annotations }, '--relay=relay.kedastral.svc:50051');
    expect(relayed.triggers[0].metadata.enableTLS).toBeUndefined();
  });

  it('shuts the ports of the sidecar alone', async () => {
    const { only } = await wire({}, '--keda-namespace=scaling');
    const [keda, prometheus, others, ...more] = only('NetworkPolicy').spec.ingress;
    const label = 'kubernetes.io/metadata.name';
    expect(keda.from[0].namespaceSelector.matchLabels[label]).toBe('scaling');
    expect(keda.ports).toEqual([{ protocol: 'TCP', port: 50051 }]);
    expect(prometheus.from[0].namespaceSelector.matchLabels[label]).toBe('monitoring');
    expect(prometheus.ports).toEqual([{ protocol: 'TCP', port: 8081 }]);
    const isOpen = (wanted: number) =>
      others.ports.some(
        ({ protocol, port, endPort = port }: Any) =>
          protocol === 'TCP' && port <= wanted && wanted <= endPort,
      );
    const shut = Array.from({ length: 65_535 }, (_, i) => i + 1).filter((port) => !isOpen(port));
    expect(shut).toEqual([8081, 50051]);
    expect(others.from).toBeUndefined();
    expect(more).toEqual([]);
  });

  it('makes no second guard of the same pods', async () => {
    const metadata = { name: 'x', namespace: 'shop' };
    const budget = {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'my-api' } } },
    };
    const policy = {
      ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata },
      spec: { podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } },
    };
    const { output } = await run(manifest(workload(), budget, policy));
    const objects: Any[] = parseAllDocuments(output).map((document) => document.toJS());
    expect(objects.map(({ kind }) => kind)).not.toContain('PodDisruptionBudget');
    const ours = objects.find(({ kind }) => kind === 'NetworkPolicy');
    expect(ours.spec.ingress).toHaveLength(2);
    const egress = { ...policy, spec: { ...policy.spec, policyTypes: ['Egress'] } };
    expect((await run(manifest(workload(), egress))).output).toContain('endPort');
    const apart = { ...policy, spec: { podSelector: { matchLabels: { app: 'other' } } } };
    const { output: open } = await run(manifest(workload(), apart));
    expect(open).toContain('endPort');
  });

  it('takes no guard that it printed itself for one of others', async () => {
    const own = await run(manifest(workload()));
    const again = await run(manifest(workload()) + own.output);
    expect(again.output).toBe(own.output);
  });

  it('says once what only the cluster knows: other budgets, and other policies', async () => {
    const budgets = 'two PodDisruptionBudgets cannot be evicted';
    const policies = 'open to all, and policies add up';
    const two = await run(manifest(workload(), workload({ name: 'other' })));
    for (const words of [budgets, policies]) expect(two.errors.split(words)).toHaveLength(2);
    const none = await wire({}, '--disruption-budget=false', '--network-policy=guarded');
    expect(none.errors).toBe('');
    expect(none.only('PodDisruptionBudget')).toBeUndefined();
    const relayed = await wire({}, '--relay=relay.shop.svc:50051');
    expect(relayed.errors).toContain(budgets);
    expect(relayed.errors).not.toContain(policies);
  });

  it('has KEDA ask no sidecar in mode shadow', async () => {
    const annotations = { 'kedastral.io/mode': 'shadow' };
    const shown = await run(manifest(workload({ annotations })));
    expect(shown.code).toBe(0);
    expect(shown.output.match(/^kind: .*/gm)).toEqual(['kind: Service', 'kind: ServiceMonitor']);
    expect(shown.errors).toBe(
      'kedastral wire: Deployment shop/my-api: its mode is shadow, in which KEDA gets no answer: ' +
        'printed is what shows its forecasts, and no ScaledObject; one that asks it is to be ' +
        'deleted\n',
    );
  });

  it('scales the Rollout that has a workload, not the workload that Argo keeps at 0', async () => {
    const metadata = { name: 'ro', namespace: 'shop' };
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'my-api' };
    const rollout = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata, spec: { workloadRef } },
    };
    const { code, output, errors } = await run(manifest(workload(), rollout));
    expect(code, errors).toBe(0);
    const objects: Any[] = parseAllDocuments(output).map((document) => document.toJS());
    const [scaled, ...others] = objects.filter(({ kind }) => kind === 'ScaledObject');
    expect(others).toEqual([]);
    const { apiVersion, kind } = rollout;
    expect(scaled.spec.scaleTargetRef).toEqual({ apiVersion, kind, name: 'ro' });
    expect(scaled.spec.triggers[0].metadata).toEqual({
      scalerAddress: 'ro-kedastral.shop.svc:50051',
      workload: 'shop/ro',
    });
    expect(objects[0].spec.selector).toEqual({ app: 'my-api' });
  });

  it('says that the webhook leaves a namespace out', async () => {
    const words = 'its pods get no sidecar: the webhook leaves its namespace out';
    const system = manifest(workload({ namespace: 'kube-system' }));
    expect((await run(system)).errors).toContain(`Deployment kube-system/my-api: ${words}`);
    expect((await run(system, '--relay=relay.shop.svc:50051')).errors).not.toContain(words);
    expect((await run(manifest(workload()))).errors).not.toContain(words);
  });

  it('leaves out what wants no sidecar, and says what is there already', async () => {
    const off = workload({ name: 'off' });
    Object.assign(off.spec.template.metadata.labels, { 'kedastral.io/inject': 'false' });
    const text = manifest(off, workload());
    const { code, output, errors } = await run(text);
    expect(code).toBe(0);
    expect(output).not.toContain('name: off');
    expect(errors).toContain('Deployment shop/off: left out: its label kedastral.io/inject');
    const again = await run(text + output, '--disruption-budget=false');
    expect(again.errors).toContain('Service my-api-kedastral is in the manifest already');
    expect(again.errors).toContain('ScaledObject my-api is in the manifest already');
    expect(again.output).not.toContain('PodDisruptionBudget');
  });

  it('says when no sidecar will be there, and why it would be refused', async () => {
    const object = workload();
    Object.assign(object.spec.template.metadata, { labels: { app: 'my-api' } });
    const { code, errors } = await run(manifest(object));
    expect(code).toBe(0);
    expect(errors).toContain(
      'shop/my-api: its pods have no sidecar: set label kedastral.io/inject',
    );
    const slip = await run(manifest(workload({ annotations: { 'kedastral.io/mn': '3' } })));
    expect(slip).toMatchObject({ code: 1, output: '' });
    expect(slip.errors).toContain('kedastral.io/mn');
    const ports = [{ containerPort: 8081 }];
    const clash = await run(manifest(workload({ container: { ports } })));
    expect(clash).toMatchObject({ code: 1, output: '' });
  });

  it('says when the workload has another scaler', async () => {
    const hpa = {
      ...{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' },
      metadata: { name: 'old', namespace: 'shop' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'my-api' } },
    };
    const { code, errors } = await run(manifest(workload(), hpa));
    expect(code).toBe(0);
    expect(errors).toContain('HorizontalPodAutoscaler old scales it, too');
  });

  it.each([
    ['Deployment', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['ReplicaSet', 'apps/v1'],
    ['Rollout', 'argoproj.io/v1alpha1'],
    ['ReplicationController', 'v1'],
  ])('wires a %s', async (kind, apiVersion) => {
    const selector = { app: 'my-api' };
    const spec = kind === 'ReplicationController' ? { selector } : {};
    const { only } = await wire({ kind, apiVersion, spec });
    expect(only('ScaledObject').spec.scaleTargetRef).toEqual({ apiVersion, kind, name: 'my-api' });
    expect(only('Service').spec.selector).toEqual(selector);
    expect(only('NetworkPolicy').spec.podSelector).toEqual({ matchLabels: selector });
  });

  it('finds pods by the keys of expressions, and by no label that a rollout changes', async () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['web', 'edge'] },
      { key: 'canary', operator: 'DoesNotExist' },
    ];
    const object = workload({
      spec: { selector: { matchLabels: { app: 'x' }, matchExpressions } },
    });
    const { template } = object.spec;
    const labels = { app: 'x', tier: 'web', version: 'v1', 'kedastral.io/inject': 'true' };
    Object.assign(template.metadata, { labels });
    const selectorOf = async () => {
      const { output } = await run(manifest(object));
      const objects: Any[] = parseAllDocuments(output).map((document) => document.toJS());
      return objects.find(({ kind }) => kind === 'Service').spec.selector;
    };
    expect(await selectorOf()).toEqual({ app: 'x', tier: 'web' });
    Object.assign(object.spec, { selector: { matchExpressions: matchExpressions.slice(1) } });
    expect(await selectorOf()).toEqual(labels);
  });

  it('leaves out what has no pod template, and wires the rest', async () => {
    const rollout = {
      ...{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata: { name: 'ro' } },
      spec: { workloadRef: { kind: 'Deployment', name: 'my-api' } },
    };
    const { code, output, errors } = await run(manifest(rollout, workload()));
    expect(code).toBe(0);
    expect(output).toContain('name: my-api-kedastral');
    expect(errors).toContain('Rollout ro: left out: it has no pod template');
  });

  it('leaves out what is not scaled, and finds workloads in Lists and JSON', async () => {
    const daemon = workload({ kind: 'DaemonSet', name: 'agent' });
    const { apiVersion, kind, ...bare } = workload({ name: 'other' });
    const list = { apiVersion, kind: `${kind}List`, items: [bare] };
    const ran = await run(manifest(daemon, workload(), list));
    expect(ran.errors).toContain('DaemonSet shop/agent: left out: a DaemonSet is not scaled');
    expect(ran.output).toContain('scalerAddress: other-kedastral.shop.svc:50051');
    const json = await run(JSON.stringify(workload()));
    expect(json.output).toBe((await run(manifest(workload()))).output);
    expect((await run(manifest(daemon))).code).toBe(1);
    expect((await run('')).errors).toContain('no workload');
  });

  it('names the namespace that a manifest leaves out', async () => {
    const { errors, only, triggers } = await wire({ namespace: null }, '--namespace=blue');
    expect(errors).toContain('it names no namespace: wired for namespace blue');
    expect(only('Service').metadata.namespace).toBe('blue');
    expect(triggers[0].metadata.scalerAddress).toBe('my-api-kedastral.blue.svc:50051');
  });

  it.each(['shop.api.v2', '9api', `${'a'.repeat(60)}.${'b'.repeat(60)}`])(
    'finds names for %s',
    async (name) => {
      const { only } = await wire({ name });
      const service = only('Service').metadata.name;
      expect(service).toMatch(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
      expect(service).toMatch(/-kedastral$/);
      const scaled = only('ScaledObject');
      expect(`keda-hpa-${scaled.metadata.name}`.length).toBeLessThanOrEqual(63);
      expect(scaled.spec.scaleTargetRef.name).toBe(name);
      expect(scaled.metadata.labels['app.kubernetes.io/name'].length).toBeLessThanOrEqual(63);
      const near = await wire({ name: `${name}x` });
      expect(near.only('Service').metadata.name).not.toBe(service);
    },
  );

  it('refuses two workloads of one name', async () => {
    const two = manifest(workload(), workload({ kind: 'StatefulSet' }));
    const { code, output, errors } = await run(two);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain('two workloads would have Service shop/my-api-kedastral');
  });

  it.each([
    [['--relay=nowhere'], 'host:port of a relay'],
    [['--kubernetes-version=new'], 'a version such as'],
    [['--safty=cpu'], 'did you mean --safety'],
    [['--prom-password=hunter2'], '--prom-password'],
  ])('refuses %j as a usage error', async (argv, words) => {
    const { code, output, errors } = await run(manifest(workload()), ...argv);
    expect({ code, output }).toEqual({ code: 64, output: '' });
    expect(errors).toContain(words);
    expect(errors).not.toContain('hunter2');
  });

  it('says what it cannot read, and refuses bad annotations', async () => {
    expect(await run('', '-f', 'none.yaml')).toMatchObject({ code: 1, output: '' });
    expect((await run('a: b: c\n')).errors).toContain('line 1');
    const bad = await run(manifest(workload({ annotations: { 'kedastral.io/mni': '3' } })));
    expect(bad).toMatchObject({ code: 1, output: '' });
    expect(bad.errors).toContain('did you mean kedastral.io/min');
    const spec = { ...workload().spec, template: { spec: {} } };
    const noPod = await run(manifest({ ...workload(), spec }));
    expect(noPod.errors).toContain('its pod template is wrong');
  });

  it('prints its options', async () => {
    const { code, output } = await run('', '--help');
    expect(code).toBe(0);
    expect(output).toContain('--relay host:port');
  });
});
