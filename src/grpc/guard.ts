import {
  constants,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Clock } from '../clock.ts';

export interface CallLimits {
  /** Calls open at once, streams included, in all. */
  readonly callsMax: number;
  /** From one address: as many as one connection may have. */
  readonly callsPerAddressMax: number;
  /** For a request to arrive and, where it is not a stream, for its answer to be taken. */
  readonly callTimeoutMs: number;
  /** PING and SETTINGS frames that a connection may send at once; one a second comes back. */
  readonly pingsMax: number;
  /** How long a connection may be without a call. */
  readonly idleTimeoutMs: number;
}

export const CALL_LIMITS: CallLimits = {
  callsMax: 4_000,
  callsPerAddressMax: 1_000,
  callTimeoutMs: 10_000,
  pingsMax: 20,
  idleTimeoutMs: 120_000,
};

export interface GuardParts {
  readonly clock: Clock;
  readonly limits: CallLimits;
  /** Paths whose answers are streams. */
  readonly streamPaths: ReadonlySet<string>;
  /** Ends the watch over slow clients. */
  readonly signal: AbortSignal;
  /** Told of each refusal. */
  readonly refused: (reason: 'calls' | 'pings' | 'slow') => void;
}

const SWEEP_INTERVAL_MS = 1_000;
const HEADER_BYTES_MAX = 16 * 1024;

/** One connection. */
interface Peer {
  readonly address: string;
  openCalls: number;
  idleSinceMs: number;
}

/**
 * What grpc-js leaves open in HTTP/2: how many calls there may be at once, how slow a client may
 * be, how often it may ping. A refused call is one that nobody has begun to answer; a client of
 * gRPC sees UNAVAILABLE and may try again.
 */
export class Guard {
  /** When each open call came: those with one answer, and those that are streams. */
  readonly #unary = new Map<ServerHttp2Stream, number>();
  readonly #streams = new Map<ServerHttp2Stream, number>();
  readonly #openByAddress = new Map<string, number>();
  readonly #peers = new Map<ServerHttp2Session, Peer>();
  #isSweeping = false;

  constructor(private readonly parts: GuardParts) {}

  watch(server: Http2Server): void {
    server.updateSettings({ maxHeaderListSize: HEADER_BYTES_MAX });
    server.on('session', (session) => {
      const peer = {
        address: session.socket.remoteAddress ?? '',
        openCalls: 0,
        idleSinceMs: this.parts.clock.monotonicMs(),
      };
      this.#peers.set(session, peer);
      session.once('close', () => this.#peers.delete(session));
      const earn = this.#countPings(session);
      // Before grpc-js: it then finds a refused call closed, and leaves it alone.
      session.prependListener('stream', (stream, headers) => {
        earn(1);
        this.#admit(stream, peer, headers[':path'] ?? '');
      });
      if (!this.#isSweeping) void this.#sweep();
    });
  }

  /** Each call earns a ping, as clients measure the line by pings while data flows. */
  #countPings(session: ServerHttp2Session): (pings: number) => void {
    const { clock, limits, refused } = this.parts;
    let allowed = limits.pingsMax;
    let seenMs = clock.monotonicMs();
    const earn = (pings: number): void => {
      allowed = Math.min(limits.pingsMax, allowed + pings);
    };
    const spend = (): void => {
      const nowMs = clock.monotonicMs();
      earn((nowMs - seenMs) / 1000);
      seenMs = nowMs;
      allowed -= 1;
      if (allowed >= 0 || session.destroyed) return;
      refused('pings');
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      session.destroy();
    };
    session.on('ping', spend);
    session.on('remoteSettings', spend);
    return earn;
  }

  #admit(stream: ServerHttp2Stream, peer: Peer, path: string): void {
    const { clock, limits, streamPaths, refused } = this.parts;
    const { address } = peer;
    const openHere = this.#openByAddress.get(address) ?? 0;
    const open = this.#unary.size + this.#streams.size;
    if (openHere >= limits.callsPerAddressMax || open >= limits.callsMax) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      refused('calls');
      return;
    }
    const calls = streamPaths.has(path) ? this.#streams : this.#unary;
    calls.set(stream, clock.monotonicMs());
    this.#openByAddress.set(address, openHere + 1);
    peer.openCalls += 1;
    stream.once('close', () => {
      calls.delete(stream);
      peer.openCalls -= 1;
      if (peer.openCalls === 0) peer.idleSinceMs = clock.monotonicMs();
      const left = (this.#openByAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#openByAddress.set(address, left);
      else this.#openByAddress.delete(address);
    });
  }

  async #sweep(): Promise<void> {
    const { clock, signal } = this.parts;
    this.#isSweeping = true;
    while (this.#peers.size > 0) {
      await clock.sleep(SWEEP_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const nowMs = clock.monotonicMs();
      this.#cancelSlow(nowMs);
      this.#closeIdle(nowMs);
    }
    this.#isSweeping = false;
  }

  #cancelSlow(nowMs: number): void {
    const { limits, refused } = this.parts;
    const cancel = (stream: ServerHttp2Stream, openedMs: number): void => {
      if (nowMs - openedMs < limits.callTimeoutMs) return;
      stream.close(constants.NGHTTP2_CANCEL);
      refused('slow');
    };
    for (const [stream, openedMs] of this.#unary) cancel(stream, openedMs);
    for (const [stream, openedMs] of this.#streams) {
      if (!stream.readableEnded) cancel(stream, openedMs);
    }
  }

  #closeIdle(nowMs: number): void {
    const { idleTimeoutMs } = this.parts.limits;
    for (const [session, { openCalls, idleSinceMs }] of this.#peers) {
      if (openCalls === 0 && nowMs - idleSinceMs >= idleTimeoutMs) session.close();
    }
  }
}
