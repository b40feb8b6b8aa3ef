import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyPair } from './certificate.ts';

/** Whether both are PEM, and the key is that of the certificate. */
export function isPair({ certificate, key }: KeyPair): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/**
 * The pair that cert-manager keeps in a mounted Secret, `tls.crt` and `tls.key`; null while it is
 * not there, or half of it is new.
 */
export async function readKeyFiles(folder: string): Promise<KeyPair | null> {
  try {
    const [certificate, key] = await Promise.all([
      readFile(join(folder, 'tls.crt'), 'utf8'),
      readFile(join(folder, 'tls.key'), 'utf8'),
    ]);
    return isPair({ certificate, key }) ? { certificate, key } : null;
  } catch {
    return null;
  }
}
