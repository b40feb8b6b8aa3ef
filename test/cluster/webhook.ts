import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../house/sources.ts';
import type { KubeObject } from '../manifests/objects.ts';
import { Injector } from '../parts/injector.ts';
import { SECRET, WEBHOOK } from '../parts/kube-api.ts';
import { freePort } from '../parts/ports.ts';
import { temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';
import type { Cluster } from './cluster.ts';
import { ENVIRONMENT } from './environment.ts';

const ACCOUNT = { name: 'kedastral-injector', namespace: 'kedastral' };
const SERVICE = '/api/v1/namespaces/kedastral/services/kedastral-injector';
const DEFAULTS = '/api/v1/namespaces/kedastral/configmaps/kedastral-injector';
const DEPLOYMENT = '/apis/apps/v1/namespaces/kedastral/deployments/kedastral-injector';
/** What is left of it when its namespace is gone. */
const OF_THE_CLUSTER = [
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', '0-kedastral-injector'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', ACCOUNT.name],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', ACCOUNT.name],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', ACCOUNT.name],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', ACCOUNT.name],
] as const;

/** README's command for the injector without Helm. */
export async function applyInjector(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['apply', '-k', join(ROOT, 'manifests/injector/')]);
}

/** Takes away all of an injector, however it was installed. */
export async function removeInjector(cluster: Cluster): Promise<void> {
  const objects = OF_THE_CLUSTER.map(([apiVersion, kind, name]) => {
    return { apiVersion, kind, metadata: { name } };
  });
  await cluster.remove(objects);
  await cluster.removeNamespace(ACCOUNT.namespace);
}

/**
 * The injector as it was installed, with its process beside the cluster. Its Service leads the API
 * server there: no image has to run in pods, nor need the API server reach their network. The name
 * that the certificate must have stays that of the Service.
 */
export class Webhook {
  private constructor(
    private readonly cluster: Cluster,
    private readonly port: number,
  ) {}

  static async takeOver(cluster: Cluster): Promise<Webhook> {
    const port = await freePort();
    await until('what is installed last', () => cluster.get(WEBHOOK));
    await cluster.merge(DEPLOYMENT, { spec: { replicas: 0 } });
    await cluster.demand('DELETE', SERVICE);
    const spec = { type: 'ExternalName', externalName: ENVIRONMENT.host };
    await cluster.apply([{ apiVersion: 'v1', kind: 'Service', metadata: ACCOUNT, spec }]);
    const operation = { op: 'add', path: '/webhooks/0/clientConfig/service/port', value: port };
    await cluster.demand('PATCH', WEBHOOK, [operation], 'json-patch+json');
    return new Webhook(cluster, port);
  }

  /**
   * The injector with the arguments of its Deployment and the token of its own ServiceAccount.
   *
   * @param isServing whether it is the one whom the API server asks; the others stand by
   */
  async start(isServing: boolean, ...argv: readonly string[]): Promise<Injector> {
    const injector = await this.launch(isServing, ...argv);
    if (isServing) await this.#asked();
    return injector;
  }

  /** The same, but not asked yet, it may be. */
  async launch(isServing: boolean, ...argv: readonly string[]): Promise<Injector> {
    const { server, caFile } = await this.cluster.access();
    const folder = temporaryFolder();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const token = await this.cluster.token(ACCOUNT.namespace, ACCOUNT.name);
    const { data } = await this.cluster.demand('GET', DEFAULTS);
    const options = { apiUrl: server, apiTokenFile: file('token', token), apiCaFile: caFile };
    const { spec } = await this.cluster.demand('GET', DEPLOYMENT);
    const own: string[] = spec.template.spec.containers[0].args;
    const injector = new Injector(
      { options },
      ...own.filter((each) => !each.startsWith('--defaults-file=')),
      ...(isServing ? [`--listen=${ENVIRONMENT.host}:${this.port}`] : []),
      `--defaults-file=${file('defaults.yaml', data['defaults.yaml'])}`,
      ...argv,
    );
    await injector.port();
    return injector;
  }

  /** The API server learns of a changed configuration, and whom it trusts, a moment later. */
  async #asked(): Promise<void> {
    const pod = podOf('kedastral-asked', 'default', {});
    await until('the API server asks the webhook', async () => {
      const { body } = await this.cluster.create(pod, '&dryRun=All');
      return isInjected(body);
    });
  }

  /** As it is when it has just been installed: no certificate, and nobody to trust. */
  async forget(): Promise<void> {
    await this.cluster.merge(SECRET, { data: null });
    const operation = { op: 'remove', path: '/webhooks/0/clientConfig/caBundle' };
    await this.cluster.demand('PATCH', WEBHOOK, [operation], 'json-patch+json');
  }

  /** The certificate in the Secret, as PEM. */
  async certificate(): Promise<string> {
    const { data } = await this.cluster.demand('GET', SECRET);
    return Buffer.from(data['tls.crt'], 'base64').toString('utf8');
  }
}

const QUERY = { 'kedastral.io/prom-query': 'sum(rate(http_requests_total[2m]))' };

/** A template of pods that ask for a sidecar. */
export function templateOf(app: string, annotations: Readonly<Record<string, string>>): KubeObject {
  const { node, image } = ENVIRONMENT;
  return {
    metadata: {
      labels: { app, 'kedastral.io/inject': 'true' },
      annotations: { ...QUERY, ...annotations },
    },
    spec: {
      terminationGracePeriodSeconds: 0,
      ...(node === '' ? {} : { nodeName: node }),
      containers: [{ name: app, image, resources: { requests: { cpu: '10m' } } }],
    },
  };
}

/** A pod by itself that asks for a sidecar. */
export function podOf(
  name: string,
  namespace: string,
  annotations: Readonly<Record<string, string>>,
): KubeObject {
  // Nothing owns it, so it has to say what it is of.
  const owned = { 'kedastral.io/workload': 'my-api', ...annotations };
  const { metadata, spec } = templateOf('app', owned);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, namespace }, spec };
}

export function isInjected(pod: KubeObject): boolean {
  return (pod.spec?.containers ?? []).some(({ name }: KubeObject) => name === 'kedastral');
}
