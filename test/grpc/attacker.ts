import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
} from 'node:http2';
import { connect, type Socket } from 'node:net';

/** Not the address that grpc-js' client comes from: limits by address tell the two apart. */
export const ATTACKER = '127.0.0.66';
export const IS_ACTIVE = '/externalscaler.ExternalScaler/IsActive';
export const STREAM_IS_ACTIVE = '/externalscaler.ExternalScaler/StreamIsActive';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const [HEADERS, SETTINGS, PING, CONTINUATION] = [1, 4, 6, 9] as const;

/** A frame of RFC 9113. */
export function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A bare connection from the attacker's address. */
export class RawClient {
  readonly closed: Promise<void>;
  readonly socket: Socket;
  received = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, localAddress: ATTACKER });
    this.socket.on('error', () => undefined);
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }
}

/** Node's own HTTP/2 client, from the attacker's address. */
export class Http2Client {
  readonly session: ClientHttp2Session;
  readonly closed: Promise<void>;
  /** Error code of the server's GOAWAY; null = none came. */
  goawayCode: number | null = null;

  constructor(port: number) {
    this.session = connectHttp2(`http://127.0.0.1:${port}`, {
      maxOutstandingPings: 10_000,
      createConnection: () => connect({ host: '127.0.0.1', port, localAddress: ATTACKER }),
    });
    this.session.on('error', () => undefined);
    this.session.on('goaway', (code) => {
      this.goawayCode = code;
    });
    this.closed = new Promise((resolve) => this.session.once('close', () => resolve()));
  }

  async ready(): Promise<this> {
    await new Promise<void>((resolve) => this.session.once('remoteSettings', () => resolve()));
    return this;
  }

  /** Until the server has seen all that was sent so far. */
  async settled(): Promise<void> {
    await new Promise((resolve) => this.session.ping(resolve));
  }

  /** A call that is begun, with headers alone. */
  begin(path = IS_ACTIVE, headers: Readonly<Record<string, string>> = {}): BegunCall {
    const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
    return new BegunCall(
      this.session.request({ ':method': 'POST', ':path': path, ...grpc, ...headers }),
    );
  }
}

export class BegunCall {
  /** Error code of the stream's end: 0 = none, 7 = refused, 8 = cancelled. */
  readonly ended: Promise<number>;
  readonly status: Promise<string>;

  constructor(readonly stream: ClientHttp2Stream) {
    stream.on('error', () => undefined);
    stream.resume();
    this.ended = new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode)));
    this.status = new Promise((resolve) => {
      const see = (headers: Record<string, unknown>) => {
        if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
      };
      stream.on('response', see);
      stream.on('trailers', see);
    });
  }
}

/** A message with the five bytes before it. */
export function message(bytes: Buffer, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}
