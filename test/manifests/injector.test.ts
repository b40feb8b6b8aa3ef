import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { inject } from '../../src/injector/inject.ts';
import { REVIEW_PATH } from '../../src/injector/server.ts';
import { excludedNamespaces, readSettings } from '../../src/injector/settings.ts';
import { VERSION } from '../../src/version.ts';
import { ROOT } from '../house/sources.ts';
import { around, podWith } from '../injector/pods.ts';
import { LEASE, SECRET, WEBHOOK } from '../parts/kube-api.ts';
import { temporaryFolder } from '../parts/program.ts';
import { restrictedFaults } from './pod-security.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

const FOLDER = join(ROOT, 'manifests/injector');
const OF_KUSTOMIZE = ['kustomization.yaml', 'names.yaml'];
const FILES = readdirSync(FOLDER).filter((file) => !OF_KUSTOMIZE.includes(file));
const OBJECTS: Any[] = FILES.flatMap((file) =>
  parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => document.toJS()),
);
const only = (kind: string): Any => {
  const found = OBJECTS.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0];
};

/** What kubernetes-validate says of a file, by the OpenAPI of Kubernetes. */
async function validated(file: string): Promise<{ isValid: boolean; said: string }> {
  const command = join(ROOT, 'build/python/bin/kubernetes-validate');
  return promisify(execFile)(command, ['--strict', file]).then(
    ({ stdout, stderr }) => ({ isValid: true, said: stdout + stderr }),
    ({ stdout, stderr }) => ({ isValid: false, said: stdout + stderr }),
  );
}

/** Pods that show all that injection can put into one. */
const VARIANTS: Record<string, Any> = {
  plain: podWith(),
  'with secrets': podWith({
    'kedastral.io/prom-ca-secret': 'a/b',
    'kedastral.io/prom-password-secret': 'prometheus/password',
    'kedastral.io/prom-username-secret': 'prometheus/user',
    'kedastral.io/pull-secret': 'regcred',
    'kedastral.io/pull-policy': 'Always',
  }),
  native: podWith({ 'kedastral.io/native-sidecar': 'true', 'kedastral.io/cpu-limit': '1' }),
  'in a mesh': podWith({ 'kedastral.io/mesh': 'istio' }, { terminationGracePeriodSeconds: 5 }),
};

async function injected(pod: Any): Promise<Any> {
  const injection = await inject(pod, around());
  if (injection.outcome !== 'injected') throw new Error(injection.warnings.join('\n'));
  return structuredClone(injection.pod);
}

describe('an injected pod', () => {
  it('is valid Kubernetes, in every variant', async () => {
    const pods = await Promise.all(Object.values(VARIANTS).map(injected));
    const documents = pods.map((pod, i) => {
      const { generateName, creationTimestamp, ...metadata } = pod.metadata;
      return stringify({ ...pod, metadata: { ...metadata, name: `pod-${i}` } });
    });
    const file = join(temporaryFolder(), 'pods.yaml');
    await writeFile(file, documents.join('---\n'));
    const { isValid, said } = await validated(file);
    expect(isValid, said).toBe(true);
    await writeFile(file, documents.join('---\n').replaceAll('startupProbe', 'startUpProbe'));
    expect((await validated(file)).isValid).toBe(false);
  });

  it.each(Object.entries(VARIANTS))('keeps to Pod Security restricted: %s', async (_, pod) => {
    expect(restrictedFaults(pod.spec)).toEqual([]);
    const { spec } = await injected(pod);
    expect(restrictedFaults(spec)).toEqual([]);
  });

  it('is held against rules that find faults', async () => {
    const { spec } = await injected(podWith());
    for (const field of ['allowPrivilegeEscalation', 'capabilities', 'seccompProfile']) {
      const loose = structuredClone(spec);
      delete loose.containers[1].securityContext[field];
      expect(restrictedFaults(loose)).toHaveLength(1);
    }
    expect(restrictedFaults({ ...spec, volumes: [{ name: 'h', hostPath: {} }] })).toHaveLength(1);
  });
});

