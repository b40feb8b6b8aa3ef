import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** What KEDA's client speaks at least; TLS 1.3 is taken wherever both sides know it. */
const TLS_VERSION_MIN = 'TLSv1.2';

/** PEM texts of a server: certificate chain, key, and the authority of its clients, if any. */
export interface Pem {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | null;
}

export type PemPart = keyof Pem;

/** What is wrong with which text. Completes "tls-key-file …"; never quotes the text. */
export interface PemFault {
  readonly part: PemPart;
  readonly rule: string;
}

/** A certificate with its key, as a server takes them. */
export interface Certificate {
  readonly context: SecureContextOptions;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** The first end among the clients' authorities; null without mTLS. */
  readonly clientCaNotAfterSeconds: number | null;
  /** SHA-256 of all three texts. */
  readonly digest: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const ENCRYPTED = /^(?:-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m;

/** The same digest means the same certificate. */
export function digestOf({ cert, key, clientCa }: Pem): string {
  return createHash('sha256')
    .update(JSON.stringify([cert, key, clientCa]))
    .digest('hex');
}

/** Reads and checks what a server would be given; a key that belongs to another is a fault. */
export function readCertificate(pem: Pem): Certificate | PemFault {
  const chain = chainOf('cert', pem.cert);
  if ('rule' in chain) return chain;
  const [leaf] = chain as [X509Certificate];
  const key = keyOf(pem.key);
  if ('rule' in key) return key;
  if (!leaf.checkPrivateKey(key)) {
    return { part: 'key', rule: 'is not the key of the certificate in tls-cert-file' };
  }
  const authorities = pem.clientCa === null ? null : chainOf('clientCa', pem.clientCa);
  if (authorities !== null && 'rule' in authorities) return authorities;
  const context: SecureContextOptions = {
    cert: pem.cert,
    key: pem.key,
    minVersion: TLS_VERSION_MIN,
    ...(pem.clientCa === null ? {} : { ca: pem.clientCa }),
  };
  try {
    createSecureContext(context);
  } catch (thrown) {
    const { code = 'no code' } = thrown as NodeJS.ErrnoException;
    return { part: 'cert', rule: `is refused by OpenSSL (${code})` };
  }
  return {
    context,
    notBeforeSeconds: Date.parse(leaf.validFrom) / 1000,
    notAfterSeconds: Date.parse(leaf.validTo) / 1000,
    clientCaNotAfterSeconds: authorities && firstEndSeconds(authorities),
    digest: digestOf(pem),
  };
}

function chainOf(part: PemPart, text: string): readonly X509Certificate[] | PemFault {
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) return { part, rule: 'holds no certificate in PEM' };
  const chain: X509Certificate[] = [];
  for (const block of blocks) {
    try {
      chain.push(new X509Certificate(block));
    } catch {
      return { part, rule: `holds a certificate that cannot be read, number ${chain.length + 1}` };
    }
  }
  return chain;
}

function keyOf(text: string): KeyObject | PemFault {
  if (ENCRYPTED.test(text)) return { part: 'key', rule: 'is encrypted: take its passphrase off' };
  try {
    return createPrivateKey(text);
  } catch {
    return { part: 'key', rule: 'holds no key in PEM' };
  }
}

function firstEndSeconds(chain: readonly X509Certificate[]): number {
  return Math.min(...chain.map(({ validTo }) => Date.parse(validTo) / 1000));
}
