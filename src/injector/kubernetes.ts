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
const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = METADATA.replace(';g=', 'List;g=');

/** Whether whole objects are wanted, or their metadata alone. */
export type Share = 'whole' | 'metadata';

/**
 * The few calls that the injector needs, over plain HTTPS. The official client would be ten times
 * the size of all else in the bundle. Token and authority are read anew: Kubernetes renews them.
 */
export class Kubernetes {
  readonly #options: KubernetesOptions;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 6 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 6 }),
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

  /**
   * The lines of an answer that goes on, such as a watch.
   *
   * @param signal ends it, with an error
   * @throws KubernetesError
   */
  async *lines(path: string, share: Share, signal: AbortSignal): AsyncGenerator<string> {
    try {
      const headers = share === 'whole' ? {} : { accept: METADATA };
      const response = await this.#answer('GET', path, undefined, headers, signal);
      let rest = '';
      for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > BODY_BYTES_MAX) throw new Error(`more than ${BODY_BYTES_MAX} bytes`);
        yield* lines;
      }
    } catch (thrown) {
      throw asKubernetesError(thrown, 'GET', path);
    }
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
      const signal = AbortSignal.timeout(DEADLINE_MS);
      return JSON.parse(await readAll(await this.#answer(method, path, body, more, signal)));
    } catch (thrown) {
      throw asKubernetesError(thrown, method, path);
    }
  }

  /** The answer with its body still to come, when it is not one of an error. */
  async #answer(
    method: string,
    path: string,
    body: unknown,
    more: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<http.IncomingMessage> {
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
      signal,
      ...(ca === undefined ? {} : { ca }),
    };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const request = isTls
        ? https.request(url, options, resolve)
        : http.request(url, options, resolve);
      request.on('error', reject).end(payload);
    });
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const text = await readAll(response);
    throw new KubernetesError(status, `${method} ${path}: status ${status}${reasonIn(text)}`);
  }
}

function asKubernetesError(thrown: unknown, method: string, path: string): KubernetesError {
  if (thrown instanceof KubernetesError) return thrown;
  const reason = (thrown as NodeJS.ErrnoException).code ?? (thrown as Error).message;
  return new KubernetesError(0, `${method} ${path}: ${reason}`, { cause: thrown });
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
