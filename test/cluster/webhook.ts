import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../house/sources.ts';
import { type KubeObject, ofKind } from '../manifests/objects.ts';
import { Injector } from '../parts/injector.ts';
import { SECRET, WEBHOOK } from '../parts/kube-api.ts';
import { freePort } from '../parts/ports.ts';
import { temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';
import { type Cluster, kustomized } from './cluster.ts';
import { ENVIRONMENT } from './environment.ts';

const FOLDER = join(ROOT, 'manifests/injector');
const SERVICE = '/api/v1/namespaces/kedastral/services/kedastral-injector';
const DEPLOYMENT = '/apis/apps/v1/namespaces/kedastral/deployments/kedastral-injector';

/**
 * What manifests/injector lays down, with the injector as a process beside the cluster. Its Service
 * leads the API server there: no image has to run in pods, nor need the API server reach their
 * network. The name that the certificate must have stays that of the Service.
 */
export class Webhook {
  private constructor(
    private readonly cluster: Cluster,
    private readonly port: number,
    private readonly objects: readonly KubeObject[],
  ) {}

  static async install(cluster: Cluster): Promise<Webhook> {
    const port = await freePort();
    await cluster.kubectl(['apply', '-k', FOLDER]);
    await cluster.merge(DEPLOYMENT, { spec: { replicas: 0 } });
    await cluster.demand('DELETE', SERVICE);
    const metadata = { name: 'kedastral-injector', namespace: 'kedastral' };
    const spec = { type: 'ExternalName', externalName: ENVIRONMENT.host };
    await cluster.create({ apiVersion: 'v1', kind: 'Service', metadata, spec });
    const operation = { op: 'add', path: '/webhooks/0/clientConfig/service/port', value: port };
    await cluster.demand('PATCH', WEBHOOK, [operation], 'json-patch+json');
    return new Webhook(cluster, port, await kustomized(cluster, FOLDER));
  }

  /**
   * The injector with the token of its own ServiceAccount.
   *
   * @param isServing whether it is the one whom the API server asks; the others stand by
   */
  async start(isServing: boolean, ...argv: readonly string[]): Promise<Injector> {
    const { server, caFile } = await this.cluster.access();
    const folder = temporaryFolder();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const token = await this.cluster.token('kedastral', 'kedastral-injector');
    const [{ data }] = ofKind(this.objects, 'ConfigMap');
    const options = { apiUrl: server, apiTokenFile: file('token', token), apiCaFile: caFile };
    const injector = new Injector(
      { options },
      ...(isServing ? [`--listen=${ENVIRONMENT.host}:${this.port}`] : []),
      `--defaults-file=${file('defaults.yaml', data['defaults.yaml'])}`,
      ...argv,
    );
    await injector.port();
    if (isServing) await this.#asked();
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

  /** End of life of the certificate that is kept, as text of the Secret. */
  async certificate(): Promise<string> {
    const { data } = await this.cluster.demand('GET', SECRET);
    return Buffer.from(data['tls.crt'], 'base64').toString('utf8');
  }

  async remove(): Promise<void> {
    await this.cluster.remove(ofKind(this.objects, 'MutatingWebhookConfiguration'));
    await this.cluster.remove(this.objects);
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
