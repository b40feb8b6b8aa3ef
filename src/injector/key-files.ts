import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPair, type KeyPair } from './pem.ts';

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
