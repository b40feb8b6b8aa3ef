import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { applyPatch } from 'rfc6902';
import { ASKING_PODS } from '../../src/injector/bare-pods.ts';
import type { KubernetesOptions } from '../../src/injector/kubernetes.ts';
import { temporaryFolder } from './program.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type ApiObject = any;

const TOKEN = 'token-of-a-service-account';

/**
 * The part of a Kubernetes API server that keeps objects by their paths: optimistic concurrency by
 * resourceVersion, JSON Patch, and a token that is asked for.
 */
export class KubeApi {
  readonly objects = new Map<string, ApiObject>();
  /** Method and path of each call, in order. */
  readonly calls: string[] = [];
  /** While set, every call is answered with this status. */
  brokenStatus: number | null = null;
  /** Watches that are open, by the path of their list, with all that was asked for. */
  readonly watches = new Map<string, { query: URLSearchParams; response: ServerResponse }>();
  /** While set, watches are answered with this status. */
  watchStatus: number | null = null;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #version = 0;

  static async start(objects: Readonly<Record<string, object>>): Promise<KubeApi> {
    const api = new KubeApi();
    for (const [path, object] of Object.entries(objects)) api.set(path, object);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get options(): KubernetesOptions {
    const { port } = this.#server.address() as AddressInfo;
    const apiTokenFile = join(temporaryFolder(), 'token');
    writeFileSync(apiTokenFile, `${TOKEN}\n`);
    return { apiUrl: `http://127.0.0.1:${port}`, apiTokenFile, apiCaFile: '/nonexistent' };
  }

  set(path: string, object: ApiObject): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    this.objects.set(path, { ...object, metadata });
  }

  /** Tells the watch of a list of an event. */
  tell(path: string, type: string, object: ApiObject): void {
    const resourceVersion = String(++this.#version);
    const metadata = { ...object.metadata, resourceVersion };
    const event = { type, object: { ...object, metadata } };
    this.watches.get(path)?.response.write(`${JSON.stringify(event)}\n`);
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = await text(request);
    this.calls.push(`${method} ${url}`);
    const reply = (status: number, object: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(object));
    };
    if (this.brokenStatus !== null) return reply(this.brokenStatus, { message: 'broken' });
    if (headers.authorization !== `Bearer ${TOKEN}`) return reply(401, { message: 'no token' });
    const { pathname, searchParams: query } = new URL(url, 'http://api');
    if (query.has('watch')) {
      if (this.watchStatus !== null) return reply(this.watchStatus, { message: 'no watch' });
      this.watches.set(pathname, { query, response });
      response.on('close', () => this.watches.delete(pathname));
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      return;
    }
    const present = this.objects.get(url);
    if (present === undefined) return reply(404, { message: `${url} not found` });
    if (method === 'PUT') {
      const object = JSON.parse(body);
      if (object.metadata?.resourceVersion !== present.metadata.resourceVersion) {
        return reply(409, { message: 'the object has been modified' });
      }
      this.set(url, object);
    } else if (method === 'PATCH') {
      const object = structuredClone(present);
      const failed = applyPatch(object, JSON.parse(body)).find((result) => result !== null);
      if (failed) return reply(422, { message: failed.message });
      this.set(url, object);
    }
    reply(200, this.objects.get(url));
  }
}

const NAMESPACED = 'namespaces/kedastral';
export const SECRET = `/api/v1/${NAMESPACED}/secrets/kedastral-injector`;
export const LEASE = `/apis/coordination.k8s.io/v1/${NAMESPACED}/leases/kedastral-injector`;
export const WEBHOOK =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/0-kedastral-injector';

/** What manifests/injector lays down, as far as the injector reads it. */
export function injectorObjects(): Record<string, object> {
  return {
    [SECRET]: { metadata: { name: 'kedastral-injector' }, type: 'Opaque' },
    [LEASE]: { metadata: { name: 'kedastral-injector' }, spec: {} },
    [WEBHOOK]: {
      metadata: { name: '0-kedastral-injector' },
      webhooks: [{ name: 'injector.kedastral.io', clientConfig: {} }],
    },
    '/version': { major: '1', minor: '36+' },
    '/api/v1/limitranges': { items: [] },
    '/api/v1/resourcequotas': { items: [] },
    '/api/v1/namespaces': { items: [] },
    [ASKING_PODS]: { items: [] },
  };
}

/** The authorities that the webhook configuration trusts, as PEM. */
export function trusted(api: KubeApi): string {
  const caBundle = api.objects.get(WEBHOOK)?.webhooks[0].clientConfig.caBundle ?? '';
  return Buffer.from(caBundle, 'base64').toString('utf8');
}

/** A value of the Secret, decoded. */
export function kept(api: KubeApi, key: string): string {
  return Buffer.from(api.objects.get(SECRET)?.data?.[key] ?? '', 'base64').toString('utf8');
}
