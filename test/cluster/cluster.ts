import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KubeObject, objectsIn } from '../manifests/objects.ts';
import { Program, temporaryFolder } from '../parts/program.ts';
import { until } from '../parts/until.ts';
import { ENVIRONMENT } from './environment.ts';

const FIELD_MANAGER = 'kedastral-tests';

/** What a user gives to kubectl: server, authority and who asks. */
export interface Access {
  readonly server: string;
  readonly caFile: string;
}

/** What the API server answered. */
export interface Answer {
  readonly status: number;
  readonly body: KubeObject;
  /** The header that kubectl shows as `Warning:`. */
  readonly warning: string;
}

/**
 * A cluster with KEDA, as one identity sees it. All calls go through `kubectl proxy`, which knows
 * every way to log in; what is applied goes through `kubectl apply`, as users do it.
 */
export class Cluster {
  private constructor(
    private readonly kubeconfig: string,
    private readonly proxy: Program,
    private readonly url: string,
  ) {}

  static async connect(kubeconfig = ENVIRONMENT.kubeconfig): Promise<Cluster> {
    const proxy = new Program(ENVIRONMENT.kubectl, ['proxy', '--port=0'], {
      KUBECONFIG: kubeconfig,
    });
    const address = await until('a proxy to the API server', () => {
      if (proxy.exit) throw new Error(`kubectl proxy ended: ${proxy.output}`);
      return /127\.0\.0\.1:\d+/.exec(proxy.stdout)?.[0];
    });
    return new Cluster(kubeconfig, proxy, `http://${address}`);
  }

  /** Server and authority, for processes that log in by themselves. */
  async access(): Promise<Access> {
    const view = ['config', 'view', '--raw', '--minify', '--flatten', '-o', 'json'];
    const { clusters } = JSON.parse(await this.kubectl(view));
    const { server, 'certificate-authority-data': data } = clusters[0].cluster;
    const caFile = join(temporaryFolder(), 'ca.crt');
    writeFileSync(caFile, Buffer.from(data, 'base64'));
    return { server, caFile };
  }

  /** The same cluster as a ServiceAccount sees it, by a token that the API server makes for it. */
  async as(namespace: string, serviceAccount: string): Promise<Cluster> {
    const { server, caFile } = await this.access();
    const token = await this.token(namespace, serviceAccount);
    const kubeconfig = join(temporaryFolder(), 'kubeconfig');
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
      clusters: [{ name: 'it', cluster: { server, 'certificate-authority': caFile } }],
      users: [{ name: 'it', user: { token } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    return Cluster.connect(kubeconfig);
  }

  async token(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    return (await this.demand('POST', path, request)).status.token;
  }

  /** @returns what it prints. @throws with its complaints when it fails */
  async kubectl(args: readonly string[], input = ''): Promise<string> {
    const env = { ...process.env, KUBECONFIG: this.kubeconfig };
    const running = promisify(execFile)(ENVIRONMENT.kubectl, args, { env, maxBuffer: 2 ** 26 });
    running.child.stdin?.end(input);
    return (await running).stdout;
  }

  /** Applies objects as `kubectl apply` does; unknown fields are refused. */
  async apply(objects: readonly KubeObject[]): Promise<string> {
    const args = ['apply', '--validate=strict', '-f', '-'];
    return this.kubectl(args, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  }

  /** One call of the API, whatever comes of it. */
  async call(method: string, path: string, body?: object, type = 'json'): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { 'content-type': `application/${type}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      warning: response.headers.get('warning') ?? '',
    };
  }

  /** One call that has to succeed. */
  async demand(method: string, path: string, body?: object, type?: string): Promise<KubeObject> {
    const answer = await this.call(method, path, body, type);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** An object of the cluster; null where there is none. */
  async get(path: string): Promise<KubeObject | null> {
    const { status, body } = await this.call('GET', path);
    if (status === 404) return null;
    if (status === 200) return body;
    throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  }

  /** Sets fields of an object (RFC 7396). */
  async merge(path: string, fields: object): Promise<KubeObject> {
    return this.demand('PATCH', path, fields, 'merge-patch+json');
  }

  async create(object: KubeObject, query = ''): Promise<Answer> {
    const path = await this.pathOf(object);
    const folder = path.slice(0, path.lastIndexOf('/'));
    return this.call('POST', `${folder}?fieldManager=${FIELD_MANAGER}${query}`, object);
  }

  /** Where the API server keeps an object. */
  async pathOf({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = await this.demand('GET', root);
    const found = resources.find(
      (each: KubeObject) => each.kind === kind && !each.name.includes('/'),
    );
    if (!found) throw new Error(`the cluster knows no ${kind} of ${apiVersion}`);
    const namespace = found.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${root}${namespace}/${found.name}/${metadata.name ?? ''}`;
  }

  /** Each object as the cluster has it now; null for one that it has not. */
  async readBack(objects: readonly KubeObject[]): Promise<(KubeObject | null)[]> {
    return Promise.all(objects.map(async (object) => this.get(await this.pathOf(object))));
  }

  async makeNamespace(name: string): Promise<void> {
    const { status, body } = await this.create({
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
    if (status !== 201) throw new Error(`namespace ${name}: ${JSON.stringify(body)}`);
  }

  /** Deletes objects that may be there, and waits until they are gone. */
  async remove(objects: readonly KubeObject[]): Promise<void> {
    const args = ['delete', '--ignore-not-found', '--wait', '--timeout=60s', '-f', '-'];
    await this.kubectl(args, objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  }

  async removeNamespace(name: string): Promise<void> {
    await this.remove([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
  }

  async close(): Promise<void> {
    await this.proxy.stop();
  }
}

/** What kubectl makes of a folder with a kustomization. */
export async function kustomized(cluster: Cluster, folder: string): Promise<KubeObject[]> {
  return objectsIn(await cluster.kubectl(['kustomize', folder]));
}
