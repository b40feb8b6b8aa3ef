import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';

/** Where the API server is, and what a pod is given to talk to it. */
export interface KubernetesOptions {
  readonly apiUrl: string;
  readonly apiTokenFile: string;
  readonly apiCaFile: string;
}

/** An object of the API, with what every write has to send back. */
export interface ApiObject {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly [field: string]: unknown;
}

/** A call that the API server did not answer, or answered with an error. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';

  /** @param status of HTTP; 0 when there was no answer */
  constructor(
    readonly status: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const DEADLINE_MS = 5_000;
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const JSON_TYPE = 'application/json';
/** Names, labels and annotations alone: a list of namespaces may be long. */
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * The few calls that the injector needs, over plain HTTPS. The official client would be ten times
 * the size of all else in the bundle. Token and authority are read anew: Kubernetes renews them.
 */
export class Kubernetes {
  readonly #options: KubernetesOptions;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 4 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 4 }),
  };

  constructor(options: KubernetesOptions) {
    this.#options = options;
  }

  /** @throws KubernetesError */
  async get(path: string): Promise<ApiObject> {
    return this.#call('GET', path);
  }

  /** @throws KubernetesError */
  async listMetadata(path: string): Promise<ApiObject> {
    return this.#call('GET', path, undefined, { accept: METADATA_LIST });
  }

  /** Replaces an object; status 409 when someone else did since it was read. */
  async put(path: string, body: ApiObject): Promise<ApiObject> {
    return this.#call('PUT', path, body, { 'content-type': JSON_TYPE });
  }

  /** Applies a JSON Patch (RFC 6902). */
  async patch(path: string, operations: readonly object[]): Promise<ApiObject> {
    const headers = { 'content-type': 'application/json-patch+json' };
    return this.#call('PATCH', path, operations, headers);
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #call(
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ApiObject> {
    try {
      const text = await this.#send(method, path, body, more);
      return JSON.parse(text) as ApiObject;
    } catch (thrown) {
      if (thrown instanceof KubernetesError) throw thrown;
      const reason = (thrown as NodeJS.ErrnoException).code ?? (thrown as Error).message;
      throw new KubernetesError(0, `${method} ${path}: ${reason}`, { cause: thrown });
    }
  }

  async #send(
    method: string,
    path: string,
    body: unknown,
    more: Readonly<Record<string, string>>,
  ): Promise<string> {
    const url = new URL(path, this.#options.apiUrl);
    const isTls = url.protocol === 'https:';
    const [token, ca] = await Promise.all([
      readFile(this.#options.apiTokenFile, 'utf8'),
      isTls ? readFile(this.#options.apiCaFile) : undefined,
    ]);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const options: https.RequestOptions = {
      method,
      headers: { authorization: `Bearer ${token.trim()}`, accept: JSON_TYPE, ...more },
      agent: this.#agents[isTls ? 'https:' : 'http:'],
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(ca === undefined ? {} : { ca }),
    };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = isTls
        ? https.request(url, options, resolve)
        : http.request(url, options, resolve);
      request.on('error', reject).end(payload);
    });
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return text;
    throw new KubernetesError(status, `${method} ${path}: status ${status}${reasonIn(text)}`);
  }
}

async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

/** The API server's own words, such as which right is missing. */
function reasonIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? ` (${message.slice(0, 300)})` : '';
  } catch {
    return '';
  }
}
