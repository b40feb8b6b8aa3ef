import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * One address before several, as a headless Service gives KEDA several pods: each new connection
 * goes to the next of those that take it, and ends with it.
 */
export class Balancer {
  readonly #server = createServer((socket) => void this.#join(socket));
  #next = 0;

  private constructor(private readonly targets: readonly string[]) {}

  static async start(address: string, targets: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    balancer.#server.listen(Number(address.split(':')[1]), address.split(':')[0]);
    await once(balancer.#server, 'listening');
    return balancer;
  }

  async #join(socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    for (let tries = 0; tries < this.targets.length; tries++) {
      const target = this.targets[this.#next++ % this.targets.length] as string;
      const [host, port] = target.split(':');
      const onward = connect(Number(port), host);
      try {
        await once(onward, 'connect');
      } catch {
        continue;
      }
      onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
      return;
    }
    socket.destroy();
  }

  stop(): void {
    this.#server.close();
  }
}
