import { once } from 'node:events';
import type { Server } from 'node:net';
import { type Component, KedastralError } from './errors.ts';

/** Where a server listens. */
export interface ListenAddress {
  /** Host name or IP address without brackets; empty = all interfaces. */
  readonly host: string;
  /** 0 = a free port, chosen by the system. */
  readonly port: number;
}

export function formatAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use by another process',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not listen there',
  ENOTFOUND: 'the host name is unknown',
};

/**
 * Starts a server's listening and returns its port. May be called again after a failure.
 *
 * @throws KedastralError listen_failed, naming the address and why
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  component: Component,
): Promise<number> {
  const { host, port } = address;
  try {
    server.listen(host === '' ? { port } : { host, port });
    await once(server, 'listening');
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    const reason = REASONS[error.code ?? ''] ?? error.message;
    const message = `cannot listen on ${formatAddress(address)}: ${reason}`;
    throw new KedastralError('listen_failed', component, message, { cause: error });
  }
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : port;
}
