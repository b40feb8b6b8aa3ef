import { createPrivateKey, X509Certificate } from 'node:crypto';

/** PEM texts of a server's certificate and key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A key pair with the authority that signed it, whose own key is gone. */
export interface Issued extends KeyPair {
  readonly authority: string;
}

/** First and last instant of a PEM certificate, in milliseconds since the epoch; null of none. */
export function validityOf(certificate: string): { fromMs: number; untilMs: number } | null {
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    return { fromMs: Date.parse(validFrom), untilMs: Date.parse(validTo) };
  } catch {
    return null;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM bundle that have not ended, each once. */
export function livingCertificates(bundle: string, nowMs: number): string[] {
  const found = [...new Set(bundle.match(CERTIFICATE) ?? [])].map((text) => `${text}\n`);
  return found.filter((text) => (validityOf(text)?.untilMs ?? 0) > nowMs);
}

/** Whether both are PEM, and the key is that of the certificate. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
