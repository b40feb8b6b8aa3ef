import { readFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { type Clock, isoTime } from '../clock.ts';
import { KedastralError, quoted } from '../errors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import {
  type Certificate,
  digestOf,
  type Pem,
  type PemPart,
  readCertificate,
} from './certificate.ts';

/** The kubelet brings a renewed Secret within a minute or two; this adds little. */
export const RELOAD_INTERVAL_MS = 10_000;
/** A client that does not finish its handshake holds a connection no longer than this. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients of gRPC must show a certificate of this authority (mTLS); null = none is asked for. */
  readonly clientCaFile: string | null;
}

export interface TlsParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Whose counter takes the faults. */
  readonly identity: string;
}

const OPTION: Readonly<Record<PemPart, string>> = {
  cert: 'tls-cert-file',
  key: 'tls-key-file',
  clientCa: 'tls-client-ca-file',
};

/**
 * The certificate that both faces show, kept in step with its files.
 *
 * The files are read again and compared by content: no event tells of every way in which a Secret,
 * a mount or a tool exchanges them. A renewed certificate is for new connections; those that are
 * open, and their calls and streams, go on. What cannot be used is refused, and the one before
 * stays.
 */
export class ServerTls {
  readonly asksClients: boolean;
  readonly #files: TlsFiles;
  readonly #parts: TlsParts;
  readonly #takers: ((context: SecureContextOptions) => void)[] = [];
  #current: Certificate | null = null;
  #refused = '';

  constructor(files: TlsFiles, parts: TlsParts) {
    this.#files = files;
    this.#parts = parts;
    this.asksClients = files.clientCaFile !== null;
  }

  /**
   * Gives `take` the certificate now, and each one that follows it.
   *
   * @throws KedastralError tls_certificate
   */
  async serve(take: (context: SecureContextOptions) => void): Promise<void> {
    this.#current ??= await this.#first();
    take(this.#current.context);
    this.#takers.push(take);
  }

  /** Looks for a renewed certificate until the signal says stop. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    for (;;) {
      await clock.sleep(RELOAD_INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (this.#current) await this.#renew(this.#current.digest);
    }
  }

  async #first(): Promise<Certificate> {
    const first = this.#checked(await this.#read());
    const rule = this.#invalidNow(first);
    if (rule !== null) this.#parts.log.warn('the TLS certificate cannot be trusted', { rule });
    this.#publish(first);
    return first;
  }

  async #renew(digest: string): Promise<void> {
    const { log, metrics, identity } = this.#parts;
    try {
      const pem = await this.#read();
      const found = digestOf(pem);
      // Exchanged while they were read: two halves make no pair.
      if (found !== digestOf(await this.#read())) return;
      if (found !== digest) this.#take(this.#checked(pem));
      this.#refused = '';
    } catch (thrown) {
      const fault = thrown as KedastralError;
      metrics.forWorkload(identity).error(fault);
      if (fault.message === this.#refused) return;
      this.#refused = fault.message;
      log.error('the TLS certificate was not renewed, the one before stays', { fault });
    }
  }

  #take(next: Certificate): void {
    const rule = this.#invalidNow(next);
    if (rule !== null) throw this.#fault('cert', rule);
    for (const take of this.#takers) take(next.context);
    this.#current = next;
    this.#publish(next);
    const notAfter = isoTime(next.notAfterSeconds);
    this.#parts.log.info('the TLS certificate was renewed', { notAfter });
  }

  #publish({ notAfterSeconds, clientCaNotAfterSeconds }: Certificate): void {
    const { metrics } = this.#parts;
    metrics.certificateExpires('server', notAfterSeconds);
    if (clientCaNotAfterSeconds !== null) {
      metrics.certificateExpires('client_ca', clientCaNotAfterSeconds);
    }
  }

  #invalidNow({ notBeforeSeconds, notAfterSeconds }: Certificate): string | null {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs > notAfterSeconds * 1000) return 'has expired';
    return nowMs < notBeforeSeconds * 1000 ? 'is not valid yet' : null;
  }

  #checked(pem: Pem): Certificate {
    const read = readCertificate(pem);
    if ('rule' in read) throw this.#fault(read.part, read.rule);
    return read;
  }

  async #read(): Promise<Pem> {
    const { clientCaFile } = this.#files;
    const [cert, key, clientCa] = await Promise.all([
      this.#text('cert'),
      this.#text('key'),
      clientCaFile === null ? null : this.#text('clientCa'),
    ]);
    return { cert, key, clientCa };
  }

  async #text(part: PemPart): Promise<string> {
    try {
      return await readFile(this.#pathOf(part), 'utf8');
    } catch (thrown) {
      const { code = 'no reason given' } = thrown as NodeJS.ErrnoException;
      throw this.#fault(part, `cannot be read (${code})`);
    }
  }

  #pathOf(part: PemPart): string {
    return this.#files[`${part}File`] ?? '';
  }

  #fault(part: PemPart, rule: string): KedastralError {
    const message = `${OPTION[part]} ${quoted(this.#pathOf(part))} ${rule}`;
    return new KedastralError('tls_certificate', 'tls', message);
  }
}

/**
 * Closes a connection whose handshake failed, without a word in plain text.
 *
 * @param refused told why; not of a client that merely went away, as a TCP probe does
 */
export function closeFailedHandshakes(server: Server, refused: (reason: string) => void): void {
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', ({ code }: NodeJS.ErrnoException, socket: TLSSocket) => {
    // Node says why a client's certificate was refused there alone.
    const reason = socket.authorizationError ? String(socket.authorizationError) : code;
    if (reason !== 'ECONNRESET') refused(reason ?? 'no code');
    socket.destroy();
  });
}
