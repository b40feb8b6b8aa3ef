import type { Http2Server } from 'node:http2';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';
import { Server } from '@grpc/grpc-js/build/src/server.js';
import { ServerCredentials } from '@grpc/grpc-js/build/src/server-credentials.js';
import type { Clock } from '../clock.ts';
import { type FaultCode, KedastralError } from '../errors.ts';
import { type ListenAddress, listen } from '../listen.ts';
import type { Overrides } from '../loop/overrides.ts';
import type { Workloads } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { WorkloadMetrics } from '../telemetry/workload-metrics.ts';
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  limitConnections,
} from '../transport/connections.ts';
import {
  closeFailedHandshakes,
  HANDSHAKE_TIMEOUT_MS,
  type ServerTls,
} from '../transport/server-tls.ts';
import { ExternalScalerService } from './generated/externalscaler.ts';
import { HealthService } from './generated/health.ts';
import { CALL_LIMITS, type CallLimits, Guard } from './guard.ts';
import { Health } from './health.ts';
import { Scaler } from './scaler.ts';
import { OpenStreams } from './streams.ts';

export interface GrpcParts {
  readonly workloads: Workloads;
  readonly overrides: Overrides;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Its certificate; absent = plain text. */
  readonly tls?: ServerTls | undefined;
  readonly limits?: Partial<GrpcLimits> | undefined;
}

export type GrpcLimits = ConnectionLimits & CallLimits;

const LIMITS: GrpcLimits = { ...CONNECTION_LIMITS, ...CALL_LIMITS };

/**
 * grpc-js adds ±10 %. KEDA reads DNS again only when a connection ends, so this is how soon it
 * finds new replicas behind a headless Service. The grace outlives streams (STREAM_AGE_MAX_MS).
 */
const CONNECTION_AGE_MAX_MS = 300_000;
const CONNECTION_GRACE_MS = 300_000;
const REQUEST_BYTES_MAX = 16 * 1024;
const STREAM_PATHS = new Set(
  Object.values({ ...ExternalScalerService, ...HealthService })
    .filter(({ responseStream }) => responseStream)
    .map(({ path }) => path as string),
);

/** The gRPC face: KEDA's external scaler and grpc.health.v1 on one port. */
export class GrpcServer {
  readonly #clock: Clock;
  readonly #listener: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #streams: OpenStreams;
  readonly #stopped = new AbortController();
  readonly #health: Health;
  readonly #server: Server;
  readonly #tls: ServerTls | undefined;
  readonly #metrics: WorkloadMetrics;
  readonly #log: Logger;

  constructor(parts: GrpcParts) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#metrics = parts.metrics.forWorkload(parts.workloads.only?.identity ?? '');
    this.#streams = new OpenStreams(parts.clock);
    this.#health = new Health(['externalscaler.ExternalScaler'], this.#streams);
    this.#tls = parts.tls;
    const limits = { ...LIMITS, ...parts.limits };
    this.#server = new Server({
      'grpc.enable_channelz': 0,
      'grpc.max_connection_age_ms': CONNECTION_AGE_MAX_MS,
      'grpc.max_connection_age_grace_ms': CONNECTION_GRACE_MS,
      'grpc.max_receive_message_length': REQUEST_BYTES_MAX,
      'grpc.max_concurrent_streams': limits.callsPerAddressMax,
    });
    const scaler = new Scaler({ ...parts, streams: this.#streams });
    this.#server.addService(ExternalScalerService, scaler.service);
    this.#server.addService(HealthService, this.#health.service);
    this.#listener = this.#createListener(limits);
  }

  /**
   * Listening ourselves: grpc-js resolves a host to several addresses and is content with one of
   * them, so that a port in use could go unnoticed.
   */
  #createListener(limits: GrpcLimits): NetServer {
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    const clock = this.#clock;
    const { signal } = this.#stopped;
    const refused = (reason: string) => this.#refused('client_limit', reason);
    const guard = new Guard({ clock, limits, streamPaths: STREAM_PATHS, signal, refused });
    for (const http2 of http2ServersOf(this.#server)) guard.watch(http2);

    const inject = (socket: Socket): void => {
      if (!socket.destroyed) injector.injectConnection(socket);
    };
    const tls = {
      ALPNProtocols: ['h2'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: this.#tls?.asksClients ?? false,
    };
    const listener = this.#tls ? createTlsServer(tls, inject) : createServer(inject);
    closeFailedHandshakes(listener, (reason) => this.#refused('tls_handshake', reason));
    listener.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    limitConnections(listener, limits, () => refused('connections'));
    return listener;
  }

  #refused(code: FaultCode, reason: string): void {
    this.#metrics.error(new KedastralError(code, 'grpc', reason));
    this.#log.debug('client refused', { component: 'grpc', code, reason });
  }

  /**
   * @returns the port, which the system chose when `address` says 0
   * @throws KedastralError listen_failed, tls_certificate
   */
  async start(address: ListenAddress): Promise<number> {
    const listener = this.#listener;
    if (listener instanceof TlsServer) {
      await this.#tls?.serve((context) => listener.setSecureContext(context));
    }
    return listen(listener, address, 'grpc');
  }

  /**
   * Drains: no new connections, NOT_SERVING, streams ended with OK, GOAWAY, calls in flight
   * finished. What is still open after `deadlineMs` is cut.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#listener.close();
    this.#health.drain();
    this.#streams.close();
    const drained = new AbortController();
    const overdue = this.#clock
      .sleep(deadlineMs, drained.signal)
      .then(() => this.#sockets.forEach((socket) => void socket.destroy()))
      .catch(() => undefined);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    drained.abort();
    this.#stopped.abort();
    await overdue;
  }
}

/** Where frames can be counted: grpc-js shows the servers that it makes to nobody. */
function http2ServersOf(server: Server): Iterable<Http2Server> {
  return (server as unknown as { http2Servers: Map<Http2Server, unknown> }).http2Servers.keys();
}
