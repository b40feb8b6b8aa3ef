import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  /** Open connections in all. */
  readonly connectionsMax: number;
  /** From one address, so that no single client shuts the others out. */
  readonly connectionsPerAddressMax: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  connectionsMax: 1_000,
  connectionsPerAddressMax: 150,
};

/**
 * Closes at once each connection over the limits; those within are untouched.
 *
 * Must be called after the server's own listener for connections is in place: it is put before it,
 * and that one finds a refused socket destroyed.
 *
 * @param refused told of each
 */
export function limitConnections(
  server: Server,
  { connectionsMax, connectionsPerAddressMax }: ConnectionLimits,
  refused: () => void,
): void {
  const openByAddress = new Map<string, number>();
  server.maxConnections = connectionsMax;
  server.on('drop', refused);
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const open = openByAddress.get(address) ?? 0;
    if (open >= connectionsPerAddressMax) {
      socket.destroy();
      refused();
      return;
    }
    openByAddress.set(address, open + 1);
    socket.once('close', () => {
      const left = (openByAddress.get(address) ?? 1) - 1;
      if (left > 0) openByAddress.set(address, left);
      else openByAddress.delete(address);
    });
  });
}
