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
 * Starts a server's listening and returns its port.
 *
 * @throws KedastralError listen_failed, naming the address and why
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  component: Component,
): Promise<number> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const reason = REASONS[error.code ?? ''] ?? error.message;
      const message = `cannot listen on ${formatAddress(address)}: ${reason}`;
      reject(new KedastralError('listen_failed', component, message, { cause: error }));
    };
    server.once('error', fail);
    server.listen(host === '' ? { port } : { host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : port;
}
