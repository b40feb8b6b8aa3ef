import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

// RFC 9113: the frames that a client of one unary RPC needs, and no more. Node's own HTTP/2 client
// costs more than the server under test, so that it would be measured instead.
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;
const [DATA, HEADERS, SETTINGS, PING, GOAWAY, WINDOW_UPDATE] = [0, 1, 4, 6, 7, 8];
const [END_STREAM, ACK, END_HEADERS] = [1, 1, 4];
const WINDOW_RENEWED_AT_BYTES = 16_384;

/** A literal header field without indexing (RFC 7541, 6.2.2), never Huffman-coded. */
function literal(name: string, value: string): Buffer {
  const lengths = [name.length, value.length] as const;
  if (Math.max(...lengths) > 126) throw new Error('header too long for a one-byte length');
  return Buffer.from(
    `\0${String.fromCharCode(lengths[0])}${name}${String.fromCharCode(lengths[1])}${value}`,
    'latin1',
  );
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(WINDOW_UPDATE, 0, 0, payload);
}

/** One connection that makes the same unary gRPC call over and over. */
export class UnaryLoad {
  /** Milliseconds of each call since the last `take`. */
  #latenciesMs: number[] = [];
  readonly #startsMs = new Map<number, number>();
  readonly #request: Buffer;
  #nextStream = 1;
  #pending = Buffer.alloc(0);
  #unacknowledged = 0;
  readonly #answered = new Set<number>();
  #isStopping = false;
  #failure: Error | null = null;
  #idle: () => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    path: string,
    message: Buffer,
  ) {
    const headers = Buffer.concat([
      literal(':method', 'POST'),
      literal(':scheme', 'http'),
      literal(':path', path),
      literal(':authority', 'localhost'),
      literal('content-type', 'application/grpc'),
      literal('te', 'trailers'),
    ]);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    this.#request = Buffer.concat([
      frame(HEADERS, END_HEADERS, 0, headers),
      frame(DATA, END_STREAM, 0, Buffer.concat([prefix, message])),
    ]);
    const dataHead = FRAME_HEAD_BYTES + headers.length;
    this.#write = (stream) => {
      const bytes = Buffer.from(this.#request);
      bytes.writeUInt32BE(stream, 5);
      bytes.writeUInt32BE(stream, dataHead + 5);
      socket.write(bytes);
    };
    socket.setNoDelay();
    socket.write(Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0, Buffer.alloc(0))]));
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('the connection was closed'));
  }

  readonly #write: (stream: number) => void;

  static async open(port: number, path: string, message: Buffer): Promise<UnaryLoad> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new UnaryLoad(socket, path, message);
  }

  /** Keeps `streams` calls in flight for `durationMs`; returns each call's milliseconds. */
  async run(streams: number, durationMs: number): Promise<number[]> {
    this.#latenciesMs = [];
    this.#isStopping = false;
    for (let i = 0; i < streams; i++) this.#call();
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    this.#isStopping = true;
    if (this.#startsMs.size > 0 && !this.#failure) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#failure) throw this.#failure;
    return this.#latenciesMs;
  }

  close(): void {
    this.socket.destroy();
  }

  #call(): void {
    this.#startsMs.set(this.#nextStream, performance.now());
    this.#write(this.#nextStream);
    this.#nextStream += 2;
  }

  #read(bytes: Buffer): void {
    let rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, bytes]) : bytes;
    while (rest.length >= FRAME_HEAD_BYTES) {
      const end = FRAME_HEAD_BYTES + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      this.#frame(
        rest[3] ?? 0,
        rest[4] ?? 0,
        rest.readUInt32BE(5),
        rest.subarray(FRAME_HEAD_BYTES, end),
      );
      rest = rest.subarray(end);
    }
    this.#pending = Buffer.from(rest);
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === SETTINGS && !(flags & ACK)) {
      this.socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
    } else if (type === PING && !(flags & ACK)) {
      this.socket.write(frame(PING, ACK, 0, payload));
    } else if (type === GOAWAY) {
      this.#fail('the server sent GOAWAY');
    } else if (type === DATA) {
      this.#answered.add(stream);
      this.#unacknowledged += payload.length;
      if (this.#unacknowledged >= WINDOW_RENEWED_AT_BYTES) {
        this.socket.write(windowUpdate(this.#unacknowledged));
        this.#unacknowledged = 0;
      }
    } else if (type === HEADERS && flags & END_STREAM) {
      this.#finish(stream);
    }
  }

  /** A call that failed has trailers alone. */
  #finish(stream: number): void {
    if (!this.#answered.delete(stream)) this.#fail('a call was not answered');
    this.#latenciesMs.push(performance.now() - (this.#startsMs.get(stream) ?? Number.NaN));
    this.#startsMs.delete(stream);
    if (!this.#isStopping && !this.#failure) this.#call();
    else if (this.#startsMs.size === 0) this.#idle();
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.#idle();
  }
}
