import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { Server } from '@grpc/grpc-js/build/src/server.js';
import { ServerCredentials } from '@grpc/grpc-js/build/src/server-credentials.js';
import type { Clock } from '../clock.ts';
import { type ListenAddress, listen } from '../listen.ts';
import type { Workloads } from '../loop/workloads.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { ExternalScalerService } from './generated/externalscaler.ts';
import { HealthService } from './generated/health.ts';
import { Health } from './health.ts';
import { Scaler } from './scaler.ts';
import { OpenStreams } from './streams.ts';

export interface GrpcParts {
  readonly workloads: Workloads;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * grpc-js adds ±10 %. KEDA reads DNS again only when a connection ends, so this is how soon it
 * finds new replicas behind a headless Service. The grace outlives streams (STREAM_AGE_MAX_MS).
 */
const CONNECTION_AGE_MAX_MS = 300_000;
const CONNECTION_GRACE_MS = 300_000;
const REQUEST_BYTES_MAX = 64 * 1024;
const CONCURRENT_STREAMS_MAX = 1_000;
const CONNECTIONS_MAX = 1_000;

/** The gRPC face: KEDA's external scaler and grpc.health.v1 on one port. */
export class GrpcServer {
  readonly #clock: Clock;
  readonly #listener: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly #streams: OpenStreams;
  readonly #health: Health;
  readonly #server = new Server({
    'grpc.enable_channelz': 0,
    'grpc.max_connection_age_ms': CONNECTION_AGE_MAX_MS,
    'grpc.max_connection_age_grace_ms': CONNECTION_GRACE_MS,
    'grpc.max_receive_message_length': REQUEST_BYTES_MAX,
    'grpc.max_concurrent_streams': CONCURRENT_STREAMS_MAX,
  });

  constructor(parts: GrpcParts) {
    this.#clock = parts.clock;
    this.#streams = new OpenStreams(parts.clock);
    this.#health = new Health(['externalscaler.ExternalScaler'], this.#streams);
    const scaler = new Scaler({ ...parts, streams: this.#streams });
    this.#server.addService(ExternalScalerService, scaler.service);
    this.#server.addService(HealthService, this.#health.service);

    // Listening ourselves: grpc-js resolves a host to several addresses and is content with one of
    // them, so that a port in use could go unnoticed.
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      injector.injectConnection(socket);
    });
    this.#listener.maxConnections = CONNECTIONS_MAX;
  }

  /**
   * @returns the port, which the system chose when `address` says 0
   * @throws KedastralError listen_failed
   */
  async start(address: ListenAddress): Promise<number> {
    return listen(this.#listener, address, 'grpc');
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
    await overdue;
  }
}