describe('the manifests of the injector', () => {
  it.each(FILES)('%s is valid Kubernetes', async (file) => {
    const { isValid, said } = await validated(join(FOLDER, file));
    expect(isValid, said).toBe(true);
  });

  it('keep the injector itself to Pod Security restricted', () => {
    expect(restrictedFaults(only('Deployment').spec.template.spec)).toEqual([]);
    const { labels } = only('Namespace').metadata;
    expect(labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
  });

  it('have the API server ask as the webhook is made for', () => {
    const [webhook, ...others] = only('MutatingWebhookConfiguration').webhooks;
    expect(others).toEqual([]);
    expect(webhook).toMatchObject({
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
      reinvocationPolicy: 'IfNeeded',
      sideEffects: 'None',
      objectSelector: { matchLabels: { 'kedastral.io/inject': 'true' } },
    });
    const { service } = webhook.clientConfig;
    const { metadata, spec } = only('Service');
    expect(service).toEqual({
      name: metadata.name,
      namespace: metadata.namespace,
      path: REVIEW_PATH,
    });
    const { template } = only('Deployment').spec;
    expect(template.metadata.labels).toMatchObject(spec.selector);
    const ports = template.spec.containers[0].ports.map(({ name }: Any) => name);
    expect(ports).toContain(spec.ports[0].targetPort);
  });

  it('agree with the defaults of the injector', async () => {
    const { args, env, image, ports } = only('Deployment').spec.template.spec.containers[0];
    const { 'defaults.yaml': file } = only('ConfigMap').data;
    const { settings, faults } = await readSettings(args, {}, async () => file);
    expect(faults).toEqual([]);
    const texts = env.flatMap(({ name, value }: Any) => (value ? [[name, value]] : []));
    const named = await readSettings(args, Object.fromEntries(texts), async () => file);
    expect(texts).toHaveLength(4);
    expect(named.settings).toEqual(settings);
    expect(image).toBe(`kedastral:${VERSION}`);
    const { listen, metricsListen } = settings;
    expect(ports.map(({ containerPort }: Any) => containerPort)).toEqual([
      listen.port,
      metricsListen.port,
    ]);
    expect(only('Namespace').metadata.name).toBe(settings.namespace);
    expect(only('Secret').metadata.name).toBe(settings.secretName);
    expect(only('Lease').metadata.name).toBe(settings.leaseName);
    expect(only('MutatingWebhookConfiguration').metadata.name).toBe(settings.webhookName);
    const [{ namespaceSelector }] = only('MutatingWebhookConfiguration').webhooks;
    expect(namespaceSelector.matchExpressions[0].values.sort()).toEqual(
      [...excludedNamespaces(settings.namespace, settings.excludedNamespaces)].sort(),
    );
  });

  it('give the rights that the injector uses, and no others', () => {
    const rules = [...only('ClusterRole').rules, ...only('Role').rules].map(
      ({ apiGroups, resources, resourceNames = [], verbs }: Any) =>
        [apiGroups, resources, resourceNames, verbs].map(String).join(' '),
    );
    const last = (path: string) => path.split('/').at(-1);
    expect(rules).toEqual([
      ' limitranges,resourcequotas  list,watch',
      ' namespaces  list,watch',
      ' pods  list',
      `admissionregistration.k8s.io mutatingwebhookconfigurations ${last(WEBHOOK)} get,patch`,
      ` secrets ${last(SECRET)} get,update`,
      `coordination.k8s.io leases ${last(LEASE)} get,update`,
    ]);
  });

  it('may run before Istio, by the order of names', () => {
    const { name } = only('MutatingWebhookConfiguration').metadata;
    expect(name < 'istio-sidecar-injector').toBe(true);
  });
});
