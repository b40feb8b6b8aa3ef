import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../parts/ports.ts';

/** What the way to a server does to who takes it. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Every connection is reset. */
  | { readonly kind: 'reset' }
  /** What is sent is taken and goes nowhere; nothing is ever closed. */
  | { readonly kind: 'half-open' }
  /** Each piece of an answer waits so long. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Each request over HTTP is answered with this. */
  | { readonly kind: 'say'; readonly status: string; readonly body: string }
  /** An answer that does not end. */
  | { readonly kind: 'flood'; readonly mib: number };

const MIB = 1024 * 1024;
const DRAIN_MS_MAX = 1_000;

/** A TCP proxy on a port of its own, in front of one server. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: ProxyMode = { kind: 'pass' };

  private constructor(
    readonly port: number,
    private targetPort: number,
  ) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  static async start(targetPort: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(await freePort(), targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(proxy.port, '127.0.0.1', resolve));
    return proxy;
  }

  /** A mode that ends takes the connections with it, as a restart of the network does. */
  set(mode: ProxyMode): void {
    const isCalm = mode.kind === 'half-open' || mode.kind === 'slow';
    this.#mode = mode;
    if (!isCalm) this.#cut();
  }

  /** From now on another server is behind it. */
  retarget(port: number): void {
    this.targetPort = port;
    this.#cut();
  }

  stop(): void {
    this.#cut();
    this.#server.close();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #accept(client: Socket): void {
    const server = new Socket();
    this.#follow(client, server);
    client.on('data', (data) => void this.#forth(client, server, data));
    server.on('data', (data) => void this.#back(client, data));
    if (this.#mode.kind === 'reset') client.resetAndDestroy();
    else server.connect(this.targetPort, '127.0.0.1');
  }

  #follow(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#mode.kind !== 'half-open') other.destroy();
      });
      socket.once('end', () => this.#mode.kind !== 'half-open' && other.end());
    }
  }

  async #forth(client: Socket, server: Socket, data: Buffer): Promise<void> {
    const mode = this.#mode;
    if (mode.kind === 'reset') client.resetAndDestroy();
    else if (mode.kind === 'say') say(client, mode);
    else if (mode.kind === 'flood') await flood(client, mode.mib);
    else if (mode.kind !== 'half-open') server.write(data);
  }

  async #back(client: Socket, data: Buffer): Promise<void> {
    if (this.#mode.kind === 'slow') await delay(this.#mode.delayMs);
    if (this.#mode.kind !== 'half-open' && client.writable) client.write(data);
  }
}

function say(client: Socket, { status, body }: ProxyMode & { readonly kind: 'say' }): void {
  const length = `content-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  client.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n${length}\r\n\r\n${body}`);
}

async function flood(client: Socket, mib: number): Promise<void> {
  client.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n');
  const piece = Buffer.alloc(MIB, ' ');
  for (let i = 0; i < mib && client.writable; i++) {
    if (!client.write(piece)) await drained(client);
  }
  client.destroy();
}

async function drained(socket: Socket): Promise<void> {
  await once(socket, 'drain', { signal: AbortSignal.timeout(DRAIN_MS_MAX) }).catch(() => undefined);
}
