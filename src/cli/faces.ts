import type { Options } from '../config/options.ts';
import { asFault, KedastralError } from '../errors.ts';
import { type GrpcParts, GrpcServer } from '../grpc/server.ts';
import type { HttpParts } from '../http/app.ts';
import { HttpServer } from '../http/server.ts';
import { PREFIX } from '../injector/names.ts';
import { formatAddress, type ListenAddress } from '../listen.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import { BearerTokens } from '../transport/bearer-tokens.ts';
import { ServerTls } from '../transport/server-tls.ts';

/** How long a face of an injected sidecar waits before it tries to listen again. */
const RETRY_MS = 30_000;

type TlsField = 'tlsCertFile' | 'tlsKeyFile' | 'tlsClientCaFile';
type TokenField = 'httpTokenFile' | 'httpTokenAll';
type ServingField = 'listen' | 'grpcListen' | 'role' | 'mode' | 'overrideMaxSeconds';
type FacesOptions = Pick<Options, TlsField | TokenField | ServingField | 'injected' | 'identity'>;

interface Face {
  readonly server: HttpServer | GrpcServer;
  readonly name: 'http' | 'grpc';
  readonly option: 'listen' | 'grpc-listen';
  readonly address: ListenAddress;
  readonly loadFirst?: BearerTokens | undefined;
}

/** Ports in use; null while a face of an injected sidecar cannot listen, or where there is none. */
interface Ports {
  readonly httpPort: number | null;
  readonly grpcPort: number | null;
}

/**
 * HTTP and gRPC of one process; a forecaster, and a shadow, have HTTP alone.
 *
 * In an injected sidecar an address that cannot be listened on does not end the process: the
 * application may well have the port. It is tried again until it can, and the other face serves.
 */
export class Faces {
  readonly #http: Face;
  readonly #grpc: Face | null;
  readonly #metrics: WorkloadMetrics;
  /** Files that are followed as long as the faces serve. */
  readonly #watched: readonly { watch(signal: AbortSignal): Promise<void> }[];
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(
    private readonly options: FacesOptions,
    private readonly parts: HttpParts & GrpcParts,
  ) {
    const { listen, grpcListen, identity, role, mode, overrideMaxSeconds } = options;
    const tls = tlsOf(options, parts);
    const tokens = tokensOf(options, parts);
    const http = new HttpServer({ ...parts, tls, tokens, overrideMaxSeconds });
    const [ofHttp, ofGrpc] = [
      { name: 'http', option: 'listen', address: listen },
      { name: 'grpc', option: 'grpc-listen', address: grpcListen },
    ] as const;
    this.#http = { ...ofHttp, server: http, loadFirst: tokens };
    this.#grpc =
      role === 'forecaster' || mode === 'shadow'
        ? null
        : { ...ofGrpc, server: new GrpcServer({ ...parts, tls }) };
    this.#watched = [tls, tokens].filter((each) => each !== undefined);
    this.#metrics = parts.metrics.forWorkload(identity);
  }

  /** @throws KedastralError listen_failed, tls_certificate, token_file, when not injected */
  async start(): Promise<Ports> {
    const starting = [this.#start(this.#http), this.#start(this.#grpc)] as const;
    // What listens already would keep the process alive.
    const [httpPort, grpcPort] = await Promise.all(starting).catch(async (thrown: unknown) => {
      await Promise.allSettled(starting);
      await this.stop(0);
      throw thrown;
    });
    this.#running.push(...this.#watched.map((each) => each.watch(this.#stopping.signal)));
    return { httpPort, grpcPort };
  }

  /** Drains both faces; what is still open after `deadlineMs` is cut. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    await Promise.all([this.#http, this.#grpc].map((face) => face?.server.stop(deadlineMs)));
  }

  async #start(face: Face | null): Promise<number | null> {
    if (!face) return null;
    try {
      return await open(face);
    } catch (thrown) {
      const fault = this.#elsewhere(thrown, face);
      if (!this.options.injected) throw fault;
      this.#failed(fault);
      this.#running.push(this.#retry(face));
      return null;
    }
  }

  async #retry(face: Face): Promise<void> {
    const { clock, log } = this.parts;
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const port = await open(face);
        log.info('listening at last', { component: face.name, port });
        return;
      } catch (thrown) {
        this.#failed(this.#elsewhere(thrown, face));
      }
    }
  }

  /** The fault, in words of who else has the port, where that can be known. */
  #elsewhere(thrown: unknown, { name, option, address }: Face): KedastralError {
    const { listen, grpcListen, injected } = this.options;
    const fault = asFault(thrown, name);
    const isInUse = (fault.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
    const isOwn = listen.port === grpcListen.port;
    if (!isInUse || !(isOwn || injected)) return fault;
    const reason = isOwn
      ? 'listen and grpc-listen have the same port'
      : 'another container of the pod has the port, and the kubelet’s probes may reach that: ' +
        `give Kedastral a free one with annotation ${PREFIX}${option}`;
    const message = `cannot listen on ${formatAddress(address)}: ${reason}`;
    return new KedastralError('listen_failed', name, message, { cause: fault.cause });
  }

  #failed(fault: KedastralError): void {
    this.#metrics.error(fault);
    const { code, component, message: reason } = fault;
    const retrySeconds = RETRY_MS / 1000;
    this.parts.log.error('cannot listen', { code, component, reason, retrySeconds });
  }
}

async function open({ server, address, loadFirst }: Face): Promise<number> {
  await loadFirst?.load();
  return server.start(address);
}

function tlsOf(options: FacesOptions, parts: HttpParts): ServerTls | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = options;
  if (!certFile || !keyFile) return undefined;
  const { tlsClientCaFile: clientCaFile, identity } = options;
  return new ServerTls({ certFile, keyFile, clientCaFile }, { ...parts, identity });
}

function tokensOf(options: FacesOptions, parts: HttpParts): BearerTokens | undefined {
  const { httpTokenFile, httpTokenAll: isForAll, identity } = options;
  if (!httpTokenFile) return undefined;
  return new BearerTokens(httpTokenFile, { ...parts, identity, isForAll });
}
